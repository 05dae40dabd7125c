"""Fewer, fuller bins where a window has too few rows for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from seamark.stats.profile import Profile
from seamark.stats.sample import Sample, sample_of, samples_of

FINE = 40  # series with more bins than this are coarsened
COARSE = 20


def compared(current: Profile, baseline: Profile, signals: npt.NDArray[np.int64]) -> tuple[Sample, Sample]:
    """Some signals of two profiles as distances compare them: what is judged is what is shown."""
    return coarsened(sample_of(current, signals), sample_of(baseline, signals))


def each_compared(currents: Sequence[Profile], baseline: Profile, signal: int) -> tuple[Sample, Sample]:
    """One signal of many profiles beside that of the baseline: a series for each profile."""
    one = np.array([signal])
    repeated = np.zeros(len(currents), dtype=np.int64)
    return coarsened(samples_of(currents, one), sample_of(baseline, one).select(repeated))


def coarsened(current: Sample, baseline: Sample) -> tuple[Sample, Sample]:
    """Both samples with the numeric series of more than 40 bins merged into 20 of about equal baseline mass.

    Scores are kept in 100 bins for quality and calibration, but a day of 200 predictions spread over
    100 bins is mostly noise: a divergence with a quarter of the degrees of freedom sees the same shift
    with half the effect. Neighbours are merged by the baseline's cumulative share, so a merged bin's
    null behaviour is that of any other. Series with fewer bins, and categories, stay as they are.

    >>> fine = Sample.from_counts([[5.0] * 60], centers=np.arange(60.0))
    >>> coarsened(fine, fine)[1].counts[:, :COARSE].tolist() == [[15.0] * 20]
    True
    """
    if current.centers is None or baseline.centers is None:
        return current, baseline
    bins = (baseline.counts + current.counts > 0).sum(axis=1)
    chosen = np.flatnonzero((bins > FINE) & ~np.isnan(baseline.centers[:, 0]) & (baseline.n > 0))
    if not len(chosen):
        return current, baseline
    coarse = [_Merging(sample) for sample in (current, baseline)]
    for series in chosen.tolist():
        into = merging(baseline.counts[series])
        centers = _centers(baseline.counts[series], baseline.centers[series], into)
        for sample in coarse:
            sample.merge(series, into, centers)
    return coarse[0].sample(), coarse[1].sample()


class _Merging:
    """A sample whose series are being merged."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._counts, self._centers = np.array(sample.counts), np.array(sample.centers)

    def merge(self, series: int, into: npt.NDArray[np.int64], centers: npt.NDArray[np.float64]) -> None:
        summed = np.bincount(into, self._counts[series], minlength=COARSE)
        self._counts[series] = 0.0
        self._counts[series, :COARSE] = summed
        self._centers[series] = centers[-1]
        self._centers[series, :COARSE] = centers

    def sample(self) -> Sample:
        return replace(self._sample, counts=self._counts, centers=self._centers)


def merging(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """int64[K]: the coarse bin of each fine one, by the middle of its share of the baseline."""
    share = counts / counts.sum()
    middle = np.cumsum(share) - share / 2
    into: npt.NDArray[np.int64] = np.minimum((middle * COARSE).astype(np.int64), COARSE - 1)
    return into


def _centers(
    counts: npt.NDArray[np.float64], centers: npt.NDArray[np.float64], into: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """float64[COARSE]: the baseline's mean in each merged bin; an empty one stands where its neighbour does."""
    mass = np.bincount(into, counts, minlength=COARSE)
    total = np.bincount(into, counts * centers, minlength=COARSE)
    means = np.divide(total, mass, out=np.full(COARSE, -np.inf), where=mass > 0)
    means = np.maximum.accumulate(means)
    first = means[np.isfinite(means)][0]
    return np.where(np.isfinite(means), means, first)
