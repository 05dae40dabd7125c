"""Tail probabilities against SciPy."""

import numpy as np
import pytest
from scipy import special, stats

from seamark.stats.special import (
    anderson_darling_sf,
    chi_squared_isf,
    chi_squared_sf,
    cramer_von_mises_sf,
    gamma_q,
    kolmogorov_sf,
    normal_isf,
    normal_two_sided,
)


@pytest.mark.parametrize("degrees", [0.05, 0.5, 1, 2.5, 21, 101, 3000])
def test_chi_squared_is_scipys_to_twelve_digits_far_into_the_tail(degrees):
    x = np.geomspace(1e-6, 20 * degrees + 500, 400)
    expected = stats.chi2.sf(x, degrees)
    usable = expected > 1e-280
    ours = chi_squared_sf(x[usable], np.full(usable.sum(), degrees))
    assert ours == pytest.approx(expected[usable], rel=1e-11)


def test_gamma_q_is_one_at_zero_and_nothing_at_infinity_and_unknown_elsewhere():
    a = np.array([2.0, 2.0, 2.0, 0.0, -1.0, np.nan, 2.0])
    x = np.array([0.0, np.inf, np.nan, 1.0, 1.0, 1.0, -3.0])
    np.testing.assert_array_equal(gamma_q(a, x), [1.0, 0.0, np.nan, np.nan, np.nan, np.nan, 1.0])


def test_normal_is_scipys_for_both_signs():
    z = np.linspace(-12, 12, 200)
    assert normal_two_sided(z) == pytest.approx(2 * stats.norm.sf(np.abs(z)), rel=1e-11)


def test_kolmogorov_is_scipys():
    x = np.linspace(0, 6, 500)
    assert kolmogorov_sf(x) == pytest.approx(special.kolmogorov(x), rel=1e-9, abs=1e-12)
    assert np.isnan(kolmogorov_sf(np.array([np.nan]))[0])


def test_cramer_von_mises_is_the_limit_of_scipys_test():
    x = np.linspace(0.02, 2, 100)
    # SciPy's two-sample p is the limit law's when both samples are huge; its statistic is shifted by 1/6.
    for value, p in zip(x, cramer_von_mises_sf(x), strict=True):
        assert p == pytest.approx(1 - _limit_of_cramer_von_mises(value), abs=1e-6)


def _limit_of_cramer_von_mises(x):
    """The distribution function as SciPy has it, written with its Bessel functions."""
    total = 0.0
    for j in range(10):
        u = (4 * j + 1) ** 2 / (16 * x)
        coefficient = special.gamma(j + 0.5) / (special.gamma(j + 1) * np.pi**1.5 * np.sqrt(x))
        total += coefficient * np.sqrt(4 * j + 1) * np.exp(-u) * special.kv(0.25, u)
    return total


@pytest.mark.parametrize(("x", "p"), [(1.933, 0.10), (2.492, 0.05), (3.878, 0.01), (5.979, 0.001)])
def test_anderson_darling_has_the_published_critical_values(x, p):
    assert anderson_darling_sf(np.array([x]))[0] == pytest.approx(p, rel=0.02)


def test_anderson_darling_is_the_law_of_its_weighted_chi_squares():
    random = np.random.default_rng(0)
    weights = 1 / (np.arange(1, 60) * np.arange(2, 61))
    simulated = np.sort(random.chisquare(1, (40_000, 59)) @ weights + 1 / 60)
    at = np.quantile(simulated, [0.05, 0.3, 0.6, 0.9, 0.99])
    assert anderson_darling_sf(at) == pytest.approx([0.95, 0.7, 0.4, 0.1, 0.01], abs=0.006)


@pytest.mark.parametrize("survival", [kolmogorov_sf, cramer_von_mises_sf, anderson_darling_sf])
def test_survival_falls_from_one_towards_nothing_without_a_step(survival):
    x = np.concatenate([np.linspace(0, 20, 4001), [50.0, 1e3, np.inf]])
    p = survival(x)
    assert p[0] > 0.99
    assert p[-1] == 0
    assert (np.diff(p) <= 1e-6).all()
    assert np.abs(np.diff(p[:-3])).max() < 0.05
    middle = (p > 1e-12) & (x > 0.5) & (x < 20)
    assert np.abs(np.diff(np.log(p[middle]), n=2)).max() < 0.01


@pytest.mark.parametrize("survival", [kolmogorov_sf, cramer_von_mises_sf, anderson_darling_sf])
def test_what_is_unknown_stays_unknown(survival):
    assert np.isnan(survival(np.array([np.nan]))).all()


@pytest.mark.parametrize("degrees", [0.2, 1.0, 3.7, 21.0, 120.0])
def test_critical_values_of_chi_squared_are_scipys(degrees):
    p = np.array([0.5, 0.05, 1e-3, 1e-6, 1e-9])
    found = chi_squared_isf(p, np.full(len(p), degrees))
    assert found == pytest.approx(stats.chi2.isf(p, degrees), rel=1e-6)


def test_critical_values_of_the_normal_are_scipys():
    p = np.array([0.9, 0.5, 0.025, 1e-9])
    assert normal_isf(p) == pytest.approx(stats.norm.isf(p), abs=1e-9)
