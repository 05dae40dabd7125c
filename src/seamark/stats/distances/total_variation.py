"""The total variation distance."""

from __future__ import annotations

import math

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import noise, pooled_shares
from seamark.stats.sample import Sample, sum_bins


def total_variation(current: Sample, baseline: Sample) -> Floats:
    """The share of rows that would have to move to another bin, from 0 to 1.

    TV = ½·Σ |p - q|

    Easy to explain, but noisy: with 20 bins and 200 rows sampling alone moves an eighth of them.

    >>> total_variation(Sample.from_counts([30, 10]), Sample.from_counts([20, 20]))
    array([0.25])
    """
    return sum_bins(np.abs(current.shares() - baseline.shares())) / 2


def _null_mean(current: Sample, baseline: Sample) -> Floats:
    """Of TV²: each |p - q| is half a normal with variance h(1 - h)·v; of two bins both are the same one."""
    h = pooled_shares(current, baseline)
    variance = h * (1 - h) * noise(current, baseline)[:, None]
    mean = sum_bins(np.sqrt(variance * 2 / math.pi)) / 2
    filled = np.maximum(sum_bins(h > 0), 2.0)
    square: Floats = mean**2 + (1 - 2 / math.pi) * sum_bins(variance) / 4 * filled / (filled - 1)
    return square


DISTANCE = Distance(
    name="total_variation",
    title="Total variation",
    unit="share of rows",
    needs="counts",
    kinds=("numeric", "categorical"),
    smallest_effect=0.047,
    measure=total_variation,
    null_mean=_null_mean,
    power=2,
)
