"""What distances show when nothing has drifted.

With n and m rows of one population, v = 1/n + 1/m. A divergence is a sum over bins, and a bin that
expects many rows adds its share of the textbook (K-1)·v·constant. A bin that expects few adds another
amount, because its counts are Poisson and not normal; ignoring that makes rare categories look like
drift, or hides it. So each divergence brings a *curve*: the expected term of a bin that expects λ rows,
relative to the textbook's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.grid import Floats
from seamark.stats.sample import Sample, divide, sum_bins
from seamark.stats.special import chi_squared_isf, chi_squared_sf

FEW_BINS: Final = 6.0  # with the entropy of fewer, a signal is far from the continuous limit laws
_FEWEST_ROWS: Final = 1e-4
_MOST_ROWS: Final = 100.0  # from here on the textbook is right
_POINTS: Final = 60
_NO_FREEDOM: Final = 1e-6
_LEAST_SKEWNESS: Final = 0.01  # of χ² with 80,000 degrees of freedom


def noise(current: Sample, baseline: Sample) -> Floats:
    """float64[S]: v = 1/n + 1/m; NaN where either sample has no rows."""
    return divide(current.n + baseline.n, current.n * baseline.n)


def pooled_shares(current: Sample, baseline: Sample) -> Floats:
    """float64[S, K]: the shares h of both samples together; NaN where both have no rows."""
    return divide(current.counts + baseline.counts, (current.n + baseline.n)[:, None])


def entropy_bins(h: Floats) -> Floats:
    """float64[S]: how many equal bins have the entropy of these shares; from 1 to K."""
    return np.exp(-sum_bins(relative_entropy(h, np.ones_like(h))))


@dataclass(frozen=True, slots=True, eq=False)
class NullCurve:
    """First moments of a bin's term by the rows it expects, as multiples of those of scale·v·χ²₁."""

    scale: float
    log_rows: Floats
    mean: Floats
    variance: Floats
    third: Floats  # central moment

    def null_mean(self, current: Sample, baseline: Sample) -> Floats:
        """float64[S]: the expectation of the divergence."""
        return self.scale * noise(current, baseline) * self._sum(self.mean, current, baseline)

    def p_value(self, divergence: Floats, current: Sample, baseline: Sample) -> Floats:
        """float64[S]: the tail of the shifted, scaled χ² with the same three moments; 1 where one bin is filled."""
        law = self._law(current, baseline)
        statistic = divide(divergence, self.scale * noise(current, baseline), otherwise=0.0)
        p = chi_squared_sf(law.degrees + (statistic - law.mean) / law.stretch, law.degrees)
        return np.where(law.free | np.isnan(divergence), p, 1.0)

    def critical(self, alpha: Floats, current: Sample, baseline: Sample) -> Floats:
        """float64[S]: the divergence whose p-value is alpha; inf where only one bin is filled."""
        law = self._law(current, baseline)
        statistic = law.mean + law.stretch * (chi_squared_isf(alpha, law.degrees) - law.degrees)
        # A law shifted below 0 may put a large alpha where no divergence is.
        reached = self.scale * noise(current, baseline) * np.maximum(statistic, 0.0)
        return np.where(law.free, reached, np.inf)

    def _law(self, current: Sample, baseline: Sample) -> _ShiftedChiSquared:
        mean = self._sum(self.mean, current, baseline)
        variance = 2 * self._sum(self.variance, current, baseline)
        free = mean > _NO_FREEDOM
        skewness = divide(8 * self._sum(self.third, current, baseline), variance**1.5, otherwise=0.0)
        degrees = np.where(free, 8 / np.maximum(skewness, _LEAST_SKEWNESS) ** 2, 1.0)
        return _ShiftedChiSquared(free, mean, np.where(free, np.sqrt(variance / (2 * degrees)), 1.0), degrees)

    def _sum(self, curve: Floats, current: Sample, baseline: Sample) -> Floats:
        """float64[S]: over all bins; K - 1 when each expects many rows."""
        h = pooled_shares(current, baseline)
        rows = h / noise(current, baseline)[:, None]
        ratio = np.interp(np.log(np.clip(rows, _FEWEST_ROWS, _MOST_ROWS)), self.log_rows, curve)
        # Below the curve's first point (and for empty bins) in proportion to the rows.
        return sum_bins(ratio * np.minimum(rows / _FEWEST_ROWS, 1.0) * (1 - h))


@dataclass(frozen=True, slots=True, eq=False)
class _ShiftedChiSquared:
    """mean + stretch·(χ² - degrees), for S series; `free` where it varies at all."""

    free: npt.NDArray[np.bool_]
    mean: Floats
    stretch: Floats
    degrees: Floats


def null_curve(scale: float, term: Callable[[Floats, Floats], Floats]) -> NullCurve:
    """The curve of a divergence Σ term(p, q) that is `scale`·v·χ² with K - 1 degrees for many rows.

    `term(c, λ)` takes both shares in units of one row, and must grow in proportion to them.
    """
    rows = np.geomspace(_FEWEST_ROWS, _MOST_ROWS, _POINTS)
    counts = np.arange(3 * int(_MOST_ROWS))
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(counts[1:]))])
    probability = np.exp(np.log(rows)[:, None] * counts - rows[:, None] - log_factorial)
    terms = term(np.broadcast_to(counts.astype(np.float64), probability.shape), rows[:, None]) / scale
    mean = sum_bins(probability * terms)
    centred = terms - mean[:, None]
    # χ² with one degree of freedom has variance 2 and third central moment 8.
    variance, third = sum_bins(probability * centred**2) / 2, sum_bins(probability * centred**3) / 8
    return NullCurve(scale, np.log(rows), mean, variance, third)


def relative_entropy(p: Floats, q: Floats) -> Floats:
    """p·ln(p/q) for q > 0, and 0 where p is 0."""
    ratio = np.divide(p, q, out=np.ones(np.broadcast(p, q).shape), where=(p > 0) & (q > 0))
    return p * np.log(ratio)
