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

from seamark.stats.grid import Floats
from seamark.stats.sample import Sample, divide, sum_bins
from seamark.stats.special import chi_squared_sf

FEW_BINS: Final = 5  # fewer filled bins are far from the continuous limit laws
_FEWEST_ROWS: Final = 1e-4
_MOST_ROWS: Final = 100.0  # from here on the textbook is right
_POINTS: Final = 60
_NO_FREEDOM: Final = 1e-6


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
    """The expected term of a bin by the rows it expects, as a multiple of `scale`·v."""

    scale: float
    log_rows: Floats
    ratio: Floats

    def degrees(self, current: Sample, baseline: Sample) -> Floats:
        """float64[S]: the effective degrees of freedom, K - 1 when every bin expects many rows."""
        h = pooled_shares(current, baseline)
        rows = np.clip(h / noise(current, baseline)[:, None], _FEWEST_ROWS, _MOST_ROWS)
        ratio = np.where(h > 0, np.interp(np.log(rows), self.log_rows, self.ratio), 0.0)
        # An expectation below the curve's first point adds in proportion.
        ratio *= np.minimum(h / noise(current, baseline)[:, None] / _FEWEST_ROWS, 1.0)
        return sum_bins(ratio * (1 - h))

    def null_mean(self, current: Sample, baseline: Sample) -> Floats:
        """float64[S]: the expectation of the divergence."""
        return self.scale * noise(current, baseline) * self.degrees(current, baseline)

    def p_value(self, divergence: Floats, current: Sample, baseline: Sample) -> Floats:
        """float64[S]: the tail of the χ² with the same mean; 1 where only one bin is filled."""
        degrees = self.degrees(current, baseline)
        free = degrees > _NO_FREEDOM
        statistic = divergence / (self.scale * noise(current, baseline))
        p = chi_squared_sf(statistic, np.where(free, degrees, 1.0))
        return np.where(free | np.isnan(degrees), p, 1.0)


def null_curve(scale: float, term: Callable[[Floats, Floats], Floats]) -> NullCurve:
    """The curve of a divergence Σ term(p, q) that is `scale`·(K-1)·v for many rows.

    `term(c, λ)` takes both shares in units of one row, and must grow in proportion to them.
    """
    rows = np.geomspace(_FEWEST_ROWS, _MOST_ROWS, _POINTS)
    counts = np.arange(3 * int(_MOST_ROWS))
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(counts[1:]))])
    probability = np.exp(np.log(rows)[:, None] * counts - rows[:, None] - log_factorial)
    terms = term(np.broadcast_to(counts.astype(np.float64), probability.shape), rows[:, None])
    return NullCurve(scale, np.log(rows), (probability * terms).sum(axis=1) / scale)


def relative_entropy(p: Floats, q: Floats) -> Floats:
    """p·ln(p/q) for q > 0, and 0 where p is 0."""
    ratio = np.divide(p, q, out=np.ones(np.broadcast(p, q).shape), where=(p > 0) & (q > 0))
    return p * np.log(ratio)
