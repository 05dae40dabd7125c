"""Intervals, beside SciPy and by resampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seamark.stats.intervals import Moments, mean, ratio, share, share_of_variance


@given(st.integers(1, 500), st.data())
def test_the_interval_of_a_share_is_scipys(n, data):
    k = data.draw(st.integers(0, n))
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    found = share(k / n, n)
    assert found.low == pytest.approx(expected.low, abs=1e-9)
    assert found.high == pytest.approx(expected.high, abs=1e-9)


def test_the_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).exponential(2, 400)
    found = mean(values.sum(), (values**2).sum(), 400)
    low, high = stats.norm.interval(0.95, values.mean(), values.std(ddof=1) / 20)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert mean(3.0, 9.0, 1.0).low == 3.0


def test_the_interval_of_a_ratio_is_that_of_resampled_rows():
    random = np.random.default_rng(1)
    below = random.gamma(5, 1, 500)
    above = 2 * below + random.normal(0, 1, 500)
    rows = random.integers(0, 500, (2_000, 500))
    resampled = above[rows].sum(axis=1) / below[rows].sum(axis=1)
    found = ratio(
        Moments(above.sum(), (above**2).sum()),
        Moments(below.sum(), (below**2).sum()),
        (above * below).sum(),
        500.0,
    )
    assert found.value == pytest.approx(above.sum() / below.sum())
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(resampled.std(), rel=0.1)


def test_a_known_variance_sets_the_width():
    found = share_of_variance(0.5, 0.05**2, 10.0, 1_000.0)
    assert found.n == 1_000
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.05, rel=0.03)
    assert share_of_variance(1.0, 0.0, 10.0, 1_000.0).low == pytest.approx(share(1.0, 10.0).low)
