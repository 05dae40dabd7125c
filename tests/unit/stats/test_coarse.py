"""Merging bins keeps rows and order, and leaves alone what is coarse enough."""

import numpy as np
import pytest

from seamark.stats.coarse import COARSE, FINE, coarsened
from seamark.stats.distance import distances
from seamark.stats.sample import Sample

RANDOM = np.random.default_rng(0)


def pair(bins, rows=300, shift=0, series=3):
    shares = RANDOM.dirichlet(np.ones(bins), size=series)
    shifted = np.roll(shares, shift, axis=1)
    make = [
        Sample.from_counts([RANDOM.multinomial(n, p) for p in each], centers=np.arange(bins, dtype=float))
        for n, each in ((rows, shifted), (50_000, shares))
    ]
    return tuple(make)


def test_no_row_is_lost_or_made():
    current, baseline = pair(100)
    for before, after in zip((current, baseline), coarsened(current, baseline), strict=True):
        assert after.counts.sum(axis=1).tolist() == before.counts.sum(axis=1).tolist()
        assert after.counts[:, COARSE:].sum() == 0
        assert after.n.tolist() == before.n.tolist()


def test_merged_bins_hold_about_equal_shares_of_the_baseline_in_order():
    _, baseline = coarsened(*pair(100))
    shares = baseline.shares()[:, :COARSE]
    assert shares.max() < 0.15
    assert (np.diff(baseline.centers[:, :COARSE], axis=1) >= 0).all()


@pytest.mark.parametrize("bins", [5, FINE])
def test_series_of_few_bins_stay_as_they_are(bins):
    current, baseline = pair(bins)
    assert coarsened(current, baseline) == (current, baseline)


def test_categories_stay_as_they_are():
    current, baseline = pair(100)
    unordered = [Sample(one.counts, one.n, np.full_like(one.centers, np.nan)) for one in (current, baseline)]
    assert coarsened(*unordered)[0].counts.tolist() == current.counts.tolist()
    bare = [Sample(one.counts, one.n) for one in (current, baseline)]
    assert coarsened(*bare) == tuple(bare)


def test_a_baseline_without_rows_is_left_alone():
    current, baseline = pair(100)
    empty = Sample.from_counts(np.zeros_like(baseline.counts), centers=np.arange(100.0))
    assert coarsened(current, empty)[1].counts.sum() == 0


def test_few_rows_show_less_noise_in_fewer_bins():
    distance = distances()["jensen_shannon"]
    current, baseline = pair(100, rows=150, series=200)
    fine, coarse = distance.evaluate(current, baseline), distance.evaluate(*coarsened(current, baseline))
    assert coarse.null.mean() < 0.6 * fine.null.mean()
    assert (coarse.p < 0.01).mean() < 0.03
