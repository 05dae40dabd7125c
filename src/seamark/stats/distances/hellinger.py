"""The Hellinger distance."""

from __future__ import annotations

import numpy as np

from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import null_curve
from seamark.stats.sample import Sample, sum_bins


def hellinger(current: Sample, baseline: Sample) -> Floats:
    """The distance of the square roots of the shares, from 0 to 1.

    H = √(½·Σ (√p - √q)²)

    Like the Jensen-Shannon distance it ignores the order of bins; it weighs rare bins more.

    >>> hellinger(Sample.from_counts([30, 10]), Sample.from_counts([20, 20])).round(4)
    array([0.1846])

    E. Hellinger, Neue Begründung der Theorie quadratischer Formen, J. reine angew. Math. 136, 1909.
    """
    return np.sqrt(sum_bins(_term(current.shares(), baseline.shares())))


def _term(p: Floats, q: Floats) -> Floats:
    return (np.sqrt(p) - np.sqrt(q)) ** 2 / 2


_CURVE = null_curve(1 / 8, _term)


def _p_value(current: Sample, baseline: Sample) -> Floats:
    return _CURVE.p_value(hellinger(current, baseline) ** 2, current, baseline)


def _critical(alpha: Floats, current: Sample, baseline: Sample) -> Floats:
    return _CURVE.critical(alpha, current, baseline)


DISTANCE = Distance(
    name="hellinger",
    title="Hellinger distance",
    unit="Hellinger distance",
    needs="counts",
    kinds=("numeric", "categorical"),
    smallest_effect=0.042,
    measure=hellinger,
    null_mean=_CURVE.null_mean,
    p_value=_p_value,
    critical=_critical,
    power=2,
)
