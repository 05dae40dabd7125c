"""The L∞ distance."""

from __future__ import annotations

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import noise, pooled_shares
from seamark.stats.sample import Sample, divide, max_bins, sum_bins

_STEPS = 16
_REACH_SD = 5.0


def l_infinity(current: Sample, baseline: Sample) -> Floats:
    """The largest change of any bin's share, from 0 to 1.

    L∞ = max |p - q|

    It names the one category that moved; a shift spread thinly over all bins it does not see.

    >>> l_infinity(Sample.from_counts([30, 10, 5]), Sample.from_counts([20, 20, 5])).round(4)
    array([0.2222])
    """
    return max_bins(np.abs(current.shares() - baseline.shares()))


def _null_mean(current: Sample, baseline: Sample) -> Floats:
    """Of L∞²: ∫ 2x·P(max > x) dx, the bins taken as normals with variance h(1 - h)·v.

    They add up to 0, so that K of them are about K - 1 independent ones.
    """
    h = pooled_shares(current, baseline)
    sd = np.sqrt(h * (1 - h) * noise(current, baseline)[:, None])
    largest = max_bins(sd)[:, None]
    filled = np.maximum(sum_bins(h > 0), 2.0)
    total = np.zeros(len(sd))
    step = _REACH_SD / _STEPS
    for at in (np.arange(_STEPS) + 0.5) * step:
        # A bin that cannot vary stays below any x.
        z = divide(at * largest, sd, otherwise=np.inf)
        total += 2 * at * step * (1 - _within(z).prod(axis=1) ** (1 - 1 / filled))
    return total * largest[:, 0] ** 2


def _within(z: Floats) -> Floats:
    """P(|Z| < z) to 3e-7 (Abramowitz & Stegun, 7.1.28)."""
    x = np.minimum(z, 12.0) / np.sqrt(2)
    series = np.polyval([0.0000430638, 0.0002765672, 0.0001520143, 0.0092705272, 0.0422820123, 0.0705230784, 1.0], x)
    return 1 - 1 / series**16


DISTANCE = Distance(
    name="l_infinity",
    title="Largest change of a share",
    unit="share of rows",
    needs="counts",
    kinds=("numeric", "categorical"),
    smallest_effect=0.02,
    measure=l_infinity,
    null_mean=_null_mean,
    power=2,
)
