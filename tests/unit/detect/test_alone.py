"""A segment is alone when the rest of the traffic is still, and only when that can be seen."""

import numpy as np
import pytest
from tests.unit.detect.test_evaluate import BASELINE, BIN_SET, sample

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.alone import hours_before, hours_since, is_alone
from seamark.records.window import Window
from seamark.stats.profile import Profile

SIGNAL = "feature.amount"


def traffic(seed, rows, *, shifts=(0.0, 0.0)):
    """(a segment, all traffic): the segment and as many rows of the rest, each with a shift of its own."""
    segment, rest = (sample(rows, seed + number, shift=shift) for number, shift in enumerate(shifts))
    return segment, Profile.total([segment, rest])


@pytest.mark.parametrize(("shifts", "alone"), [((1.0, 0.0), True), ((1.0, 1.0), False), ((1.0, 0.6), False)])
def test_a_segment_is_alone_where_the_rest_has_not_moved(shifts, alone):
    assert is_alone(traffic(1, 4_000, shifts=shifts), traffic(50, 4_000), SIGNAL) is alone


def test_a_rest_of_few_rows_says_nothing():
    assert not is_alone(traffic(1, 60, shifts=(0.3, 0.0)), traffic(50, 4_000), SIGNAL)


def test_without_rows_nothing_is_alone():
    nothing = Profile.empty(BIN_SET)
    assert not is_alone((nothing, nothing), (BASELINE, BASELINE), SIGNAL)


def test_the_time_before_is_the_same_hours_of_earlier_weeks():
    onset, hour = 40 * DAY_US, HOUR_US
    hours = hours_since(onset, onset + 6 * hour)
    assert hours == Window(onset, onset + 6 * hour)
    before = hours_before(hours, onset, 0)
    assert [(onset - window.start_us) // DAY_US for window in before] == [7, 14, 21]


def test_a_young_model_is_compared_with_the_same_hours_of_earlier_days():
    onset = 5 * DAY_US
    before = hours_before(hours_since(onset, onset + HOUR_US), onset, 2 * DAY_US)
    assert [(onset - window.start_us) // DAY_US for window in before] == [1, 2, 3]


@pytest.mark.parametrize("days", np.arange(1, 40, 6))
def test_no_hour_before_is_after_the_onset_or_before_the_first_row(days):
    onset = 30 * DAY_US
    hours = hours_since(onset, onset + int(days) * DAY_US)
    assert hours.length_us <= 7 * DAY_US
    before = hours_before(hours, onset, DAY_US)
    assert all(window.start_us >= DAY_US and window.end_us <= onset for window in before)
