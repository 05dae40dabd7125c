"""The chi-squared test of homogeneity, and Cramér's V."""

from __future__ import annotations

from typing import Final

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import noise, pooled_shares
from seamark.stats.sample import Sample, divide, sum_bins
from seamark.stats.special import chi_squared_sf

_FEWEST_EXPECTED: Final = 5.0


def cramers_v(current: Sample, baseline: Sample) -> Floats:
    """Cramér's V of the table (sample by bin) in which both samples weigh alike, from 0 to 1.

    V = √(½·Σ (p - q)²/(p + q))

    For equal sample sizes it is the textbook's √(χ²/N); for a window against a large baseline that
    would shrink with the baseline's size. Rare bins weigh heavily.

    >>> cramers_v(Sample.from_counts([30, 10]), Sample.from_counts([20, 20])).round(4)
    array([0.2582])

    H. Cramér, Mathematical Methods of Statistics, 1946, §21.9.
    """
    p, q = current.shares(), baseline.shares()
    return np.sqrt(sum_bins(divide((p - q) ** 2, p + q, otherwise=0.0)) / 2)


def chi_squared(current: Sample, baseline: Sample) -> tuple[Floats, Floats]:
    """Pearson's statistic (float64[S]) and its degrees of freedom, small bins pooled.

    χ² = Σ (p - q)²/h / (1/n + 1/m),  h the shares of both together

    Bins that expect fewer than 5 rows in the smaller sample count as one, and if that one still does,
    they join the largest bin; or a single row in a hopeless bin would be significant (W. Cochran,
    Biometrics 10(4), 1954). The statistic grows with the rows for any difference, however harmless:
    judge effects by V.

    >>> statistic, degrees = chi_squared(Sample.from_counts([30, 10]), Sample.from_counts([20, 20]))
    >>> statistic.round(4), degrees
    (array([5.3333]), array([1.]))
    """
    h = pooled_shares(current, baseline)
    fewest = _FEWEST_EXPECTED / np.minimum(np.maximum(current.n, 1.0), np.maximum(baseline.n, 1.0))[:, None]
    p, q, h = (_pool(shares, h, fewest) for shares in (current.shares(), baseline.shares(), h))
    terms = divide((p - q) ** 2, h, otherwise=0.0)
    return sum_bins(terms) / noise(current, baseline), sum_bins(h > 0) - 1.0


def _pool(shares: Floats, h: Floats, fewest: Floats) -> Floats:
    """[S, K + 1]: the shares, those of bins with h < fewest in the last bin, or else in the largest."""
    small = h < fewest
    rest = np.where(small, 0.0, shares)
    together = sum_bins(np.where(small, shares, 0.0))
    enough = sum_bins(np.where(small, h, 0.0)) >= fewest[:, 0]
    largest = np.arange(h.shape[1]) == np.argmax(h, axis=1)[:, None]
    rest += np.where(largest & ~enough[:, None], together[:, None], 0.0)
    return np.concatenate([rest, np.where(enough, together, 0.0)[:, None]], axis=1)


def _null_mean(current: Sample, baseline: Sample) -> Floats:
    h = pooled_shares(current, baseline)
    return noise(current, baseline) / 4 * sum_bins((h > 0) * (1 - h))


def _p_value(current: Sample, baseline: Sample) -> Floats:
    statistic, degrees = chi_squared(current, baseline)
    p = chi_squared_sf(statistic, np.maximum(degrees, 1.0))
    return np.where((degrees > 0) | np.isnan(statistic), p, 1.0)


DISTANCE = Distance(
    name="chi_squared",
    title="Chi-squared",
    unit="Cramér's V",
    needs="counts",
    kinds=("numeric", "categorical"),
    smallest_effect=0.059,
    measure=cramers_v,
    null_mean=_null_mean,
    p_value=_p_value,
    power=2,
)
