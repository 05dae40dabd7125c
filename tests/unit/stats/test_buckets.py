import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.buckets import quantile, share_above

BOUNDS = np.array([0.1, 0.25, 0.5, 1.0, 2.5, np.inf])
samples = st.lists(st.floats(0.001, 2.4), min_size=1, max_size=200).map(np.array)


def column(values):
    return np.array([[float((values <= bound).sum())] for bound in BOUNDS])


@given(samples, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(values, q):
    found = quantile(BOUNDS, column(values), q)[0]
    true = np.quantile(values, q, method="inverted_cdf")
    place = np.searchsorted(BOUNDS, true)
    assert (BOUNDS[place - 1] if place else 0) <= found <= BOUNDS[place]


@given(samples, st.sampled_from([0.1, 0.25, 0.5, 1.0, 2.5]))
def test_the_share_above_a_bound_is_exact(values, limit):
    assert share_above(BOUNDS, column(values), limit)[0] == pytest.approx((values > limit).mean())


@given(samples)
def test_quantiles_rise_with_q_and_shares_fall_with_the_limit(values):
    counts = column(values)
    quantiles = [quantile(BOUNDS, counts, q)[0] for q in (0.1, 0.5, 0.9, 0.99)]
    assert quantiles == sorted(quantiles)
    shares = [share_above(BOUNDS, counts, limit)[0] for limit in (0.05, 0.1, 0.3, 0.7, 2.0, 9.0)]
    assert shares == sorted(shares, reverse=True)


def test_without_traffic_there_is_no_quantile_and_no_share():
    silent = np.zeros((6, 1))
    assert np.isnan(quantile(BOUNDS, silent, 0.9)).all()
    assert np.isnan(share_above(BOUNDS, silent, 0.2)).all()
    assert np.isnan(quantile(BOUNDS, np.full((6, 1), np.nan), 0.9)).all()


def test_beyond_the_last_finite_bound_the_quantile_is_that_bound_and_everything_is_above():
    slow = np.array([[0.0]] * 5 + [[10.0]])
    assert quantile(BOUNDS, slow, 0.5) == [2.5]
    assert share_above(BOUNDS, slow, 100.0) == [1.0]


def test_buckets_read_at_different_moments_do_not_make_negative_counts():
    crossed = np.array([[5.0], [4.0], [6.0], [6.0], [6.0], [6.0]])
    assert share_above(BOUNDS, crossed, 0.25) == pytest.approx(1 / 6)
    assert 0.25 <= quantile(BOUNDS, crossed, 0.95)[0] <= 0.5
