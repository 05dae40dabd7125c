"""Cutting rows by time loses none and keeps their order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.stored import rows

from seamark.clock import DAY_US
from seamark.records.window import Window
from seamark.store.tables import present, split_by_day, within

moments = st.lists(st.integers(-3 * DAY_US, 3 * DAY_US) | st.sampled_from([-DAY_US, -1, 0, DAY_US - 1, DAY_US]))


@settings(deadline=None)
@given(moments)
def test_days_are_a_partition_that_keeps_the_order_within_a_day(times):
    table = rows(*times)
    days = list(split_by_day(table))
    starts = [day.day_us for day in days]
    assert starts == sorted({time // DAY_US * DAY_US for time in times})
    for day in days:
        inside = [time for time in times if day.day_us <= time < day.day_us + DAY_US]
        assert (day.first_time_us, day.last_time_us) == (min(inside), max(inside))
        expected = [f"r{place}" for place, time in enumerate(times) if time // DAY_US * DAY_US == day.day_us]
        assert day.rows.column("id").to_pylist() == expected


@settings(deadline=None)
@given(moments, st.integers(-3 * DAY_US, 3 * DAY_US), st.integers(0, DAY_US))
def test_a_window_holds_its_start_but_not_its_end(times, start, length):
    kept = within(rows(*times), Window(start, start + length)).column("id").to_pylist()
    places = np.flatnonzero([start <= time < start + length for time in times])
    assert kept == [f"r{place}" for place in places]


def test_columns_are_those_that_exist_in_the_order_asked_for():
    assert present(["id", "time", "a"], ["a", "b", "id"]) == ["a", "id"]
    assert present(["id", "time"], None) == ["id", "time"]
    assert present(["id", "time"], []) == []
