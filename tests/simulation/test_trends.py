"""Half a year in weeks: what creeps is told once a week, what goes up and down is not."""

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import START_US, ServedModel

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import AlertState
from seamark.records.incident import IncidentState
from seamark.records.monitor import Priority
from seamark.records.options import ModelOptions

WEEK = 168
RAMP = 8 * WEEK


def few_columns(rng, rows):
    return {
        "feature.amount": rng.normal(100, 20, rows),
        "feature.age": rng.normal(40, 10, rows),
        "feature.country": rng.choice(["FR", "US", "BR"], rows, p=[0.6, 0.3, 0.1]),
        "prediction": (rng.random(rows) < 0.2).astype(float),
    }


class Creeping(ServedModel):
    """`amount` begins to rise in the fifth week; `age` has a season of day and week and nothing else."""

    def traffic(self, hour: int, rows: int) -> pa.Table:
        table = super().traffic(hour, rows)
        risen = 0.6 * 20 * np.clip((hour - 4 * WEEK) / RAMP, 0, 1)
        season = 4 * np.sin(2 * np.pi * hour / 24) + 3 * (hour // 24 % 7 >= 5)
        for name, by in (("feature.amount", risen), ("feature.age", season)):
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.array(np.asarray(table[name]) + by))
        return table


@pytest.fixture(scope="module")
def served():
    """Twelve weeks, looked at every day."""
    options = ModelOptions(baseline="static", window_seconds=24 * 3600)
    served = Creeping(51, rows_an_hour=30, columns=few_columns, options=options, reference_rows=5_000)
    served.run(13 * WEEK, tick_hours=24)
    return served


def trends(served):
    return {alert.monitor: alert for alert in served.alerts() if alert.is_trend}


def test_what_creeps_is_told_in_the_weekly_digest_with_a_sentence(served):
    alert = trends(served)["feature.amount:trend"]
    assert (alert.priority, alert.state) == (Priority.P3, AlertState.FIRING)
    assert alert.opened_us <= START_US + 13 * WEEK * HOUR_US
    (incident,) = [each for each in served.incidents() if each.id == alert.incident]
    assert incident.title == "amount changed slowly"
    assert "amount has risen 0.0" in incident.causes[0].evidence[0]
    assert " sd a week for " in incident.causes[0].evidence[0]


def test_a_season_and_noise_are_no_trend(served):
    assert set(trends(served)) <= {"feature.amount:trend", "joint:joint_shift_trend"}


def test_the_slope_is_the_ramps(served):
    alert = trends(served)["feature.amount:trend"]
    assert alert.value == pytest.approx(0.6 / 8, rel=0.4)
    assert alert.now > alert.usual


def test_a_trend_does_not_swallow_what_else_happens(served):
    trend = trends(served)["feature.amount:trend"]
    hasty = {alert.incident for alert in served.alerts() if not alert.is_trend}
    assert trend.incident not in hasty
    assert all(each.priority is not Priority.P3 for each in served.incidents() if each.id in hasty)


def test_a_verdict_stands_for_a_week_and_survives_a_restart(served):
    before = trends(served)["feature.amount:trend"]
    served.restart()
    served.run(48, tick_hours=24)
    after = trends(served)["feature.amount:trend"]
    assert (after.value, after.n, after.opened_us) == (before.value, before.n, before.opened_us)
    assert after.heard_us > before.heard_us + DAY_US
    assert any(each.state is IncidentState.OPEN and each.id == after.incident for each in served.incidents())
