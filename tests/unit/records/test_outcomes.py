"""Outcomes that wait are counted by day, and have waited in vain after 90."""

from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US
from seamark.records.outcomes import Outcomes

changes = st.lists(st.dictionaries(st.integers(0, 5), st.integers(-3, 3)), max_size=6)


@given(changes)
def test_what_waits_is_the_sum_of_the_changes(history):
    counted, by_day = Outcomes(), {}
    for change in history:
        counted = counted.grown(2, 1, change)
        by_day = {day: by_day.get(day, 0) + change.get(day, 0) for day in {*by_day, *change}}
    assert dict(zip(counted.days, counted.waiting, strict=True)) == {day: ids for day, ids in by_day.items() if ids}
    assert list(counted.days) == sorted(counted.days)
    assert (counted.rows, counted.matched) == (2 * len(history), len(history))


def test_an_outcome_waits_ninety_days_and_then_has_waited_in_vain():
    counted = Outcomes().grown(3, 0, {100: 2, 101: 1})
    assert counted.split(190 * DAY_US) == (3, 0)
    assert counted.split(191 * DAY_US - HOUR_US) == (3, 0), "until its whole day is 90 days ago"
    assert counted.split(191 * DAY_US) == (1, 2)
    assert counted.split(400 * DAY_US) == (0, 3)
