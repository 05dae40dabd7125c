"""The population stability index."""

from __future__ import annotations

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import noise, null_curve
from seamark.stats.sample import Sample, sum_bins


def psi(current: Sample, baseline: Sample) -> Floats:
    """The symmetric Kullback-Leibler divergence credit scoring calls stability; above 0.2 by folklore "drifted".

    PSI = Σ (p - q)·ln((p + ε)/(q + ε)),  ε = (1/n + 1/m)/2

    ε, half a row, keeps an empty bin finite and vanishes as rows come. Without any drift PSI is about
    (K-1)·(1/n + 1/m): 0.1 for 20 bins and 200 rows, so read the debiased value. It has no upper bound:
    a new category with many rows outweighs everything else.

    >>> psi(Sample.from_counts([3000, 1000]), Sample.from_counts([2000, 2000])).round(3)
    array([0.274])

    S. Lewis, An introduction to credit scoring, 1994; B. Yurdakul & J. Naranjo, Statistical properties
    of the population stability index, Journal of Risk Model Validation 14(4), 2020.
    """
    half_row = noise(current, baseline)[:, None] / 2
    return sum_bins(_term(current.shares(), baseline.shares(), half_row))


def _term(p: Floats, q: Floats, half_row: Floats | float = 0.5) -> Floats:
    return (p - q) * np.log((p + half_row) / (q + half_row))


_CURVE = null_curve(1.0, _term)


def _p_value(current: Sample, baseline: Sample) -> Floats:
    return _CURVE.p_value(psi(current, baseline), current, baseline)


def _critical(alpha: Floats, current: Sample, baseline: Sample) -> Floats:
    return _CURVE.critical(alpha, current, baseline)


DISTANCE = Distance(
    name="psi",
    title="Population stability index",
    unit="PSI",
    needs="counts",
    kinds=("numeric", "categorical"),
    smallest_effect=0.014,
    measure=psi,
    null_mean=_CURVE.null_mean,
    p_value=_p_value,
    critical=_critical,
)
