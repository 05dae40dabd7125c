"""What scores let expect, put beside what came true: windows add up, days are whole, and a margin only forgives."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.stats.test_expected import BINARY, OF_BINARY, binary_rows

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.tolerated import estimated_monitors, learned_monitor
from seamark.pipeline.expecting import Estimates
from seamark.query.expected import Expectation
from seamark.records.options import ModelOptions
from seamark.records.window import Window

EXPECTATION = Expectation(OF_BINARY, "the reference", 0)
COUNTS = [BINARY.score_counts(binary_rows(seed, 300, mean=0.2 + 0.1 * seed)) for seed in range(6)]
START_US = 20_000 * DAY_US + 21 * HOUR_US  # three windows of one day, three of the next
WINDOWS = [Window(START_US + hour * HOUR_US, START_US + (hour + 1) * HOUR_US) for hour in range(6)]
REALISED = [learned_monitor(name, 0.5, ModelOptions()) for name in ("accuracy", "log_loss")]
MONITORS = (*REALISED, *estimated_monitors(REALISED, ["accuracy", "log_loss"]))


def estimates(counts=COUNTS, margins=None):
    return Estimates(EXPECTATION, counts, [OF_BINARY.metrics(each) for each in counts], margins or {})


def put(of, windows=WINDOWS):
    shape = (len(MONITORS), len(windows), 4)
    shown, daily = np.full(shape, np.nan), np.full(shape, np.nan)
    of.put_into(shown, daily, MONITORS, windows)
    return shown, daily


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 5), st.integers(0, 5))
def test_an_estimate_over_windows_is_that_of_all_their_scores(one, other):
    first, last = min(one, other), max(one, other)
    together = OF_BINARY.metrics(np.sum(COUNTS[first : last + 1], axis=0))["accuracy"]
    found = estimates().over("accuracy", first, last)
    assert (found.value, found.low, found.high) == pytest.approx((together.value, together.low, together.high))


def test_what_is_not_estimated_has_no_estimate():
    assert estimates().over("mae", 0, 0) is None
    assert estimates().over("mae", 0, 3) is None


def test_only_places_of_estimates_are_filled():
    shown, daily = put(estimates())
    assert np.isnan(shown[:2]).all()
    assert np.isnan(daily[:2]).all()
    assert np.isfinite(shown[2:]).all()


def test_a_day_is_told_in_its_last_window_and_of_all_of_them():
    _, daily = put(estimates())
    told = [number for number in range(6) if np.isfinite(daily[2, number]).all()]
    assert told == [2, 5]
    for last in told:
        whole = estimates().over("accuracy", last - 2, last)
        assert daily[2, last] == pytest.approx([whole.value, whole.low, whole.high, whole.n])


def test_without_windows_there_is_nothing_to_fill():
    shown, daily = put(estimates([]), [])
    assert shown.shape == daily.shape == (4, 0, 4)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 0.2))
def test_a_margin_forgives_what_is_held_against_the_tolerance_and_changes_nothing_that_is_shown(margin):
    plain, forgiving = put(estimates()), put(estimates(margins={"accuracy": margin, "log_loss": margin}))
    assert np.array_equal(plain[0], forgiving[0], equal_nan=True)
    moved = forgiving[1] - plain[1]
    accuracy, log_loss = moved[2, [2, 5]], moved[3, [2, 5]]
    assert accuracy[:, :3] == pytest.approx(margin)  # the higher the better
    assert log_loss[:, :3] == pytest.approx(-margin)
    assert moved[2:, [2, 5], 3] == pytest.approx(0)  # rows stay what they are


def test_monitors_of_what_came_true_are_not_mistaken_for_estimates():
    assert [each.signal for each in MONITORS] == [
        "quality.accuracy",
        "quality.log_loss",
        "estimated.accuracy",
        "estimated.log_loss",
    ]
    turned = replace(MONITORS[2], better="lower")
    shown, daily = np.full((1, 6, 4), np.nan), np.full((1, 6, 4), np.nan)
    estimates(margins={"accuracy": 0.1}).put_into(shown, daily, (turned,), WINDOWS)
    assert daily[0, 2, 0] == pytest.approx(put(estimates())[1][2, 2, 0] - 0.1)
