"""What sampling alone shows, bin by bin."""

import numpy as np
import pytest
from scipy import stats

from seamark.stats.distances import hellinger, jensen_shannon, kl, psi
from seamark.stats.nullmean import NullCurve, entropy_bins, noise, null_curve, pooled_shares, relative_entropy
from seamark.stats.sample import Sample

CURVES = {
    module.__name__.rpartition(".")[2]: (module._CURVE, module._term) for module in (hellinger, jensen_shannon, kl, psi)
}


@pytest.mark.parametrize("name", CURVES)
def test_a_bin_that_expects_many_rows_adds_what_the_textbook_says(name):
    curve, _ = CURVES[name]
    assert curve.mean[-1] == pytest.approx(1.0, abs=0.01)
    assert curve.variance[-1] == pytest.approx(1.0, abs=0.05)
    assert curve.third[-1] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", CURVES)
def test_a_bin_that_expects_nothing_adds_in_proportion(name):
    curve, _ = CURVES[name]
    rows = np.exp(curve.log_rows)
    assert curve.mean[0] / rows[0] == pytest.approx(curve.mean[1] / rows[1], rel=0.01)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("rows", [0.03, 0.5, 2.0, 9.0])
def test_the_curve_is_the_expectation_under_poisson_counts(name, rows):
    curve, term = CURVES[name]
    counts = np.arange(200.0)
    probability = stats.poisson.pmf(counts, rows)
    terms = term(counts, np.full(200, rows)) / curve.scale
    mean = probability @ terms
    assert np.interp(np.log(rows), curve.log_rows, curve.mean) == pytest.approx(mean, rel=0.02)
    variance = (probability @ terms**2 - mean**2) / 2
    assert np.interp(np.log(rows), curve.log_rows, curve.variance) == pytest.approx(variance, rel=0.05)
    third = probability @ (terms - mean) ** 3 / 8
    assert np.interp(np.log(rows), curve.log_rows, curve.third) == pytest.approx(third, rel=0.2, abs=0.02)


@pytest.mark.parametrize("name", CURVES)
def test_many_full_bins_have_one_degree_of_freedom_less(name):
    curve, _ = CURVES[name]
    sample = Sample.from_counts(np.full((1, 30), 10**6))
    expected = curve.scale * 29 * 2 / (30 * 10**6)
    assert curve.null_mean(sample, sample)[0] == pytest.approx(expected, rel=0.02)


def test_p_values_are_the_tail_of_chi_squared_where_bins_are_full():
    curve = null_curve(1 / 8, jensen_shannon._term)
    sample = Sample.from_counts(np.full((1, 11), 10**5))
    for quantile, tolerance in ((0.5, 0.01), (0.05, 0.05), (1e-4, 0.15)):
        divergence = stats.chi2.isf(quantile, 10) / 8 * noise(sample, sample)
        assert curve.p_value(divergence, sample, sample)[0] == pytest.approx(quantile, rel=tolerance)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("rows", [60, 168, 5000])
def test_one_in_a_thousand_stays_one_in_a_thousand_at_few_rows_per_bin(name, rows):
    curve, term = CURVES[name]
    random = np.random.default_rng(rows)
    current = Sample.from_counts(random.multinomial(rows, np.full(20, 0.05), 40_000))
    baseline = Sample.from_counts(random.multinomial(50_000, np.full(20, 0.05), 40_000))
    half_row = () if name in ("hellinger", "jensen_shannon") else (noise(current, baseline)[:, None] / 2,)
    divergence = term(current.shares(), baseline.shares(), *half_row).sum(axis=1)
    p = curve.p_value(divergence, current, baseline)
    assert (p < 0.01).mean() == pytest.approx(0.009, abs=0.005)
    assert (p < 0.001).mean() < 0.0018


@pytest.mark.parametrize("name", CURVES)
def test_the_critical_value_of_a_p_is_where_the_p_is_reached(name):
    curve, _ = CURVES[name]
    random = np.random.default_rng(5)
    current = Sample.from_counts(random.multinomial(90, np.full(20, 0.05), 50))
    baseline = Sample.from_counts(random.multinomial(4000, np.full(20, 0.05), 50))
    for alpha in (0.2, 0.01, 1e-6):
        critical = curve.critical(np.full(50, alpha), current, baseline)
        assert curve.p_value(critical, current, baseline) == pytest.approx(np.full(50, alpha), rel=1e-6)


def test_one_filled_bin_cannot_drift():
    curve = CURVES["psi"][0]
    sample = Sample.from_counts([[0, 50, 0]])
    assert curve.null_mean(sample, sample)[0] == 0
    assert curve.p_value(np.zeros(1), sample, sample)[0] == 1


def test_the_noise_of_a_huge_baseline_is_that_of_the_window():
    window, baseline = Sample.from_counts([[50, 50]]), Sample.from_counts([[10**9, 10**9]])
    assert noise(window, baseline)[0] == pytest.approx(0.01)


def test_an_empty_side_has_no_noise_to_speak_of_and_no_shares():
    empty, full = Sample.from_counts([[0, 0]]), Sample.from_counts([[3, 1]])
    assert np.isnan(noise(empty, full)[0])
    assert np.isnan(noise(full, empty)[0])
    assert pooled_shares(empty, full).tolist() == [[0.75, 0.25]]
    assert np.isnan(pooled_shares(empty, empty)).all()


@pytest.mark.parametrize("bins", [1, 2, 20])
def test_equal_bins_count_as_themselves_and_empty_ones_not_at_all(bins):
    shares = np.concatenate([np.full(bins, 1 / bins), np.zeros(5)])[None, :]
    assert entropy_bins(shares)[0] == pytest.approx(bins)


def test_relative_entropy_of_nothing_is_nothing():
    assert relative_entropy(np.array([0.0, 0.5]), np.array([0.3, 0.5])).tolist() == [0.0, 0.0]


def test_a_curve_of_the_plain_squared_difference_is_flat():
    # Σ(p - q)²/q: every bin adds exactly 1/n, however few rows it expects.
    curve = null_curve(1.0, lambda c, expected: (c - expected) ** 2 / expected)
    assert isinstance(curve, NullCurve)
    assert curve.mean == pytest.approx(np.ones(len(curve.mean)), rel=1e-6)
