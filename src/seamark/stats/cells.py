"""Cells: a signal's bins and one more for rows without a value. Ragged: signals have different numbers of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seamark.stats.binset import BinSet
from seamark.stats.grid import Floats
from seamark.stats.profile import Profile, weighed_rows
from seamark.stats.sample import divide


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows of S signals by cell: signal s has `rows[offsets[s]:offsets[s + 1]]`, C cells in all."""

    rows: Floats  # [C]
    offsets: npt.NDArray[np.int64]  # [S + 1]

    @classmethod
    def single(cls, rows: npt.ArrayLike) -> Cells:
        """Of one signal."""
        counts = np.asarray(rows, dtype=np.float64)
        return cls(counts, np.array([0, len(counts)]))

    def add(self, terms: Floats) -> Floats:
        """float64[S]: the sum of float64[C] over each signal's cells."""
        if len(self.offsets) == 1:
            return np.zeros(0)
        total: Floats = np.add.reduceat(terms, self.offsets[:-1])
        return total

    def spread(self, values: Floats) -> Floats:
        """float64[C]: float64[S] repeated for each cell of its signal."""
        return np.repeat(values, np.diff(self.offsets))

    def totals(self) -> Floats:
        """float64[S]: rows of each signal, with a value or without."""
        return self.add(self.rows)

    def shares(self) -> Floats:
        """float64[C]: the share of each cell in its signal's rows; NaN for a signal without rows."""
        return divide(self.rows, self.spread(self.totals()))


def feature_positions(bin_set: BinSet) -> npt.NDArray[np.int64]:
    """The places of the features: the signals that attributions are about."""
    return bin_set.positions(role="feature")


def cell_offsets(bin_set: BinSet, signals: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """int64[S + 1]: where the cells of each of these signals begin."""
    sizes = np.diff(bin_set.offsets)[signals] + 1
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def cells_of(profile: Profile, signals: npt.NDArray[np.int64]) -> Cells:
    """The cells of some signals of a profile."""
    offsets = cell_offsets(profile.bin_set, signals)
    counts, absent = weighed_rows(profile)
    last = np.zeros(int(offsets[-1]), dtype=np.bool_)
    last[offsets[1:] - 1] = True
    sizes = np.diff(offsets) - 1
    ahead = np.repeat(profile.bin_set.offsets[signals] - (offsets[:-1] - np.arange(len(signals))), sizes)
    rows = np.empty(len(last))
    rows[last] = absent[signals]
    rows[~last] = counts[ahead + np.arange(len(ahead))]
    return Cells(rows, offsets)
