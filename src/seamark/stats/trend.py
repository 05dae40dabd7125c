"""Slow trends: Mann and Kendall's test on points that do not overlap, and Theil and Sen's slope.

S series of n points each, evenly spaced; NaN where a point is not known.

    score  Σ sign(x_j - x_i) over i < j                                    H. B. Mann, Econometrica 13(3), 1945
    slope  the median of (x_j - x_i) / (j - i) over i < j                  P. K. Sen, JASA 63(324), 1968

The score's distribution is exact where no two points are equal; else it is normal with a variance corrected for ties
(M. G. Kendall, Rank Correlation Methods, 1975). Neighbours that are alike widen it by the factor of K. H. Hamed &
A. R. Rao (Journal of Hydrology 204, 1998). Ten points cannot tell their own correlation, so that of neighbours is
taken from all series together, and falls off with distance as an AR(1)'s does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.special import normal_isf, normal_two_sided

_PRIOR_PRODUCTS: Final = 30.0  # of neighbours, that a correlation of zero is worth
_MOST_ALIKE: Final = 0.8

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trends:
    """Of S series, float64[S] each."""

    slope: Floats  # a step from point to point; NaN with fewer than two points
    start: Floats  # of the line through the points, at the first of them
    least: Floats  # |slope| ≥ least says that p ≤ level; inf where these points cannot reach it
    p: Floats  # two-sided; 1 with fewer than two points
    n: Floats  # known points


def trends(points: npt.NDArray[np.floating], level: float, *, alike: float = 0.0) -> Trends:
    """Test float[S, n] points at `level`; `alike` is the correlation of neighbouring points (see `likeness`).

    `least` is where the confidence interval of Sen's slope would no longer hold zero.

    >>> found = trends(np.array([[1.0, 2.0, 4.0, 4.5, 6.0, 7.0], [3.0, 1.0, 2.0, 3.0, 1.0, 2.0]]), 0.01)
    >>> found.slope.round(2).tolist(), found.p.round(4).tolist()
    ([1.25, 0.0], [0.0028, 0.8425])
    """
    values = np.asarray(points, dtype=np.float64)
    known = np.isfinite(values).sum(axis=1)
    pairs = known * (known - 1) // 2
    rise, slopes = _pairs(values)
    slope = _middle(slopes, pairs)
    signed = np.nansum(np.sign(rise), axis=1)
    score = np.abs(signed).astype(np.int64)
    p, needed = _significance(values, score, known, level, alike)
    start = _middle(np.sort(values - slope[:, None] * np.arange(values.shape[1]), axis=1), known)
    least = np.abs(slope) - _bound(slopes, pairs, needed, np.where(signed == 0, slope, signed))
    beyond = np.nextafter(np.abs(slope), np.inf)
    least = np.where(score >= needed, np.fmin(least, np.abs(slope)), np.fmax(least, beyond))
    return Trends(slope, start, np.where(needed > pairs, np.inf, least), p, known.astype(np.float64))


def likeness(points: npt.NDArray[np.floating]) -> float:
    """How alike neighbouring points of float[S, n] are beyond their trends: a correlation, 0 to 0.8, of most series.

    The median, because the few series that bend, as a trend does that begins, look alike to a straight line. Shrunk
    toward 0, and freed of the bias that fitting a line brings, about -(2 + 4r)/n (P. A. P. Moran, Biometrika 35,
    1948, and F. H. C. Marriott & J. A. Pope, Biometrika 41, 1954, for the mean, a line doubling it).
    """
    values = np.asarray(points, dtype=np.float64)
    count = values.shape[1]
    known = np.isfinite(values).sum(axis=1)
    values, known = values[known > 3], known[known > 3]
    if not len(values):
        return 0.0
    slope = _middle(_pairs(values)[1], known * (known - 1) // 2)
    rest = values - slope[:, None] * np.arange(count)
    rest -= np.nanmean(rest, axis=1, keepdims=True)
    scale = np.sqrt(np.nanmean(rest**2, axis=1, keepdims=True))
    rest = np.divide(rest, scale, out=np.zeros_like(rest), where=scale > 0)
    products = rest[:, 1:] * rest[:, :-1]
    varied = (scale[:, 0] > 0) & np.isfinite(products).any(axis=1)
    if not varied.any():
        return 0.0
    many, usual = np.isfinite(products[varied]).sum(), float(known[varied].mean())
    found = float(np.median(np.nanmean(products[varied], axis=1)))
    unbiased = (found + 2 / usual) / (1 - 4 / max(usual, 8))
    return float(np.clip(unbiased * many / (many + _PRIOR_PRODUCTS), 0, _MOST_ALIKE))


def _pairs(values: Floats) -> tuple[Floats, Floats]:
    """(rises, slopes in order) of all pairs of points, float64[S, n(n-1)/2]; NaN is last."""
    first, second = np.triu_indices(values.shape[1], 1)
    rise = values[:, second] - values[:, first]
    return rise, np.sort(rise / (second - first), axis=1)


def _middle(ordered: Floats, count: Ints) -> Floats:
    """The median of the first `count` of each row; NaN of none."""
    if not ordered.shape[1]:
        return np.full(len(ordered), np.nan)
    low, high = (np.clip(each, 0, ordered.shape[1] - 1) for each in ((count - 1) // 2, count // 2))
    rows = np.arange(len(ordered))
    return np.asarray(np.where(count > 0, (ordered[rows, low] + ordered[rows, high]) / 2, np.nan))


def _bound(slopes: Floats, pairs: Ints, needed: Ints, side: Floats) -> Floats:
    """The end, toward zero, of the confidence interval of a slope that rises (`side` > 0) or falls (< 0)."""
    if not slopes.shape[1]:
        return np.full(len(slopes), np.nan)
    beyond = np.clip((pairs - needed) // 2, 0, None)
    rows = np.arange(len(slopes))
    rising, falling = slopes[rows, beyond], -slopes[rows, np.clip(pairs - 1 - beyond, 0, None)]
    return np.select([side > 0, side < 0], [rising, falling], np.minimum(rising, falling))


def _significance(values: Floats, score: Ints, known: Ints, level: float, alike: float) -> tuple[Floats, Ints]:
    """(p of each score, the least score whose p is at most `level`)."""
    equal = (values[:, :, None] == values[:, None, :]).sum(axis=2)  # how many are like each, itself included
    ties = np.where(equal > 0, (equal - 1) * (2 * equal + 5), 0).sum(axis=1)
    variance = np.maximum((known * (known - 1) * (2 * known + 5) - ties) / 18, 0)
    p, needed = np.ones(len(score)), np.zeros(len(score), np.int64)
    for n in np.unique(known).tolist():
        wider = np.sqrt(_inflation(n, alike))
        exact, tied = (known == n) & (ties == 0), (known == n) & (ties > 0)
        table = _two_sided(n)
        p[exact] = table[(score[exact] / wider).astype(np.int64)]
        reached = np.flatnonzero(table[(np.arange(len(table)) / wider).astype(np.int64)] <= level)
        needed[exact] = reached[0] if len(reached) else len(table)
        sd = np.sqrt(variance[tied]) * wider
        z = np.divide(np.maximum(score[tied] - 1, 0), sd, out=np.zeros(len(sd)), where=sd > 0)
        p[tied] = normal_two_sided(z)
        needed[tied] = np.ceil(float(normal_isf(np.array([level / 2]))[0]) * sd + 1).astype(np.int64)
    return p, np.maximum(needed, 1)


@cache
def _two_sided(n: int) -> Floats:
    """P(|score| ≥ s) of n points in any order, all equally likely, for s = 0, 1, ..., n(n-1)/2.

    By the number of inversions (D. E. Knuth, The Art of Computer Programming 3, 5.1.1).
    """
    shares = np.ones(1)
    for size in range(2, n + 1):
        shares = np.convolve(shares, np.full(size, 1 / size))
    pairs = len(shares) - 1
    score = np.abs(pairs - 2 * np.arange(pairs + 1))
    by_score = np.bincount(score, shares, minlength=pairs + 1)
    return np.minimum(np.cumsum(by_score[::-1])[::-1], 1.0)


@cache
def _inflation(n: int, alike: float) -> float:
    """How much wider the score spreads when neighbours correlate: Hamed & Rao's n/n*."""
    if n < 3:
        return 1.0
    apart = np.arange(1, n)
    weight = (n - apart) * (n - apart - 1) * (n - apart - 2)
    return float(max(1 + 2 / (n * (n - 1) * (n - 2)) * np.sum(weight * alike**apart), 1.0))
