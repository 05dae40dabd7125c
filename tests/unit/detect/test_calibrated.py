"""Which cells the calibrated monitors watch, and how a calibration is stored."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.detect.test_evaluate import BASELINE, BIN_SET, sample

from seamark.clock import HOUR_US
from seamark.detect import blocks
from seamark.detect.calibrated import overlay, series_of
from seamark.detect.evaluate import evaluate, plan_of
from seamark.detect.monitors import monitors_for
from seamark.detect.stored import from_bytes, to_bytes
from seamark.errors import Corrupt
from seamark.records.evaluation import Status
from seamark.records.model import Task
from seamark.records.monitor import RuleKind
from seamark.records.options import ModelOptions
from seamark.stats import columns
from seamark.stats.calibration import History, Wish, calibrate
from seamark.stats.channels import SeriesKind
from seamark.stats.scoring import score
from seamark.stats.seasonal import Calendar

OPTIONS = ModelOptions(baseline="seasonal", thresholds={"feature.country": "psi > 0.2"})
MONITORS = monitors_for(BIN_SET, Task.BINARY, OPTIONS, provisional=False, calibrated_us=HOUR_US)
PLAN = series_of(BIN_SET, MONITORS, BASELINE)
WINDOWS = 336


def cells(windows, first_seed=0, **changes):
    return np.stack([PLAN.cells(sample(300, first_seed + number, **changes)) for number in range(windows)], axis=1)


@pytest.fixture(scope="module")
def calibration():
    calendar = Calendar(np.arange(WINDOWS) % 168, np.ones(WINDOWS, np.float32), 24)
    used = np.ones((len(PLAN.series), WINDOWS), dtype=bool)
    smallest = np.array([PLAN.monitors[place].rule.fire for place in PLAN.places], np.float32)
    wish = Wish(2.0, smallest, np.ones(len(PLAN.series), np.float32))
    return calibrate(History(PLAN.layout, cells(WINDOWS), calendar, used, 24), wish, period=24)


def test_what_the_owner_stated_keeps_its_rule_and_all_else_is_calibrated():
    kinds = {monitor.name: monitor.rule.kind for monitor in MONITORS}
    assert kinds["feature.country:psi"] is RuleKind.FIXED
    assert kinds["traffic:volume"] is RuleKind.CALIBRATED
    assert kinds["feature.amount:jensen_shannon"] is RuleKind.CALIBRATED
    assert kinds["score:near_half_share"] is RuleKind.CALIBRATED
    assert all(MONITORS[place].rule.kind is RuleKind.CALIBRATED for place in PLAN.places)


def test_one_calibrated_window_opens_an_alert_and_a_day_of_rest_ends_it():
    rules = [monitor.rule for monitor in MONITORS if monitor.rule.kind is RuleKind.CALIBRATED]
    assert {(rule.breaches, rule.of, rule.keep_firing_windows) for rule in rules} == {(1, 1, 23)}


def test_the_cells_of_a_window_add_up_to_its_rows():
    found = PLAN.cells(sample(500, 3))[:, None]
    rows = PLAN.layout.sizes_behind(found)[:, 0]
    assert np.allclose(rows[PLAN.layout.kinds != SeriesKind.VALUE], 500)
    assert rows[PLAN.layout.kinds == SeriesKind.VALUE].tolist() == [1]


def test_scores_of_many_bins_are_watched_on_twenty():
    sizes = dict(zip(PLAN.names, PLAN.layout.sizes.tolist(), strict=True))
    assert sizes["score:jensen_shannon/score"] == 20
    assert sizes["score:missing_rate/score"] == 2
    assert SeriesKind.SHARE in PLAN.layout.kinds


def test_a_stored_calibration_scores_as_the_one_that_was_learned(calibration):
    again, names, _ = from_bytes(to_bytes(calibration, PLAN.names))
    assert names == PLAN.names
    counts, slot = cells(30, 9_000), np.arange(30) % 24
    first, second = score(calibration, counts, slot, 20), score(again, counts, slot, 20)
    assert np.allclose(first.surprise, second.surprise, atol=0.05)  # shares are stored in half precision
    assert again.level == calibration.level


@pytest.mark.parametrize("damage", ["nonsense", "version", "missing"])
def test_anything_else_is_corrupt(calibration, damage):
    stored = columns.unpack(to_bytes(calibration, PLAN.names))
    if damage == "version":
        stored["meta"] = np.frombuffer(stored["meta"].tobytes().replace(b'"version": 2', b'"version": 9'), np.uint8)
    if damage == "missing":
        del stored["slots_of_values"]
    payload = b"nonsense" if damage == "nonsense" else columns.pack(stored)
    with pytest.raises(Corrupt):
        from_bytes(payload)


def test_a_shift_is_a_breach_of_its_signal_in_native_units(calibration):
    counts = np.concatenate([cells(23, 5_000), cells(1, 6_000, shift=0.5)], axis=1)
    scores = score(calibration, counts, np.arange(24), 23)
    plan = plan_of(BIN_SET, MONITORS)
    arrays = evaluate(plan, sample(300, 6_000, shift=0.5), BASELINE, float("nan"))
    before = {monitor.name: Status(value) for monitor, value in zip(MONITORS, arrays["status"].tolist(), strict=True)}
    assert before["feature.amount:jensen_shannon"] is Status.INSUFFICIENT  # no word without a score
    found = overlay(arrays, PLAN, calibration, scores, 0)
    place = [monitor.name for monitor in MONITORS].index("feature.amount:jensen_shannon")
    assert found["status"][place] == Status.BREACH
    assert found["value"][place] >= found["threshold"][place] >= 0.05
    assert found["exceedance"][place] == pytest.approx(found["value"][place] / found["threshold"][place])
    assert found["span"][place] in calibration.scales
    breached = [
        monitor.name for monitor, value in zip(MONITORS, found["status"], strict=True) if value == Status.BREACH
    ]
    assert breached == ["feature.amount:jensen_shannon"]


def test_too_few_rows_are_not_enough_data(calibration):
    strict = tuple(replace(each, rule=replace(each.rule, min_n=10_000_000)) for each in MONITORS)
    scores = score(calibration, cells(24, 5_000), np.arange(24), 23)
    arrays = evaluate(plan_of(BIN_SET, MONITORS), sample(300, 5_023), BASELINE, float("nan"))
    found = overlay(arrays, series_of(BIN_SET, strict, BASELINE), calibration, scores, 0)
    assert set(found["status"][PLAN.places].tolist()) == {Status.INSUFFICIENT}


def test_blocks_stored_before_there_were_calibrations_are_about_one_window():
    arrays = evaluate(plan_of(BIN_SET, MONITORS), sample(300, 1), BASELINE, float("nan"))
    assert "span" not in arrays
    assert set(columns.unpack(blocks.pack(arrays))["span"].tolist()) == {1}
