"""Which window a model gets, and which windows are due."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.windows import LENGTHS_US, choose_length, due
from seamark.records.window import Window

MIDNIGHT_US = 1_700_006_400 * 1_000_000
assert MIDNIGHT_US % DAY_US == 0


def hours(rows, count):
    return np.full(count, rows, dtype=np.int64)


def test_busy_models_are_judged_by_the_hour_as_soon_as_three_hours_are_seen():
    assert choose_length(MIDNIGHT_US, hours(500, 2)) is None
    assert choose_length(MIDNIGHT_US, hours(500, 3)) == HOUR_US


def test_quieter_models_wait_a_day_and_get_longer_windows():
    assert choose_length(MIDNIGHT_US, hours(50, 23)) is None
    assert choose_length(MIDNIGHT_US, hours(50, 24)) == 6 * HOUR_US
    assert choose_length(MIDNIGHT_US, hours(12, 48)) == DAY_US
    assert choose_length(MIDNIGHT_US, hours(1, 48)) == DAY_US


def test_whole_windows_count_however_the_traffic_began():
    assert choose_length(MIDNIGHT_US + 5 * HOUR_US, hours(50, 40)) == 6 * HOUR_US


def test_a_chosen_window_changes_only_for_a_clear_reason():
    assert choose_length(MIDNIGHT_US, hours(210, 168), DAY_US) == 6 * HOUR_US
    assert choose_length(MIDNIGHT_US, hours(210, 168), 6 * HOUR_US) == 6 * HOUR_US
    assert choose_length(MIDNIGHT_US, hours(310, 168), 6 * HOUR_US) == HOUR_US
    assert choose_length(MIDNIGHT_US, hours(190, 168), HOUR_US) == HOUR_US
    assert choose_length(MIDNIGHT_US, hours(100, 168), HOUR_US) == 6 * HOUR_US


def test_an_hour_is_sealed_only_after_the_allowed_lateness():
    def asked(now_us):
        return due(
            length_us=HOUR_US,
            first_time_us=MIDNIGHT_US,
            evaluated_through_us=None,
            dirty_hours_us=(),
            now_us=now_us,
            lateness_us=600_000_000,
            limit=100,
        )

    assert asked(MIDNIGHT_US + HOUR_US + 599_000_000) == []
    assert asked(MIDNIGHT_US + HOUR_US + 600_000_000) == [(Window(MIDNIGHT_US, MIDNIGHT_US + HOUR_US), False)]


def test_windows_without_rows_are_due_too():
    windows = due(
        length_us=HOUR_US,
        first_time_us=MIDNIGHT_US,
        evaluated_through_us=MIDNIGHT_US + 2 * HOUR_US,
        dirty_hours_us=(),
        now_us=MIDNIGHT_US + 5 * HOUR_US,
        lateness_us=0,
        limit=100,
    )
    assert [window.start_us for window, _ in windows] == [MIDNIGHT_US + h * HOUR_US for h in (2, 3, 4)]


def test_late_rows_make_their_window_due_again_after_the_news():
    windows = due(
        length_us=DAY_US,
        first_time_us=MIDNIGHT_US,
        evaluated_through_us=MIDNIGHT_US + 3 * DAY_US,
        dirty_hours_us=[MIDNIGHT_US + 7 * HOUR_US, MIDNIGHT_US + 9 * HOUR_US, MIDNIGHT_US + 3 * DAY_US],
        now_us=MIDNIGHT_US + 4 * DAY_US,
        lateness_us=0,
        limit=100,
    )
    assert windows == [
        (Window(MIDNIGHT_US + 3 * DAY_US, MIDNIGHT_US + 4 * DAY_US), False),
        (Window(MIDNIGHT_US, MIDNIGHT_US + DAY_US), True),
    ]


@given(
    length=st.sampled_from(LENGTHS_US),
    through=st.none() | st.integers(0, 200),
    dirty=st.lists(st.integers(0, 400), max_size=20),
    now=st.integers(0, 400),
    limit=st.integers(1, 50),
)
def test_due_windows_are_aligned_sealed_unique_and_bounded(length, through, dirty, now, limit):
    now_us = MIDNIGHT_US + now * HOUR_US
    windows = due(
        length_us=length,
        first_time_us=MIDNIGHT_US + 90_000_000,
        evaluated_through_us=None if through is None else MIDNIGHT_US + through * HOUR_US // length * length,
        dirty_hours_us=[MIDNIGHT_US + hour * HOUR_US for hour in dirty],
        now_us=now_us,
        lateness_us=600_000_000,
        limit=limit,
    )
    assert len(windows) <= limit
    assert len({window for window, _ in windows}) == len(windows)
    for window, _ in windows:
        assert window.start_us % length == 0
        assert window.length_us == length
        assert window.end_us + 600_000_000 <= now_us
