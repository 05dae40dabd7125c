"""What cumulative histogram buckets know: quantiles, and the share above a limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def quantile(bounds: Floats, cumulative: Floats, q: float) -> Floats:
    """The q-quantile of each column of counts at or below `bounds`, linear within a bucket; NaN without any.

    bounds float64[B], ascending, the last may be infinity; cumulative float64[B, N]; 0 < q < 1. The first bucket
    begins at zero (or at its bound, if that is not positive). A quantile in the bucket that ends at infinity is
    answered with the largest finite bound: it is at least that, as in Prometheus' `histogram_quantile`. It misleads
    where buckets are wide: the true value may be anywhere within the bucket.

    >>> quantile(np.array([0.1, 0.2, np.inf]), np.array([[50.0], [90.0], [100.0]]), 0.7)
    array([0.15])
    """
    counts = _rising(cumulative)
    total = counts[-1]
    rank = q * total
    place = np.minimum((counts < rank).sum(axis=0), len(bounds) - 1)
    column = np.arange(counts.shape[1])
    upper = bounds[place]
    lower = np.where(place > 0, bounds[place - 1], np.minimum(upper, 0.0))
    below = np.where(place > 0, counts[place - 1, column], 0.0)
    inside = counts[place, column] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        found = lower + (upper - lower) * np.where(inside > 0, (rank - below) / inside, 1.0)
    found = np.where(np.isinf(upper), lower, found)
    return np.where(total > 0, found, np.nan)


def share_above(bounds: Floats, cumulative: Floats, limit: float) -> Floats:
    """The share of each column that is above `limit`, linear within its bucket; NaN without any.

    Exact when `limit` is one of the bounds; what is in the bucket that ends at infinity counts as above, as long as
    the limit is finite.

    >>> share_above(np.array([0.1, 0.2, np.inf]), np.array([[50.0], [90.0], [100.0]]), 0.2)
    array([0.1])
    """
    counts = _rising(cumulative)
    total = counts[-1]
    place = int(np.searchsorted(bounds, limit))
    upper = bounds[place] if place < len(bounds) else np.inf
    lower = bounds[place - 1] if place else min(0.0, upper)
    below = counts[place - 1] if place else np.zeros_like(total)
    if limit == upper:
        within = counts[place]
    elif np.isinf(upper) or limit <= lower:
        within = below
    else:
        within = below + (counts[place] - below) * (limit - lower) / (upper - lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, 1.0 - within / total, np.nan)


def _rising(cumulative: Floats) -> Floats:
    """Counts that never fall from bucket to bucket: readings of one scrape need not be of one moment."""
    rising: Floats = np.maximum.accumulate(np.nan_to_num(cumulative), axis=0)
    return rising
