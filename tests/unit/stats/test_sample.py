"""From profiles to the arrays that distances take."""

import numpy as np
import pytest

from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.counter import Counter
from seamark.stats.distance import distances
from seamark.stats.sample import Sample, sample_of, samples_of

RANDOM = np.random.default_rng(0)
BIN_SET = BinSet(
    (
        numeric_signal("a", "feature", RANDOM.normal(size=1000)),
        categorical_signal("b", "feature", categorical_bins(["x", "y"], [2, 1])),
        numeric_signal("c", "feature", [1, 2, 3]),
    )
)


def profile(seed, rows=200, weight=None):
    random = np.random.default_rng(seed)
    counter = Counter(BIN_SET, weights=None if weight is None else np.full(rows, weight))
    counter.add_numeric(0, random.normal(size=rows))
    counter.add_categories(1, random.integers(0, 2, rows).astype(np.uint8))
    counter.add_numeric(2, random.integers(1, 4, rows).astype(float))
    return counter.profile()


def test_each_signal_is_a_series_padded_to_the_widest():
    made, source = sample_of(profile(1)), profile(1)
    assert made.counts.shape == (3, 22)
    for at in range(3):
        bins = BIN_SET.signals[at].bins.count
        assert made.counts[at, :bins].tolist() == source.counts_of(at).tolist()
        assert made.counts[at, bins:].sum() == 0
    assert made.n.tolist() == [200, 200, 200]
    assert made.centers[2, :5].tolist() == BIN_SET.signals[2].bins.centers().tolist()
    assert np.isnan(made.centers[1, :4]).all()
    assert made.mean[0] == pytest.approx(source.moments()[0][0])


def test_some_signals_may_be_chosen_in_any_order():
    whole = sample_of(profile(1))
    chosen = sample_of(profile(1), np.array([2, 0]))
    assert chosen.counts.tolist() == whole.select(np.array([2, 0])).counts.tolist()
    assert chosen.mean.tolist() == whole.select(np.array([2, 0])).mean.tolist()
    assert sample_of(profile(1), np.array([2])).counts.shape == (1, 5)


def test_many_profiles_are_stacked_one_after_the_other():
    stacked = samples_of([profile(seed) for seed in range(3)], np.array([0, 2]))
    assert stacked.counts.shape == (6, 22)
    assert stacked.counts[4].tolist() == sample_of(profile(2)).counts[0].tolist()


def test_weighted_rows_enter_with_their_effective_number():
    made = sample_of(profile(1, weight=7.0))
    assert made.n == pytest.approx(np.full(3, 200), rel=1e-3)
    assert made.counts == pytest.approx(sample_of(profile(1)).counts, rel=1e-2)


def test_an_empty_profile_has_no_shares_and_no_distance():
    empty = sample_of(Counter(BIN_SET).profile())
    assert np.isnan(empty.shares()).all()
    for distance in distances().values():
        numeric = np.array([0, 2])
        result = distance.evaluate(empty.select(numeric), sample_of(profile(1)).select(numeric))
        assert np.isnan(result.value).all()


def test_profiles_of_one_population_are_no_drift_and_of_another_are():
    baseline = sample_of(profile(1, rows=20_000), np.array([0]))
    same = distances()["jensen_shannon"].evaluate(sample_of(profile(2, rows=2000), np.array([0])), baseline)
    assert same.p[0] > 0.001
    shifted = Counter(BIN_SET)
    shifted.add_numeric(0, RANDOM.normal(0.5, 1, 2000))
    moved = distances()["jensen_shannon"].evaluate(sample_of(shifted.profile(), np.array([0])), baseline)
    assert moved.p[0] < 1e-9


def test_moments_of_plain_counts_are_those_of_the_centers():
    made = Sample.from_counts([[1, 1, 2], [0, 0, 0]], centers=[0.0, 2.0, 4.0])
    assert made.mean[0] == 2.5
    assert made.sd[0] == pytest.approx(np.std([0, 2, 4, 4]))
    assert np.isnan(made.mean[1])
