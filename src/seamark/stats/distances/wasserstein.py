"""The Wasserstein distance."""

from __future__ import annotations

import math

import numpy as np

from seamark.errors import InvalidInput
from seamark.stats.distance import Distance
from seamark.stats.distances.mean_shift import unit_of
from seamark.stats.grid import Floats
from seamark.stats.nullmean import entropy_bins, noise, pooled_shares
from seamark.stats.sample import Sample, sum_bins


def wasserstein(current: Sample, baseline: Sample) -> Floats:
    """How far rows would have to move on average, in standard deviations of the baseline.

    W = Σ |P_k - Q_k|·(c_{k+1} - c_k) / sd,  c_k the value that stands for bin k

    Values inside a bin count as its midpoint and values outside the reference's range as its border: a
    signal that leaves the range stops moving. Heavy tails make the sd, and with it W, meaningless.

    >>> wasserstein(Sample.from_counts([30, 10], centers=[0, 1]), Sample.from_counts([20, 20], centers=[0, 1]))
    array([0.5])

    L. Vaserstein, Markov processes over denumerable products of spaces, Probl. Inf. Transm. 5(3), 1969.
    """
    gap = np.abs(np.cumsum(current.shares() - baseline.shares(), axis=1)[:, :-1])
    return sum_bins(gap * _steps(baseline)) / unit_of(current, baseline)


def _steps(baseline: Sample) -> Floats:
    """[S, K-1] from one bin's value to the next; 0 where the padding begins."""
    if baseline.centers is None:
        raise InvalidInput("The Wasserstein distance needs the centers of the bins.", accepted="a Sample with centers")
    return np.maximum(np.diff(baseline.centers, axis=1), 0.0)


def _null_mean(current: Sample, baseline: Sample) -> Floats:
    """Of W²: each gap is half a normal with variance H(1 - H)·v, so E[W] is a sum over them.

    E[W²]/E[W]² is π/2 where one gap is all there is and 1.12 for many bins (a fit to simulations, by the
    number of equal bins that have the same entropy).
    """
    h = pooled_shares(current, baseline)
    cumulative = np.cumsum(h, axis=1)[:, :-1]
    variance = np.maximum(cumulative * (1 - cumulative), 0.0) * noise(current, baseline)[:, None]
    mean = sum_bins(np.sqrt(variance * 2 / math.pi) * _steps(baseline)) / unit_of(current, baseline)
    return np.minimum(1.12 + 0.5 / entropy_bins(h), math.pi / 2) * mean**2


DISTANCE = Distance(
    name="wasserstein",
    title="Wasserstein",
    unit="baseline sd",
    needs="counts",
    kinds=("numeric",),
    smallest_effect=0.12,
    measure=wasserstein,
    null_mean=_null_mean,
    power=2,
)
