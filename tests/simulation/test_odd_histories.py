"""Histories nobody would choose: with gaps, jumps and another order, of constant values, of changing features."""

from __future__ import annotations

import json

import numpy as np
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, shifted
from tests.simulation.test_seasons import WEEK

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.detect.stored import from_bytes
from seamark.query.questions import Questions
from seamark.records.log import EntryKind, LogEntry
from seamark.records.options import ModelOptions

HOURLY = ModelOptions(window_seconds=3600, budget=0.2)
AGE = "feature.age:jensen_shannon"


def ages(rng, rows):
    """One feature is enough."""
    return {"feature.age": rng.normal(40, 10, rows)}


def served_model(seed, **fields):
    return ServedModel(seed, **{"columns": ages, "options": HOURLY, "rows_an_hour": 200, **fields})


def learned(served):
    return served.store.slow.calibration(PROJECT, NAME)


def monitoring(served):
    (model,) = Questions(served.store).models(PROJECT, now_us=served.now_us)["models"]
    return model["monitoring"]


def test_a_feature_that_never_varied_is_quiet_until_it_does():
    def columns(rng, rows):
        return {**ages(rng, rows), "feature.plan": np.full(rows, 7.0), "feature.site": np.array(["north"] * rows)}

    def varied(rng, columns):
        return {**columns, "feature.plan": rng.integers(6, 9, len(columns["feature.plan"])).astype(float)}

    served = served_model(77, columns=columns, faults=[(WEEK + 12, varied)])
    served.run(WEEK + 12, tick_hours=12)
    assert served.alerts() == []
    assert np.isfinite(learned(served).level)
    served.run(3)
    assert "feature.plan:jensen_shannon" in served.firing()
    assert not any("site" in monitor for monitor in served.firing())


def test_days_without_traffic_are_no_history():
    """Four days, ten days of silence, and then what is missing to a week."""
    served = served_model(71)
    served.run(4 * 24, tick_hours=12)
    served.run(10 * 24, rows=0, tick_hours=24)
    served.run(2 * 24, tick_hours=12)
    assert learned(served) is None
    assert monitoring(served)["state"] == "fixed"
    assert "as soon as the history holds a week" in monitoring(served)["summary"]
    served.run(3 * 24, tick_hours=12)
    assert learned(served) is not None
    assert "1.0 weeks of history" in learned(served).summary
    served.run(24, tick_hours=12)
    assert not any(alert.monitor == AGE for alert in served.alerts())


def test_a_clock_that_jumps_ahead_or_back_keeps_what_was_learned():
    served = served_model(72)
    served.run(WEEK + 12, tick_hours=12)
    before = learned(served)
    served.pipeline.tick(served.now_us - 3 * DAY_US)
    assert (learned(served), served.model.evaluated_through_us) == (before, START_US + (WEEK + 12) * HOUR_US)
    served.hour += 60 * 24  # nothing came for two months
    served.run(12)
    assert monitoring(served)["state"] == "calibrated"
    assert "1.3 weeks of history" in learned(served).summary  # the two months are none
    assert not any(alert.monitor == AGE for alert in served.alerts())
    assert served.model.evaluated_through_us == START_US + served.hour * HOUR_US


def test_it_does_not_matter_in_which_order_the_windows_came():
    """Days that arrive newest first are the same history."""

    def calibration(days):
        served = served_model(73)
        for day in days:
            for hour in range(day * 24, day * 24 + 24):
                served.log(served.traffic(hour, served.rows_an_hour))
        served.hour = 8 * 24
        served.pipeline.tick(START_US + served.hour * HOUR_US + 10 * MINUTE_US)
        return learned(served)

    in_order = calibration(range(8))
    assert in_order is not None
    assert calibration(reversed(range(8))).payload == in_order.payload


def other_features(rng, rows):
    return {"feature.income": rng.lognormal(8, 0.5, rows)}


def test_a_model_that_changes_its_features_says_what_is_gone_and_a_new_reference_is_calibrated_at_once():
    def moved_on(rng, columns):
        return other_features(rng, len(columns["feature.age"]))

    served = served_model(74, faults=[(WEEK + 24, moved_on)])
    served.run(WEEK + 24, tick_hours=12)
    assert monitoring(served)["state"] == "calibrated"
    served.run(8 * 24, tick_hours=12)
    assert "feature.age:missing_rate" in served.firing()
    assert not any("income" in alert.monitor for alert in served.alerts())
    before = learned(served)
    wish = {"action": "baseline", "version": None, "from_us": START_US + (WEEK + 24) * HOUR_US, "to_us": served.now_us}
    payload = json.dumps(wish).encode()
    served.store.log.append([LogEntry(EntryKind.ACTION, PROJECT, NAME, served.now_us, 0, payload)])
    served.pipeline.tick(served.now_us)
    after = learned(served)
    assert after.bin_set == served.model.bin_set != before.bin_set
    assert monitoring(served)["state"] == "calibrated"
    assert any("income" in name for name in from_bytes(after.payload)[1])
    served.run(1)
    assert "feature.age:missing_rate" not in served.firing()


def test_other_bins_are_calibrated_from_the_rows_that_are_stored():
    """Nobody waits for a week: the history is counted into the new bins, and learned from at once."""
    served = served_model(75, faults=[(WEEK + 60, shifted("feature.age", 4.0))])
    served.run(WEEK + 12, tick_hours=12)
    before = learned(served)
    rng = np.random.default_rng(76)
    served.log(served._table(rng, ages(rng, 10_000), 0), EntryKind.REFERENCE)
    served.pipeline.tick(served.now_us)
    after = learned(served)
    assert after.bin_set == served.model.bin_set != before.bin_set
    assert after.through_us == served.model.evaluated_through_us == START_US + (WEEK + 12) * HOUR_US
    served.run(48, tick_hours=4)
    assert not any(alert.monitor == AGE for alert in served.alerts())
    served.run(12)
    assert AGE in served.firing()
