"""What alarms in every week and goes away by itself is a season; what does so once is an event."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.seasonal import what_recurs

WEEK = 7


def history(weeks, *quarantined):
    """bool[1, N], with some (week, day) left out."""
    used = np.ones((1, weeks * WEEK), np.bool_)
    for week, day in quarantined:
        used[0, week * WEEK + day] = False
    return used


def test_a_weekend_that_alarmed_every_week_teaches():
    used = history(3, (0, 5), (1, 5), (2, 5))
    assert (used | what_recurs(used, ~used, WEEK)).all()


def test_an_event_of_one_week_does_not_teach():
    used = history(3, (1, 2), (2, 3))
    assert not what_recurs(used, ~used, WEEK).any()


def test_what_still_goes_on_does_not_teach():
    used = history(3, *((week, day) for week in range(3) for day in range(WEEK)))
    passed = np.zeros_like(used)
    passed[:, :WEEK] = True
    assert np.array_equal(what_recurs(used, passed, WEEK), passed), "only what went away by itself"
    assert not what_recurs(used, np.zeros_like(used), WEEK).any()


def test_one_week_knows_no_season():
    used = history(1, (0, 5))
    assert not what_recurs(used, ~used, WEEK).any()


@given(st.integers(0, 40), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_nothing_teaches_that_did_not_pass_or_that_is_used(windows, a_week, seed):
    rng = np.random.default_rng(seed)
    used, passed = rng.random((2, windows)) < 0.5, rng.random((2, windows)) < 0.5
    found = what_recurs(used, passed & ~used, a_week)
    assert found.shape == used.shape
    assert not (found & (used | ~passed)).any()
