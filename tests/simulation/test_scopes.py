"""Segments judged apart: a drift is told where it is, and the same whatever the pipeline remembers."""

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, binary_columns, shifted

from seamark.clock import HOUR_US
from seamark.detect import blocks
from seamark.records.alert import AlertState
from seamark.records.options import ModelOptions
from seamark.records.window import Window

EVER = Window(0, 2**62)
WEEK = 168
BEGAN = WEEK + 12
OPTIONS = ModelOptions(baseline="seasonal", window_seconds=3600, segments=("country",))


def by_country(rng, rows):
    columns = binary_columns(rng, rows)
    return {**columns, "segment.country": columns["feature.country"]}


def older_in_france(_rng, columns):
    return {**columns, "feature.age": columns["feature.age"] + 5.0 * (columns["segment.country"] == "FR")}


def calibrated(seed, faults=()):
    served = ServedModel(seed, columns=by_country, rows_an_hour=200, options=OPTIONS, faults=list(faults))
    served.run(WEEK, tick_hours=WEEK)
    served.run(12, tick_hours=4)
    return served


def test_a_drift_of_one_country_is_found_and_named():
    served = calibrated(1, [(BEGAN, older_in_france)])
    served.run(16)
    (incident,) = [each for each in served.incidents() if each.resolved_us is None]
    assert incident.title == "age drifted in country=FR"
    assert incident.causes[0].summary == "age changed its distribution, in country=FR only"
    assert abs(incident.onset_us - (START_US + BEGAN * HOUR_US)) <= 2 * HOUR_US
    assert {alert.segment for alert in served.alerts() if alert.state is AlertState.FIRING} <= {"", "country=FR"}


def test_a_drift_of_every_country_is_one_incident_that_names_the_feature():
    served = calibrated(2, [(BEGAN, shifted("feature.age", 5.0))])
    served.run(16)
    (incident,) = [each for each in served.incidents() if each.resolved_us is None]
    assert incident.title == "age drifted"
    assert incident.causes[0].summary == "age changed its distribution"
    assert len({alert.segment for alert in served.alerts() if alert.state is AlertState.FIRING}) > 2


def verdicts(served, segment):
    """By window, the arrays that were stored of one segment."""
    stored = served.store.slow.evaluations(PROJECT, NAME, EVER, segment=segment)
    return {block.window: (block.rows, blocks.unpack(block)) for block in stored}


@pytest.fixture(scope="module")
def forgetful_and_not():
    """Two pipelines on the same rows, some of them late: one that remembers what it read, one that never does."""
    pair = []
    for forgets in (False, True):
        served = calibrated(3)
        for hour in range(6):
            if hour == 4:
                late = served.traffic(BEGAN - 3, 40)
                served.log(late.set_column(0, "id", pa.array([f"late-{number}" for number in range(40)])))
            served.run(1)
            if forgets:
                served.restart()
        pair.append(served)
    return pair


@pytest.mark.parametrize("segment", ["", "country=FR", "country=DE"])
def test_what_was_kept_of_recent_windows_changes_no_verdict(forgetful_and_not, segment):
    kept, read_again = (verdicts(served, segment) for served in forgetful_and_not)
    assert kept.keys() == read_again.keys()
    assert len(kept) >= 6
    for window, (rows, arrays) in kept.items():
        other_rows, others = read_again[window]
        assert rows == other_rows
        for name, values in arrays.items():
            assert np.array_equal(values, others[name], equal_nan=True), (window, name)


def test_the_segments_of_a_window_are_together_all_of_it(forgetful_and_not):
    served = forgetful_and_not[0]
    whole = verdicts(served, "")
    parts = [verdicts(served, segment) for segment in served.model.segments]
    assert set(served.model.segments) == {"country=FR", "country=US", "country=BR", "country=DE"}
    judged = [window for window in whole if all(window in part for part in parts)]
    assert len(judged) >= 6
    assert all(whole[window][0] == sum(part[window][0] for part in parts) for window in judged)


def test_a_dimension_that_is_no_longer_declared_is_no_longer_judged_and_its_alerts_end():
    served = calibrated(4, [(BEGAN, older_in_france)])
    served.run(8)
    assert any(alert.segment for alert in served.alerts() if alert.state is AlertState.FIRING)
    served.configure(segments=())
    served.run(30, tick_hours=3)
    assert not any(alert.segment for alert in served.alerts() if alert.state is AlertState.FIRING)


def test_an_outage_of_weeks_does_not_end_the_alert_of_a_segment():
    served = calibrated(4, [(BEGAN, older_in_france)])
    served.run(8)
    before = {alert.id for alert in served.alerts() if alert.segment}
    served.run(472, rows=0, tick_hours=660)
    assert before
    lasting = [alert for alert in served.alerts() if alert.resolved_us is None and alert.segment]
    assert before <= {alert.id for alert in lasting}
    assert all(alert.no_data for alert in lasting)


def together(rng, rows):
    """Two features that go together."""
    first = rng.normal(size=rows)
    return {"feature.first": first, "feature.second": 0.9 * first + 0.4 * rng.normal(size=rows)}


def apart(rng, columns):
    return {**columns, "feature.second": rng.permutation(columns["feature.second"])}


def test_a_learned_threshold_holds_for_how_features_go_together_and_makes_one_alert():
    options = ModelOptions(baseline="seasonal", window_seconds=3600)
    served = ServedModel(8, columns=together, rows_an_hour=200, options=options, faults=[(BEGAN, apart)])
    served.run(WEEK, tick_hours=WEEK)
    served.run(12, tick_hours=4)
    served.run(8, tick_hours=2)
    firing = [alert for alert in served.alerts() if alert.state is AlertState.FIRING]
    assert [alert.monitor for alert in firing] == ["joint:joint_shift"]
    assert not firing[0].provisional
    assert 0.05 <= firing[0].threshold <= firing[0].value < 1  # JS distance
