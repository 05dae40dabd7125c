"""The Kullback-Leibler divergence."""

from __future__ import annotations

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import noise, null_curve
from seamark.stats.sample import Sample, sum_bins


def kl(current: Sample, baseline: Sample) -> Floats:
    """How surprising the window is to somebody who expects the baseline, in nats per row.

    KL = Σ (p + ε)·ln((p + ε)/(q + ε)) - p + q,  ε = (1/n + 1/m)/2

    ε, half a row, keeps it finite where the baseline has none. It is not symmetric and has no upper
    bound; what is new counts heavily, what is gone hardly at all.

    >>> kl(Sample.from_counts([3000, 1000]), Sample.from_counts([2000, 2000])).round(3)
    array([0.131])

    S. Kullback & R. Leibler, On information and sufficiency, Annals of Mathematical Statistics 22(1), 1951.
    """
    half_row = noise(current, baseline)[:, None] / 2
    return np.maximum(sum_bins(_term(current.shares(), baseline.shares(), half_row)), 0.0)


def _term(p: Floats, q: Floats, half_row: Floats | float = 0.5) -> Floats:
    return (p + half_row) * np.log((p + half_row) / (q + half_row)) - p + q


_CURVE = null_curve(0.5, _term)


def _p_value(current: Sample, baseline: Sample) -> Floats:
    return _CURVE.p_value(kl(current, baseline), current, baseline)


def _critical(alpha: Floats, current: Sample, baseline: Sample) -> Floats:
    return _CURVE.critical(alpha, current, baseline)


DISTANCE = Distance(
    name="kl",
    title="Kullback-Leibler divergence",
    unit="nats",
    needs="counts",
    kinds=("numeric", "categorical"),
    smallest_effect=0.007,
    measure=kl,
    null_mean=_CURVE.null_mean,
    p_value=_p_value,
    critical=_critical,
)
