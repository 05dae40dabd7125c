"""Weeks of seasonal traffic: thresholds learned from the model's own history."""

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, binary_columns, shifted

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import AlertState
from seamark.records.monitor import RuleKind, monitors_from_json
from seamark.records.options import ModelOptions

WEEK = 168


class DailyModel(ServedModel):
    """At night the customers are older."""

    def traffic(self, hour: int, rows: int) -> pa.Table:
        table = super().traffic(hour, rows)
        place = table.column_names.index("feature.age")
        older = np.asarray(table["feature.age"]) + 6 * np.sin(2 * np.pi * hour / 24)
        return table.set_column(place, "feature.age", pa.array(older))


def rules(served):
    stored = served.store.slow.monitor_set(served.model.monitor_set)
    return {monitor.rule.kind for monitor in monitors_from_json(stored.payload)}


def test_a_week_of_history_makes_thresholds_of_its_own_and_says_so():
    served = ServedModel(31, rows_an_hour=60, options=ModelOptions(baseline="seasonal", window_seconds=3600))
    served.run(WEEK - 2, tick_hours=12)
    assert served.store.slow.calibration(PROJECT, NAME) is None
    assert RuleKind.CALIBRATED not in rules(served)
    served.run(26, tick_hours=2)
    calibration = served.store.slow.calibration(PROJECT, NAME)
    assert RuleKind.CALIBRATED in rules(served)
    assert "each hour of the day" in calibration.summary
    assert "2 false incidents a month" in calibration.summary
    served.configure(budget=5.0)
    served.run(2)
    assert "5 false incidents a month" in served.store.slow.calibration(PROJECT, NAME).summary


@pytest.mark.parametrize(
    ("baseline", "said"), [("static", "the reference"), ("rolling", "recent weeks"), ("auto", "chosen automatically")]
)
def test_thresholds_are_learned_under_every_baseline(baseline, said):
    served = ServedModel(32, rows_an_hour=60, options=ModelOptions(window_seconds=3600, baseline=baseline))
    served.run(WEEK + 12, tick_hours=12)
    assert said in served.store.slow.calibration(PROJECT, NAME).summary
    assert RuleKind.CALIBRATED in rules(served)


def test_a_daily_season_is_no_drift_and_a_shift_against_it_is():
    options = ModelOptions(baseline="seasonal", window_seconds=3600)
    began = WEEK + 60
    served = DailyModel(33, options=options, columns=binary_columns, faults=[(began, shifted("feature.age", 4.0))])
    served.run(WEEK, tick_hours=12)
    after_a_day = [alert for alert in served.alerts() if alert.onset_us >= START_US + DAY_US]
    assert after_a_day == []  # while nobody knows how hours differ, a night of older customers is none yet
    served.run(58, tick_hours=2)
    calibrated_us = START_US + (WEEK + 1) * HOUR_US
    of_age = [alert for alert in served.alerts() if alert.monitor == "feature.age:jensen_shannon"]
    assert [alert for alert in of_age if alert.opened_us > calibrated_us] == []
    served.run(14)
    (found,) = [
        alert
        for alert in served.alerts()
        if alert.monitor == "feature.age:jensen_shannon" and alert.state is AlertState.FIRING
    ]
    assert found.evidence.end_us > START_US + began * HOUR_US
    assert found.updated_us - (START_US + began * HOUR_US) <= DAY_US
