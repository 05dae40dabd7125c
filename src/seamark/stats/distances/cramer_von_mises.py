"""The Cramér-von Mises distance and test."""

from __future__ import annotations

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import FEW_BINS, entropy_bins, noise, pooled_shares
from seamark.stats.sample import Sample, divide, sum_bins
from seamark.stats.special import chi_squared_sf, cramer_von_mises_sf

_CONTINUOUS_MEAN = 1 / 6


def cramer_von_mises(current: Sample, baseline: Sample) -> Floats:
    """The mean squared gap between the two cumulative distributions.

    ω² = Σ w_k·(P_k - Q_k)²,  w_k = (h_k + h_{k+1})/2, over the edges between bins

    It adds up small gaps that the Kolmogorov-Smirnov distance, looking at the largest one, misses; like
    that one it hardly sees the tails.

    >>> cramer_von_mises(Sample.from_counts([30, 10, 10]), Sample.from_counts([20, 20, 10])).round(4)
    array([0.016])

    T. Anderson, On the distribution of the two-sample Cramér-von Mises criterion, Annals of Mathematical
    Statistics 33(3), 1962.
    """
    gap = np.cumsum(current.shares() - baseline.shares(), axis=1)[:, :-1]
    return sum_bins(edge_weights(pooled_shares(current, baseline)) * gap**2)


def edge_weights(h: Floats) -> Floats:
    """float64[S, K-1]: the mass around each edge between two bins."""
    return (h[:, :-1] + h[:, 1:]) / 2


def _null_mean(current: Sample, baseline: Sample) -> Floats:
    h = pooled_shares(current, baseline)
    cumulative = np.cumsum(h, axis=1)[:, :-1]
    return noise(current, baseline) * sum_bins(edge_weights(h) * cumulative * (1 - cumulative))


def _p_value(current: Sample, baseline: Sample) -> Floats:
    """The limit law scaled to the mean that this binning gives; of few bins χ² with one degree of freedom."""
    null = _null_mean(current, baseline)
    value = cramer_von_mises(current, baseline)
    ratio = divide(value, null, otherwise=0.0)
    few = entropy_bins(pooled_shares(current, baseline)) < FEW_BINS
    return np.where(few, chi_squared_sf(ratio, np.ones(len(ratio))), cramer_von_mises_sf(ratio * _CONTINUOUS_MEAN))


DISTANCE = Distance(
    name="cramer_von_mises",
    title="Cramér-von Mises",
    unit="ω²",
    needs="counts",
    kinds=("numeric",),
    smallest_effect=0.0013,
    measure=cramer_von_mises,
    null_mean=_null_mean,
    p_value=_p_value,
)
