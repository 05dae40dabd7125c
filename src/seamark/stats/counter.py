"""Counts columns of values into profiles, one per group of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import InvalidInput
from seamark.stats.binning import CategoricalBins, NumericBins
from seamark.stats.binset import BinSet
from seamark.stats.grid import Floats, Index
from seamark.stats.profile import CLIP_SD, UNIT, WEIGHT_UNIT, Profile, round_outwards, totals_size

Groups = npt.NDArray[np.int64]
_CHUNK: Final = 16_384  # cache-sized, and few enough that sums of squares stay exact below 2⁵³
_LARGEST_WEIGHT: Final = 65_536.0


class Counter:
    """Accumulates columns, a batch at a time, into one Profile for each of G groups.

    `groups` is the number of groups (1: all rows together). Every `add_` method takes for each row its
    group (int64[N] below G; None when there is one), and for sampled logs its weight (float64[N], from
    1/4096 to 65,536). Counts of different batches add, so batches may come in any order and size.
    """

    def __init__(self, bin_set: BinSet, groups: int = 1, *, weighted: bool = False) -> None:
        size = len(bin_set.signals)
        self._bin_set = bin_set
        self._groups = groups
        self._totals = np.zeros((groups, totals_size(bin_set)), dtype=np.int64)
        self._weighted = np.zeros_like(self._totals) if weighted else None
        self._minimum = np.full((groups, size), np.inf)
        self._maximum = np.full((groups, size), -np.inf)

    def add_rows(self, rows: int | Groups) -> None:
        """Count rows: their number, or the group of each."""
        if isinstance(rows, int | np.integer):
            self._totals[0, 0] += rows
        else:
            self._totals[:, 0] += np.bincount(rows, minlength=self._groups)

    def add_numeric(
        self,
        signal: int,
        values: Floats,
        *,
        group: Groups | None = None,
        weights: Floats | None = None,
        mistyped: npt.NDArray[np.bool_] | None = None,
    ) -> Index:
        """Count float64[N] of a numeric signal; NaN is missing, or mistyped where the mask says so.

        Returns the bin of each row, which `add_joint` takes.
        """
        bins = self._bin_set.signals[signal].bins
        if not isinstance(bins, NumericBins):
            raise InvalidInput(f"Signal {self._bin_set.signals[signal].name!r} is not numeric.")
        values = np.ascontiguousarray(values, dtype=np.float64)
        index = bins.index(values)
        self._add_index(signal, index, group, weights, mistyped)
        for start in range(0, len(values), _CHUNK):
            rows = slice(start, start + _CHUNK)
            groups = None if group is None else group[rows]
            weight = None if weights is None else weights[rows]
            self._add_moments(signal, values[rows], groups, weight)
        return index

    def add_categories(
        self,
        signal: int,
        index: Index,
        *,
        group: Groups | None = None,
        weights: Floats | None = None,
        mistyped: npt.NDArray[np.bool_] | None = None,
    ) -> Index:
        """Count bin indices of a categorical signal (`bins.count` is missing, or mistyped by the mask)."""
        if not isinstance(self._bin_set.signals[signal].bins, CategoricalBins):
            raise InvalidInput(f"Signal {self._bin_set.signals[signal].name!r} is not categorical.")
        self._add_index(signal, index, group, weights, mistyped)
        return index

    def add_joint(
        self, indices: Sequence[Index], *, group: Groups | None = None, weights: Floats | None = None
    ) -> None:
        """Project the rows and count the projections; `indices` follow `bin_set.joint.signals`."""
        joint = self._bin_set.joint
        if joint is None or not joint.count:
            return
        projected = joint.project(indices)
        for column, signal in enumerate(self._bin_set.positions(role="joint").tolist()):
            self.add_numeric(signal, projected[:, column], group=group, weights=weights)

    def profiles(self) -> list[Profile]:
        """One profile per group."""
        minimum, maximum = round_outwards(self._minimum, self._maximum)
        weighted = self._weighted
        return [
            Profile(self._bin_set, totals, low, high, None if weighted is None else weighted[group])
            for group, (totals, low, high) in enumerate(zip(self._totals, minimum, maximum, strict=True))
        ]

    def profile(self) -> Profile:
        """The profile of all rows, whatever their group."""
        return Profile.total(self.profiles(), self._bin_set)

    def _add_index(
        self,
        signal: int,
        index: Index,
        group: Groups | None,
        weights: Floats | None,
        mistyped: npt.NDArray[np.bool_] | None,
    ) -> None:
        """Counts per bin, missing and mistyped."""
        width = self._bin_set.signals[signal].bins.count + 1
        slot = index if group is None else group * width + index
        self._tally(self._totals, signal, np.bincount(slot, minlength=self._groups * width).reshape(-1, width))
        if mistyped is not None and mistyped.any():
            wrong = np.bincount(_rows(group, mistyped), minlength=self._groups)
            self._column(self._totals, 2, signal)[:] += wrong
            self._column(self._totals, 1, signal)[:] -= wrong
        if self._weighted is not None:
            weight = _fixed_weights(weights, len(index))
            summed = np.zeros(self._groups * width, dtype=np.int64)
            np.add.at(summed, slot, weight)
            self._tally(self._weighted, signal, summed.reshape(-1, width))
            if mistyped is not None:
                np.subtract.at(self._column(self._weighted, 1, signal), _rows(group, mistyped), weight[mistyped])
            present = index != width - 1
            squares = np.rint(weight[present].astype(np.float64) ** 2 / WEIGHT_UNIT).astype(np.int64)
            np.add.at(self._column(self._weighted, 2, signal), _rows(group, present), squares)

    def _tally(self, totals: npt.NDArray[np.int64], signal: int, counts: npt.NDArray[np.int64]) -> None:
        start, stop = self._bin_set.offsets[signal : signal + 2]
        totals[:, 1 + start : 1 + stop] += counts[:, :-1]
        self._column(totals, 1, signal)[:] += counts[:, -1]

    def _column(self, totals: npt.NDArray[np.int64], part: int, signal: int) -> npt.NDArray[np.int64]:
        """A view [G]: missing (1), mistyped (2), sums (3) or squares (4) of one signal."""
        return totals[:, 1 + self._bin_set.width + (part - 1) * len(self._bin_set.signals) + signal]

    def _add_moments(self, signal: int, values: Floats, group: Groups | None, weights: Floats | None) -> None:
        """Sums, squares and extremes of at most _CHUNK values; NaN adds nothing."""
        low, high = self._minimum[:, signal], self._maximum[:, signal]
        fixed = self._fixed_point(signal, values)
        if group is None:
            low[0] = np.fmin.reduce(values, initial=low[0])
            high[0] = np.fmax.reduce(values, initial=high[0])
            self._column(self._totals, 3, signal)[0] += int(fixed.sum())
            # Not a dot product: BLAS would start threads for it.
            self._column(self._totals, 4, signal)[0] += int(np.einsum("i,i->", fixed, fixed))
        else:
            np.fmin.at(low, group, values)
            np.fmax.at(high, group, values)
            # Whole numbers below 2⁵³, so these float sums are exact.
            sums = np.bincount(group, weights=fixed, minlength=self._groups)
            squares = np.bincount(group, weights=fixed * fixed, minlength=self._groups)
            self._column(self._totals, 3, signal)[:] += sums.astype(np.int64)
            self._column(self._totals, 4, signal)[:] += squares.astype(np.int64)
        if self._weighted is not None:
            weight = _fixed_weights(weights, len(values)) / WEIGHT_UNIT
            at = np.zeros(len(values), dtype=np.int64) if group is None else group
            np.add.at(self._column(self._weighted, 3, signal), at, np.rint(weight * fixed).astype(np.int64))
            np.add.at(self._column(self._weighted, 4, signal), at, np.rint(weight * fixed * fixed).astype(np.int64))

    def _fixed_point(self, signal: int, values: Floats) -> Floats:
        """Whole numbers: (value - center) / scale in units of 1/1024, clipped at 64; NaN becomes 0."""
        bins = self._bin_set.signals[signal]
        with np.errstate(over="ignore", invalid="ignore"):
            fixed = np.subtract(values, bins.center)
            np.multiply(fixed, UNIT / bins.scale, out=fixed)
            np.clip(fixed, -CLIP_SD * UNIT, CLIP_SD * UNIT, out=fixed)
            np.rint(fixed, out=fixed)
            np.putmask(fixed, np.isnan(fixed), 0.0)
        return fixed


def _rows(group: Groups | None, mask: npt.NDArray[np.bool_]) -> Groups:
    """The groups of the rows of a mask."""
    return np.zeros(int(mask.sum()), dtype=np.int64) if group is None else group[mask]


def _fixed_weights(weights: Floats | None, rows: int) -> npt.NDArray[np.int64]:
    if weights is None:
        return np.full(rows, WEIGHT_UNIT, dtype=np.int64)
    return np.rint(np.clip(weights, 1 / WEIGHT_UNIT, _LARGEST_WEIGHT) * WEIGHT_UNIT).astype(np.int64)
