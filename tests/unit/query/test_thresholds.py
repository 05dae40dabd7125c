"""What the screen is told of learned thresholds: which baseline, why, and what each value is about."""

from dataclasses import replace

from tests.unit.query.stored import BREACH, FRAUD, NOON_US, OK, SHOP, Written, hours, monitor

from seamark.clock import HOUR_US
from seamark.query.questions import Questions
from seamark.records.model import StoredCalibration
from seamark.records.monitor import RuleKind

AMOUNT, AGE = monitor("feature.amount"), monitor("feature.age")


def test_a_model_says_how_its_thresholds_were_learned_while_they_judge():
    written = Written(AMOUNT)
    written.know(bin_set=1)
    asked = Questions(written.store)

    def calibration():
        shown = asked.overview(SHOP, FRAUD, window=hours(0, 1), version="", segment="", now_us=NOON_US)
        return shown["model"]["calibration"]

    assert calibration() is None
    made = StoredCalibration(9, SHOP, FRAUD, 1, NOON_US, NOON_US, HOUR_US, "Baseline: each hour.", "", b"")
    written.commit(calibrations=(made,))
    assert calibration() == {"summary": "Baseline: each hour.", "through_ms": NOON_US // 1000}
    written.commit(calibrations=(replace(made, window_us=6 * HOUR_US),))
    assert calibration() is None, "it is for windows of another length"


def test_a_series_says_how_many_windows_each_value_is_about_and_what_its_threshold_stands_on():
    learned = replace(AMOUNT, rule=replace(AMOUNT.rule, kind=RuleKind.CALIBRATED), provisional=False)
    written = Written(learned, replace(AGE, provisional=True))
    written.know(bin_set=1)
    made = StoredCalibration(9, SHOP, FRAUD, 1, NOON_US, NOON_US, HOUR_US, "Baseline: each hour.", "", b"")
    written.commit(calibrations=(made,))
    written.judge(hours(0, 1), OK, OK)
    written.judge(hours(1, 2), BREACH, OK, spans=(24, 1))
    asked = Questions(written.store)
    shown = asked.series(SHOP, FRAUD, learned.name, window=hours(0, 2), now_us=NOON_US)
    assert (shown["points"]["span"], shown["baseline"], shown["provisional"]) == (
        [1, 24],
        "Baseline: each hour.",
        False,
    )
    shown = asked.overview(SHOP, FRAUD, window=hours(0, 2), version="", segment="", now_us=NOON_US)
    named = dict(zip(shown["signals"]["label"], shown["signals"]["provisional"], strict=True))
    assert named == {"amount": False, "age": True}
