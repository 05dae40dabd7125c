"""Windows of joined predictions: sums of hours, held against what should be known by now."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US
from seamark.query.graded import LEARNED_DAYS, Hours, graded_windows, learned_delays, reach_of
from seamark.records.window import Window
from seamark.stats.delays import BUCKETS, DelayCurve, bucket

START_US = 20_000 * DAY_US
CARD = 3  # numbers of a card, which are of no concern here


def hours(rows, joined, *, delay_us=HOUR_US, start_us=START_US):
    """Hours in a row; all joined rows of an hour took the same time."""
    vectors = np.zeros((len(rows), BUCKETS + CARD), dtype=np.int64)
    vectors[:, bucket(np.array([delay_us]))[0]] = joined
    vectors[:, BUCKETS:] = np.arange(len(rows) * CARD).reshape(-1, CARD)
    return Hours(start_us + np.arange(len(rows)) * HOUR_US, np.array(rows, dtype=np.int64), vectors)


def at_once(share):
    """Outcomes come within a minute, to a share of the predictions."""
    return DelayCurve(np.full(BUCKETS, share))


counts = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=40)


@given(counts, st.sampled_from([1, 2, 6, 24]))
def test_windows_are_the_sums_of_their_hours(found, length):
    given_hours = hours([max(each) for each in found], [min(each) for each in found])
    windows = graded_windows(given_hours, at_once(0.5), length * HOUR_US, START_US + 100 * DAY_US)
    assert windows.rows.sum() == given_hours.rows.sum()
    assert windows.joined.sum() == sum(min(each) for each in found)
    assert np.array_equal(windows.vectors.sum(axis=0), given_hours.vectors[:, BUCKETS:].sum(axis=0))
    assert all(
        each.start_us % (length * HOUR_US) == 0 and each.length_us == length * HOUR_US for each in windows.windows
    )
    assert list(windows.windows) == sorted(set(windows.windows))
    assert np.allclose(windows.expected, np.maximum(0.5 * windows.rows, windows.joined))


@pytest.mark.parametrize(("joined", "complete"), [(50, True), (40, True), (39, False), (0, False)])
def test_four_fifths_of_the_expected_outcomes_are_enough(joined, complete):
    windows = graded_windows(hours([100], [joined]), at_once(0.5), HOUR_US, START_US + DAY_US)
    assert windows.complete.tolist() == [complete]
    assert windows.expected.tolist() == [50.0]


def test_a_window_too_young_to_know_most_is_incomplete_however_many_came_early():
    curve = DelayCurve(np.linspace(0, 1, BUCKETS))
    ages = [10**6 * 60 * 2, 400 * DAY_US]
    young, old = (graded_windows(hours([100], [100]), curve, HOUR_US, START_US + HOUR_US // 2 + age) for age in ages)
    assert (young.expected[0], young.joined[0]) == (100, 100), "never below what has come"
    assert (young.complete.tolist(), old.complete.tolist()) == ([False], [True])


def test_where_nothing_was_ever_joined_nothing_is_complete():
    empty = hours([100, 100], [0, 0])
    curve = learned_delays(empty, START_US + 50 * DAY_US)
    assert curve.final == 0
    assert not graded_windows(empty, curve, HOUR_US, START_US + 50 * DAY_US).complete.any()


def test_delays_are_learned_from_hours_that_are_over():
    curve = learned_delays(hours([100] * 48, [60] * 40 + [0] * 8, delay_us=3 * HOUR_US), START_US + 48 * HOUR_US)
    assert curve.final == pytest.approx(0.6 * 40 / 44, abs=0.02), (
        "of the last hours, those younger than the delay say nothing"
    )
    assert float(curve.at(np.array([HOUR_US]))[0]) == 0


@given(st.integers(0, 10**5), st.integers(1, 10**5), st.sampled_from([1, 6, 24]))
def test_the_range_asked_for_is_widened_to_whole_windows(start, length, window):
    asked = Window(START_US + start * 10**6, START_US + (start + length) * 10**6)
    now_us = asked.end_us + DAY_US
    whole, learned = reach_of(asked, window * HOUR_US, now_us)
    assert whole.start_us <= asked.start_us < asked.end_us <= whole.end_us
    assert whole.length_us - asked.length_us < 2 * window * HOUR_US
    assert whole.start_us % (window * HOUR_US) == whole.end_us % (window * HOUR_US) == 0
    assert learned == Window(min(now_us - LEARNED_DAYS * DAY_US, whole.start_us), now_us)
