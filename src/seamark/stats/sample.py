"""What distances compare: S series at once, padded to the widest number of bins K."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seamark.stats.binning import NumericBins
from seamark.stats.binset import BinSet
from seamark.stats.grid import Floats
from seamark.stats.profile import Profile


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One window (or one baseline) of S series.

    A series with fewer bins than K is padded with zeros, in `counts` as in the other sample it is
    compared with: bins empty on both sides change no distance. Counts of weighted rows are scaled to
    the effective number of rows.
    """

    counts: Floats  # [S, K]
    n: Floats  # [S], the sum of each row of counts
    centers: Floats | None = None  # [S, K] a value for each bin, ascending; numeric series only
    mean: Floats | None = None  # [S]
    sd: Floats | None = None  # [S]
    values: tuple[Floats, ...] | None = None  # raw values of each series, for distances that need them

    @classmethod
    def from_counts(cls, counts: npt.ArrayLike, *, centers: npt.ArrayLike | None = None) -> Sample:
        """A sample from counts [S, K] (or [K] for one series); with `centers`, moments of the bins."""
        table = np.atleast_2d(np.asarray(counts, dtype=np.float64))
        n = table.sum(axis=1)
        if centers is None:
            return cls(table, n)
        at = np.broadcast_to(np.asarray(centers, dtype=np.float64), table.shape)
        shares = divide(table, n[:, None])
        mean = (shares * at).sum(axis=1)
        sd = np.sqrt((shares * (at - mean[:, None]) ** 2).sum(axis=1))
        return cls(table, n, at, mean, sd)

    def shares(self) -> Floats:
        """float64[S, K]: the share of rows in each bin; NaN for a series without rows."""
        return divide(self.counts, self.n[:, None])

    def select(self, series: npt.NDArray[np.int64]) -> Sample:
        """Some of the series, in the order given."""
        return Sample(
            self.counts[series],
            self.n[series],
            None if self.centers is None else self.centers[series],
            None if self.mean is None else self.mean[series],
            None if self.sd is None else self.sd[series],
            None if self.values is None else tuple(self.values[one] for one in series.tolist()),
        )


def sample_of(profile: Profile, signals: npt.NDArray[np.int64] | None = None) -> Sample:
    """The sample of some signals of a profile (positions in its bin set; all of them when None).

    `centers` of categorical signals are NaN, and so are their moments.
    """
    return samples_of([profile], signals)


def samples_of(profiles: Sequence[Profile], signals: npt.NDArray[np.int64] | None = None) -> Sample:
    """The same for many profiles of one bin set: series are profile by profile, signal by signal."""
    bin_set = profiles[0].bin_set
    wanted = np.arange(len(bin_set.signals)) if signals is None else signals
    at, real = _padding(bin_set, wanted)
    counts = np.concatenate([np.where(real, profile.effective_counts()[at], 0.0) for profile in profiles])
    moments = [profile.moments() for profile in profiles]
    centers = _centers(bin_set, wanted, real.shape[1])
    return Sample(
        counts,
        counts.sum(axis=1),
        np.tile(centers, (len(profiles), 1)),
        np.concatenate([mean[wanted] for mean, _ in moments]),
        np.concatenate([sd[wanted] for _, sd in moments]),
    )


def _padding(bin_set: BinSet, signals: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """[S, K] places in the flat count vector, and which of them are real."""
    sizes = np.diff(bin_set.offsets)[signals]
    steps = np.arange(sizes.max(initial=0))
    real = steps < sizes[:, None]
    return np.where(real, bin_set.offsets[signals][:, None] + steps, 0), real


def _centers(bin_set: BinSet, signals: npt.NDArray[np.int64], width: int) -> Floats:
    """float64[S, K]: padded with 0; only those that are asked for, because there may be hundreds of others."""
    padded = np.zeros((len(signals), width))
    for row, position in enumerate(signals.tolist()):
        bins = bin_set.signals[position].bins
        padded[row, : bins.count] = bins.centers() if isinstance(bins, NumericBins) else np.nan
    return padded


def sum_bins(terms: Floats | npt.NDArray[np.bool_]) -> Floats:
    """float64[S] from float64[S, K]: the sum over bins."""
    total: Floats = terms.sum(axis=1, dtype=np.float64)
    return total


def max_bins(terms: Floats) -> Floats:
    """float64[S] from float64[S, K]: the largest over bins."""
    largest: Floats = terms.max(axis=1)
    return largest


def divide(part: Floats, whole: Floats, otherwise: float = np.nan) -> Floats:
    """Quotients, and `otherwise` wherever `whole` is not above 0; NaN stays NaN."""
    part, whole = np.broadcast_arrays(part, whole)
    out: Floats = np.where(np.isnan(part) | np.isnan(whole), np.nan, otherwise)
    return np.divide(part, whole, out=out, where=whole > 0)
