"""Traffic and the mean of a regression, judged by what is usual for them."""

import numpy as np
import pytest

from seamark.clock import HOUR_US
from seamark.detect.calibrated import Watched, overlay
from seamark.detect.evaluate import evaluate, plan_of
from seamark.detect.monitors import monitors_for
from seamark.detect.scoped import scoped
from seamark.detect.stored import from_bytes, to_bytes
from seamark.pipeline.windows import Counted
from seamark.records.evaluation import Status
from seamark.records.model import Task
from seamark.records.monitor import RuleKind
from seamark.records.options import ModelOptions
from seamark.stats.binset import BinSet, numeric_signal
from seamark.stats.calibration import History, Wish, calibrate
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.counter import Counter
from seamark.stats.scoring import score
from seamark.stats.seasonal import Baseline, Calendar

RNG = np.random.default_rng(3)
BIN_SET = BinSet((numeric_signal("prediction", "prediction", RNG.normal(600, 200, 20_000)),))
WEEK = 168
HISTORY = 4 * WEEK


def sample(rows, seed, shift=0.0):
    counter = Counter(BIN_SET)
    counter.add_rows(rows)
    counter.add_numeric(0, np.random.default_rng([9, seed]).normal(600 + shift, 200, rows))
    return counter.profile()


BASELINE = sample(20_000, 1)
MONITORS = monitors_for(
    BIN_SET, Task.REGRESSION, ModelOptions(baseline="seasonal"), provisional=False, calibrated_us=HOUR_US
)
SCOPED = scoped(BIN_SET, MONITORS, BASELINE, Watched())
PLAN = SCOPED.whole
PLACES = {monitor.name: place for place, monitor in enumerate(MONITORS)}


