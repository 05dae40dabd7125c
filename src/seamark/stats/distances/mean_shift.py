"""The shift of the mean."""

from __future__ import annotations

import numpy as np

from seamark.errors import InvalidInput
from seamark.stats.distance import Distance
from seamark.stats.grid import Floats
from seamark.stats.nullmean import noise
from seamark.stats.sample import Sample, divide
from seamark.stats.special import normal_isf, normal_two_sided


def mean_shift(current: Sample, baseline: Sample) -> Floats:
    """How far the mean has moved, in standard deviations of the baseline.

    d = |mean_p - mean_q| / sd_q

    The most powerful of all when a mean shifts, and blind to everything else. Heavy tails make both
    mean and sd unsteady; profiles clip values at 64 reference sd for that reason. A constant baseline
    has no sd: that of both samples together stands in.

    >>> mean_shift(Sample.from_counts([30, 10], centers=[0, 1]), Sample.from_counts([20, 20], centers=[0, 1]))
    array([0.5])

    G. Glass, Primary, secondary, and meta-analysis of research, Educational Researcher 5(10), 1976.
    """
    shift = np.abs(_moment(current.mean) - _moment(baseline.mean))
    return np.where(shift == 0, 0.0, shift / unit_of(current, baseline))


def unit_of(current: Sample, baseline: Sample) -> Floats:
    """float64[S] > 0: the baseline's sd, or where it is 0 that of both samples together (or else 1)."""
    n, m = current.n, baseline.n
    sd = _moment(baseline.sd)
    between = (_moment(current.mean) - _moment(baseline.mean)) ** 2 * n * m
    total = np.maximum(n + m, 1.0)
    pooled = np.sqrt((n * _moment(current.sd) ** 2 + m * sd**2) / total + between / total**2)
    unit = np.where(sd > 0, sd, pooled)
    return np.where(unit == 0, 1.0, np.where((n > 0) & (m > 0), unit, np.nan))


def _standard_error(current: Sample, baseline: Sample) -> Floats:
    """Of the difference of the means, if both are samples of one population (Student).

    The variance of both together: that of a few skewed rows alone goes up and down with their mean.
    """
    squares = current.n * _moment(current.sd) ** 2 + baseline.n * _moment(baseline.sd) ** 2
    return np.sqrt(divide(squares, current.n + baseline.n) * noise(current, baseline))


def _null_mean(current: Sample, baseline: Sample) -> Floats:
    return (_standard_error(current, baseline) / unit_of(current, baseline)) ** 2


def _p_value(current: Sample, baseline: Sample) -> Floats:
    shift = np.abs(_moment(current.mean) - _moment(baseline.mean))
    error = _standard_error(current, baseline)
    # Two different constants differ for sure.
    return normal_two_sided(np.where((error == 0) & (shift > 0), np.inf, divide(shift, error, otherwise=0.0)))


def _critical(alpha: Floats, current: Sample, baseline: Sample) -> Floats:
    return normal_isf(alpha / 2) ** 2 * _null_mean(current, baseline)


def _moment(moment: Floats | None) -> Floats:
    if moment is None:
        raise InvalidInput("The mean shift needs means and standard deviations.", accepted="a Sample with moments")
    return moment


DISTANCE = Distance(
    name="mean_shift",
    title="Shift of the mean",
    unit="baseline sd",
    needs="moments",
    kinds=("numeric",),
    smallest_effect=0.12,
    measure=mean_shift,
    null_mean=_null_mean,
    p_value=_p_value,
    critical=_critical,
    power=2,
)
