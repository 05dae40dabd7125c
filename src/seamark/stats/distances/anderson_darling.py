"""The Anderson-Darling distance and test."""

from __future__ import annotations

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import FEW_BINS, entropy_bins, noise, pooled_shares
from seamark.stats.sample import Sample, divide, sum_bins
from seamark.stats.special import anderson_darling_sf, chi_squared_sf


def anderson_darling(current: Sample, baseline: Sample) -> Floats:
    """The mean squared gap between the two cumulative distributions, in units of its variance.

    A = Σ w_k·(P_k - Q_k)²/(H_k(1 - H_k)),  w_k = (h_k + h_{k+1})/2, over the edges between bins

    Dividing by H(1 - H) makes the tails count as much as the middle; a few rows in an outermost bin can
    move it. A divided by 1/n + 1/m is the two-sample A².

    >>> anderson_darling(Sample.from_counts([30, 10, 10]), Sample.from_counts([20, 20, 10])).round(4)
    array([0.064])

    A. Pettitt, A two-sample Anderson-Darling rank statistic, Biometrika 63(1), 1976; F. Scholz &
    M. Stephens, K-sample Anderson-Darling tests, JASA 82(399), 1987.
    """
    weights, _ = _weights(current, baseline)
    gap = np.cumsum(current.shares() - baseline.shares(), axis=1)[:, :-1]
    return sum_bins(weights * gap**2)


def _weights(current: Sample, baseline: Sample) -> tuple[Floats, Floats]:
    """w/(H(1 - H)) for each inner edge, and the sum of the w that count."""
    h = pooled_shares(current, baseline)
    cumulative = np.cumsum(h, axis=1)[:, :-1]
    after = np.cumsum(h[:, ::-1], axis=1)[:, -2::-1]
    spread = cumulative * after
    mass = (h[:, :-1] + h[:, 1:]) / 2
    weights = divide(mass, spread, otherwise=0.0)
    return weights, sum_bins(weights * spread)


def _null_mean(current: Sample, baseline: Sample) -> Floats:
    return noise(current, baseline) * _weights(current, baseline)[1]


def _p_value(current: Sample, baseline: Sample) -> Floats:
    """The limit law scaled to the mean that this binning gives; of few bins χ² with one degree of freedom."""
    null = _null_mean(current, baseline)
    value = anderson_darling(current, baseline)
    ratio = divide(value, null, otherwise=0.0)
    few = entropy_bins(pooled_shares(current, baseline)) < FEW_BINS
    return np.where(few, chi_squared_sf(ratio, np.ones(len(ratio))), anderson_darling_sf(ratio))


DISTANCE = Distance(
    name="anderson_darling",
    title="Anderson-Darling",
    unit="A",
    needs="counts",
    kinds=("numeric",),
    smallest_effect=0.0067,
    measure=anderson_darling,
    null_mean=_null_mean,
    p_value=_p_value,
)