def usual_rows(hour):
    """A working day: 20 at night, 400 from 8 to 18, half of it at the weekend; with noise in proportion."""
    busy = 400 if 8 <= hour % 24 < 18 else 20
    rng = np.random.default_rng([4, hour])
    return rng.poisson(busy * (0.5 if hour // 24 % 7 >= 5 else 1) * rng.gamma(100, 0.01))


def counts(profiles):
    return np.stack([PLAN.cells(each) if each.rows else PLAN.silence for each in profiles], axis=1)


@pytest.fixture(scope="module")
def calibration():
    windows = [sample(usual_rows(hour), hour) for hour in range(HISTORY)]
    calendar = Calendar(np.arange(HISTORY) % WEEK, np.ones(HISTORY, np.float32), 24)
    used = np.ones((len(PLAN.series), HISTORY), dtype=bool)
    wish = Wish(2.0, PLAN.smallest, np.ones(len(PLAN.series), np.float32))
    return calibrate(History(PLAN.layout, counts(windows), calendar, used, 24), wish, period=WEEK)


def verdict(calibration, monitor, hour, rows=None, shift=0.0):
    """What is said of one window after a usual week."""
    before = [sample(usual_rows(each), each) for each in range(hour - WEEK, hour)]
    last = sample(usual_rows(hour) if rows is None else rows, hour, shift)
    scores = score(calibration, counts([*before, last]), np.arange(hour - WEEK, hour + 1) % WEEK, WEEK)
    arrays = evaluate(plan_of(BIN_SET, MONITORS), last, BASELINE, float("nan"))
    arrays = overlay(arrays, PLAN, calibration, scores, 0)
    return {name: array[PLACES[monitor]] for name, array in arrays.items()}


NOON, NIGHT = HISTORY + 2 * 24 + 12, HISTORY + 2 * 24 + 3


def test_traffic_and_the_mean_are_calibrated_like_everything_else():
    kinds = {monitor.name: monitor.rule.kind for monitor in MONITORS}
    assert kinds["traffic:volume"] is kinds["prediction:mean_shift"] is RuleKind.CALIBRATED


def test_what_an_owner_states_about_traffic_stays():
    options = ModelOptions(baseline="seasonal", thresholds={"traffic": "volume > 0.5"})
    monitors = monitors_for(BIN_SET, Task.REGRESSION, options, provisional=False, calibrated_us=HOUR_US)
    (volume,) = [monitor for monitor in monitors if monitor.statistic == "volume"]
    assert (volume.rule.kind, volume.rule.fire) == (RuleKind.FIXED, 0.5)


@pytest.mark.parametrize("hour", [NOON, NIGHT, HISTORY + 8, HISTORY + 18, HISTORY + 5 * 24 + 12])
def test_the_usual_of_this_hour_is_no_alarm(calibration, hour):
    found = verdict(calibration, "traffic:volume", hour)
    assert found["status"] == Status.OK
    assert found["threshold"] >= 0.2 - 1e-6


def test_silence_where_traffic_is_usual_is_an_alarm_although_no_row_says_so(calibration):
    found = verdict(calibration, "traffic:volume", NOON, rows=0)
    assert found["status"] == Status.BREACH
    assert found["now"] == 0
    assert found["usual"] == pytest.approx(400, rel=0.1)
    assert verdict(calibration, "prediction:mean_shift", NOON, rows=0)["status"] == Status.NO_DATA


@pytest.mark.parametrize(("rows", "status"), [(150, Status.BREACH), (1_000, Status.BREACH), (370, Status.OK)])
def test_traffic_may_fall_or_rise(calibration, rows, status):
    found = verdict(calibration, "traffic:volume", NOON, rows=rows)
    assert found["status"] == status
    assert (found["value"] >= found["threshold"]) == (status == Status.BREACH)
    if status == Status.BREACH:
        assert found["now"] == pytest.approx(rows, rel=1e-3)
        assert found["value"] == pytest.approx(abs(rows / found["usual"] - 1), rel=1e-3)


def test_a_mean_that_moves_is_said_in_its_own_unit(calibration):
    found = verdict(calibration, "prediction:mean_shift", NOON, shift=160.0)
    assert found["status"] == Status.BREACH
    assert found["now"] - found["usual"] == pytest.approx(160, abs=40)
    assert found["value"] == pytest.approx(abs(found["now"] - found["usual"]) / BIN_SET.signals[0].scale, rel=1e-3)
    assert verdict(calibration, "prediction:mean_shift", NOON)["status"] == Status.OK


def test_windows_before_the_first_row_are_no_silence():
    rows = [0, 0, 300, 0]
    cells = counts([sample(many, seed) for seed, many in enumerate(rows)])
    found = Counted(cells, np.array([rows])).since_first_row(SCOPED)
    (volume,) = PLAN.series_of_kind(SeriesKind.VALUE).tolist()
    assert PLAN.layout.sizes_behind(found)[volume].tolist() == [0, 0, 1, 1]
    begun = Counted(cells[:, 2:], np.array([rows[2:]]))
    assert begun.since_first_row(SCOPED) is begun.cells


def test_a_stored_calibration_keeps_values_of_any_size(calibration):
    again, _, _ = from_bytes(to_bytes(calibration, PLAN.names))
    valued = np.repeat(PLAN.layout.kinds >= SeriesKind.VALUE, PLAN.layout.sizes)
    np.testing.assert_array_equal(again.baseline.slots[valued], calibration.baseline.slots[valued])


def test_what_opens_between_two_hours_is_not_smeared_over_them():
    layout = Layout.of([(SeriesKind.VALUE, 2), (SeriesKind.SHARE, 2)])
    hours = np.arange(24)
    open_ = np.where((hours >= 8) & (hours < 18), 6.0, 1.0)
    sums = np.stack([open_, np.ones(24), open_, 10 - open_]).astype(np.float32)
    slots = Baseline.of(layout, sums, 24).slots
    np.testing.assert_allclose(slots[0], open_)
    assert slots[2, 8] < open_[8] / 10
