import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.counters import increase, previous


@given(st.lists(st.integers(0, 100), min_size=2, max_size=30), st.data())
def test_the_increases_of_a_counter_that_restarts_add_up_to_all_it_counted_while_read(steps, data):
    restarts = data.draw(st.sets(st.integers(1, len(steps) - 1)))
    value, readings, counted = 0, [], 0
    for place, step in enumerate(steps):
        value = step if place in restarts else value + step
        readings.append(float(value))
        counted += step if place else 0
    series = np.array(readings)
    seen = float(increase(series[:-1], series[1:]).sum())
    hidden = sum(readings[at - 1] for at in restarts if readings[at] >= readings[at - 1])
    assert seen == counted - hidden, "only a restart that has already passed the old value goes unnoticed"


def test_without_an_earlier_reading_nothing_is_known():
    assert np.isnan(increase(np.array([np.nan]), np.array([7.0]))).all()


def test_the_first_of_each_group_has_nothing_before_it():
    before = previous(np.array([1, 1, 1, 2, 3, 3]), np.arange(6.0))
    assert np.array_equal(before, [np.nan, 0, 1, np.nan, np.nan, 4], equal_nan=True)
