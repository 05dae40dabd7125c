"""The delay curve learns from windows of any age what share of outcomes to expect at which age."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US
from seamark.stats.delays import BUCKETS, DelayCurve, bucket


def windows(rng, count, rows, share, delay_us):
    """`count` daily windows of which the newest ended now; each joined row is there if it has come by now."""
    ages = np.arange(count) * DAY_US
    delays = np.zeros((count, BUCKETS), dtype=np.int64)
    for number, age in enumerate(ages):
        took = rng.exponential(delay_us, rng.binomial(rows, share)).astype(np.int64)
        np.add.at(delays[number], bucket(took[took <= age]), 1)
    return delays, np.full(count, rows), ages


def test_buckets_are_ordered_and_hold_every_delay():
    delays = np.array([-DAY_US, 0, 59_999_999, 60_000_000, HOUR_US, DAY_US, 4_000 * DAY_US])
    buckets = bucket(delays)
    assert (np.diff(buckets) >= 0).all()
    assert (buckets[0], buckets[2], buckets[3], buckets[-1]) == (0, 0, 1, BUCKETS - 1)


def test_the_curve_is_learned_while_half_of_the_windows_still_wait():
    learned = DelayCurve.learned(*windows(np.random.default_rng(1), 40, 20_000, 0.6, 8 * DAY_US))
    for days in (1, 4, 8, 20):
        expected = 0.6 * (1 - np.exp(-days / 8))
        assert float(learned.at(np.array([days * DAY_US]))[0]) == pytest.approx(expected, abs=0.02)
    assert learned.final == pytest.approx(0.6, abs=0.02)


def test_nothing_is_expected_of_windows_nobody_has_seen():
    nothing = DelayCurve.learned(np.zeros((0, BUCKETS), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert nothing.final == 0
    assert nothing.at(np.array([0, DAY_US])).tolist() == [0, 0]


def test_a_window_that_is_too_young_for_a_delay_says_nothing_of_it():
    one_day, no_day = np.zeros(BUCKETS, np.int64), np.zeros(BUCKETS, np.int64)
    one_day[bucket(np.array([HOUR_US]))] = 50
    curve = DelayCurve.learned(np.stack([one_day, no_day]), np.array([100, 10**6]), np.array([DAY_US, 0]))
    assert curve.final == pytest.approx(0.5)


@given(st.integers(0, 2**32))
def test_the_curve_never_falls_and_is_a_share(seed):
    rng = np.random.default_rng(seed)
    delays = rng.integers(0, 30, (12, BUCKETS))
    rows = delays.sum(axis=1) + rng.integers(0, 100, 12)
    curve = DelayCurve.learned(delays, rows, rng.integers(0, 600, 12) * DAY_US)
    assert (np.diff(curve.share) >= 0).all()
    assert 0 <= curve.share[0] <= curve.final <= 1
