"""Half-open windows: they touch without overlapping, cover each other, and fill the time without a gap."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US
from seamark.records.window import Window

instants = st.integers(-100, 100)
windows = st.builds(lambda start, length: Window(start, start + length), instants, st.integers(1, 50))


def holds(window, instant):
    return window.start_us <= instant < window.end_us


@given(windows, windows)
def test_windows_overlap_where_they_share_an_instant(one, other):
    shared = any(holds(one, instant) and holds(other, instant) for instant in range(one.start_us, one.end_us))
    assert one.overlaps(other) is shared
    assert other.overlaps(one) is shared


def test_windows_that_touch_do_not_overlap():
    assert not Window(0, 10).overlaps(Window(10, 20))
    assert Window(0, 11).overlaps(Window(10, 20))


@given(windows, windows)
def test_a_cover_holds_both_and_nothing_beyond_them(one, other):
    both = one.cover(other)
    assert both == other.cover(one)
    assert both.start_us in (one.start_us, other.start_us)
    assert both.end_us in (one.end_us, other.end_us)
    assert both.length_us >= max(one.length_us, other.length_us)


@given(windows, windows, windows)
def test_the_order_of_covering_does_not_matter(one, two, three):
    assert one.cover(two).cover(three) == one.cover(two.cover(three))
    assert one.cover(one) == one


@given(windows, st.integers(1, 30))
def test_the_parts_of_a_window_follow_each_other_aligned_and_hold_all_of_it(window, length):
    parts = list(window.split(length))
    assert all(part.start_us % length == 0 and part.length_us == length for part in parts)
    assert all(before.end_us == after.start_us for before, after in pairwise(parts))
    assert all(part.overlaps(window) for part in parts)
    assert parts[0].start_us <= window.start_us
    assert parts[-1].end_us >= window.end_us


def test_an_empty_window_overlaps_nothing_and_has_no_parts():
    empty = Window(5, 5)
    assert empty.length_us == 0
    assert not empty.overlaps(empty)
    assert list(Window(10, 10).split(10)) == []


@pytest.mark.parametrize("length", [HOUR_US, 6 * HOUR_US, DAY_US])
def test_a_rolling_baseline_ends_a_whole_window_earlier_and_is_two_weeks_long(length):
    window = Window(100 * DAY_US, 100 * DAY_US + length)
    reach = window.rolling_reach()
    assert reach.length_us == 14 * DAY_US
    assert window.start_us - reach.end_us == length
    assert not reach.overlaps(window)


@given(st.lists(windows, min_size=1))
def test_windows_sort_by_their_start_then_by_their_end(found):
    keys = [(window.start_us, window.end_us) for window in sorted(found)]
    assert keys == sorted(keys)
