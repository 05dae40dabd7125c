"""Tail probabilities, vectorised, in numpy alone. Checked against SciPy in the tests."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

import numpy as np

from seamark.stats.grid import Floats

_LANCZOS: Final = (  # g = 7, n = 9 (Godfrey)
    0.99999999999980993,
    676.5203681218851,
    -1259.1392167224028,
    771.32342877765313,
    -176.61502916214059,
    12.507343278686905,
    -0.13857109526572012,
    9.9843695780195716e-6,
    1.5056327351493116e-7,
)
_ROUNDS: Final = 10_000
_PRECISION: Final = 1e-14
_TINY: Final = 1e-300
_NEWTON_STEPS: Final = 6
_CLOSE: Final = 1e-5


def chi_squared_sf(x: Floats, df: Floats) -> Floats:
    """P(X > x) for X ~ χ² with `df` degrees of freedom (need not be whole): Q(df/2, x/2).

    NaN where x is NaN or df ≤ 0.

    >>> chi_squared_sf(np.array([3.841459]), np.array([1.0])).round(4)
    array([0.05])
    """
    return gamma_q(np.asarray(df) / 2, np.asarray(x) / 2)


def normal_two_sided(z: Floats) -> Floats:
    """P(|Z| > |z|) for a standard normal.

    >>> normal_two_sided(np.array([1.959964])).round(4)
    array([0.05])
    """
    return gamma_q(np.full(np.shape(z), 0.5), np.asarray(z) ** 2 / 2)


def chi_squared_isf(p: Floats, df: Floats) -> Floats:
    """The x with P(X > x) = p for X ~ χ² with `df` > 0 degrees of freedom; 0 < p < 1.

    Wilson & Hilferty's cube root (1931), then Newton's steps on the logarithm of the tail, which is
    nearly a line where it matters.

    >>> chi_squared_isf(np.array([0.05, 1e-6]), np.array([1.0, 20.0])).round(4)
    array([ 3.8415, 65.4207])
    """
    p, df = np.broadcast_arrays(np.asarray(p, dtype=np.float64), np.asarray(df, dtype=np.float64))
    spread = 2 / (9 * df)
    x = df * np.maximum(1 - spread + normal_isf(p) * np.sqrt(spread), 0.05) ** 3
    for _ in range(_NEWTON_STEPS):
        tail = np.maximum(chi_squared_sf(x, df), _TINY)
        density = np.maximum(_prefactor(df / 2, x / 2) / x, _TINY)
        before, x = x, np.maximum(x + np.log(tail / p) * tail / density, x / 10)
        if (np.abs(x - before) <= _CLOSE * x).all():  # steps are quadratic: the next would change nothing
            break
    result: Floats = x
    return result


def normal_isf(p: Floats) -> Floats:
    """The z with P(Z > z) = p for a standard normal; 0 < p < 1.

    >>> normal_isf(np.array([0.025])).round(4)
    array([1.96])
    """
    values = np.asarray(p, dtype=np.float64)
    quantiles = map(NormalDist().inv_cdf, values.ravel().tolist())
    result: Floats = -np.fromiter(quantiles, np.float64, values.size).reshape(values.shape)
    return result


def gamma_q(a: Floats, x: Floats) -> Floats:
    """The regularised upper incomplete gamma function Q(a, x); NaN where a ≤ 0 or either is NaN.

    Series below x = a + 1, Lentz's continued fraction above (Press et al., Numerical Recipes, §6.2).
    """
    a, x = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(x, dtype=np.float64))
    result = np.full(a.shape, np.nan)
    known = (a > 0) & ~np.isnan(x)
    result[known & (x <= 0)] = 1.0
    result[known & (x == np.inf)] = 0.0
    known &= (x > 0) & (x < np.inf)
    low, high = known & (x < a + 1), known & (x >= a + 1)
    result[low] = 1 - _gamma_p_series(a[low], x[low])
    result[high] = _gamma_q_fraction(a[high], x[high])
    return result


def kolmogorov_sf(x: Floats) -> Floats:
    """P(K > x) of Kolmogorov's distribution, the limit of √n·D (Kolmogorov 1933; Smirnov 1948).

    2·Σ (-1)^(j-1)·exp(-2j²x²) above 1, its theta-function twin below.

    >>> kolmogorov_sf(np.array([1.358099])).round(4)
    array([0.05])
    """
    x = np.asarray(x, dtype=np.float64)
    j = np.arange(1, 7).reshape(-1, *([1] * x.ndim))
    big = 2 * ((-1.0) ** (j - 1) * np.exp(-2 * j**2 * np.square(x))).sum(axis=0)
    small_x = np.clip(x, 0.05, 1.0)
    small = 1 - math.sqrt(2 * math.pi) / small_x * np.exp(-((2 * j - 1) ** 2) * math.pi**2 / (8 * small_x**2)).sum(
        axis=0
    )
    survival: Floats = np.where(x < 1, small, big)
    return np.clip(survival, 0.0, 1.0)


def cramer_von_mises_sf(x: Floats) -> Floats:
    """P(ω² > x) of the limit of Cramér and von Mises' statistic.

    F(x) = (1/(π√x)) Σ_j (-1)^j binom(-1/2, j) √(4j+1) e^(-u) K_¼(u), u = (4j+1)²/(16x), with K_¼ as an
    integral; beyond 3 the leading term of the tail (Anderson & Darling 1952).

    >>> cramer_von_mises_sf(np.array([0.46136])).round(4)
    array([0.05])
    """
    x = np.asarray(x, dtype=np.float64)
    inner = np.clip(x, 0.005, 3.0)
    t = np.linspace(0.0, 9.0, 73)  # the trapezoid rule converges geometrically on this integrand
    step = t[1] - t[0]
    total = np.zeros(x.shape)
    coefficient = 1.0
    for j in range(6):
        u = (4 * j + 1) ** 2 / (16 * inner)
        integrand = np.exp(-u[..., None] * (1 + np.cosh(t))) * np.cosh(t / 4)
        total += coefficient * math.sqrt(4 * j + 1) * (integrand.sum(axis=-1) - integrand[..., 0] / 2) * step
        coefficient *= (0.5 + j) / (j + 1)
    survival = 1 - total / (math.pi * np.sqrt(inner))
    beyond = np.maximum(x, 3.0)
    tail = np.exp(-(math.pi**2) / 2 * (beyond - 3)) * np.sqrt(3 / beyond)
    return np.clip(np.where(np.isnan(x), np.nan, survival * tail), 0.0, 1.0)


def anderson_darling_sf(x: Floats) -> Floats:
    """P(A² > x) of the limit of Anderson and Darling's statistic, to about 2e-6.

    Approximations of Marsaglia & Marsaglia (Journal of Statistical Software 9(2), 2004); beyond 8 the
    leading term of the tail.

    >>> anderson_darling_sf(np.array([2.492])).round(4)
    array([0.05])
    """
    x = np.asarray(x, dtype=np.float64)
    low, high = np.clip(x, 0.02, 2.0), np.clip(x, 2.0, 8.0)
    small = np.polyval([0.00168691, -0.0116720, 0.0347962, -0.0649821, 0.247105, 2.00012], low)
    small = 1 - np.exp(-1.2337141 / low) / np.sqrt(low) * small
    power = np.polyval([0.0003146, -0.008056, 0.082433, -0.43424, 2.30695, -1.0776], high)
    large = -np.expm1(-np.exp(-power))
    beyond = np.maximum(x, 8.0)
    tail = np.exp(8 - beyond) * np.sqrt(8 / beyond)
    return np.clip(np.where(np.isnan(x), np.nan, np.where(x < 2, small, large * tail)), 0.0, 1.0)


def _log_gamma(a: Floats) -> Floats:
    """The logarithm of Γ(a) for a > 0 (Lanczos), by way of Γ(a + 1) so that small a stay accurate."""
    series = np.full(a.shape, _LANCZOS[0])
    for j, coefficient in enumerate(_LANCZOS[1:], start=1):
        series += coefficient / (a + j)
    base = a + 7.5
    result: Floats = 0.5 * math.log(2 * math.pi) + (a + 0.5) * np.log(base) - base + np.log(series) - np.log(a)
    return result


def _prefactor(a: Floats, x: Floats) -> Floats:
    """x^a e^(-x) / Γ(a)."""
    return np.exp(a * np.log(x) - x - _log_gamma(a))


def _gamma_p_series(a: Floats, x: Floats) -> Floats:
    term = 1 / a
    total = term.copy()
    for step in range(1, _ROUNDS):
        term = term * x / (a + step)
        total += term
        if not (term > total * _PRECISION).any():
            break
    return total * _prefactor(a, x)


def _gamma_q_fraction(a: Floats, x: Floats) -> Floats:
    b = x + 1 - a
    c = np.full(a.shape, 1 / _TINY)
    d = 1 / b
    fraction = d.copy()
    for step in range(1, _ROUNDS):
        numerator = -step * (step - a)
        b = b + 2
        d = _away_from_zero(numerator * d + b)
        c = _away_from_zero(b + numerator / c)
        d = 1 / d
        change = c * d
        fraction *= change
        if not (np.abs(change - 1) > _PRECISION).any():
            break
    return fraction * _prefactor(a, x)


def _away_from_zero(values: Floats) -> Floats:
    return np.where(np.abs(values) < _TINY, _TINY, values)
