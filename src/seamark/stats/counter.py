"""Counts columns of values into profiles, one per group of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from seamark.errors import InvalidInput
from seamark.stats.binning import CategoricalBins, NumericBins
from seamark.stats.binset import BinSet
from seamark.stats.grid import Floats, Index
from seamark.stats.profile import CLIP_SD, UNIT, WEIGHT_UNIT, Profile, round_outwards, totals_size

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)
_CHUNK: Final = 16_384
_LARGEST_WEIGHT: Final = 65_536.0


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Rows that count together: group g has `rows[starts[g]:starts[g + 1]]`.

    A row may stand in several groups, or in none, so one pass over a column counts it by hour and again
    by hour and segment.
    """

    rows: Integers  # [M] row numbers, group after group
    starts: Integers  # [G + 1]

    @classmethod
    def of(cls, group: Integers, count: int, rows: Integers | None = None) -> Groups:
        """From the group (below `count`) of each row, or of each of `rows`."""
        narrow = group.astype(np.uint16) if count <= 1 << 16 else group  # sorted by radix, ten times as fast
        order = np.argsort(narrow, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=count))]).astype(np.int64)
        return cls(order if rows is None else rows[order], starts)

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.starts) - 1


class Counter:
    """Counts columns into one Profile for each of G groups, or into one of all rows without `groups`.

    `weights` (float64[N], from 1/4096 to 65,536) are those of sampled logs. Without groups and weights
    columns may come in batches of any size, because counts add.
    """

    def __init__(self, bin_set: BinSet, groups: Groups | None = None, *, weights: Floats | None = None) -> None:
        count, size = 1 if groups is None else groups.count, len(bin_set.signals)
        self._bin_set = bin_set
        self._count = count
        self._groups = groups
        self._totals = np.zeros((count, totals_size(bin_set)), dtype=np.int64)
        self._minimum = np.full((count, size), np.inf)
        self._maximum = np.full((count, size), -np.inf)
        self._weighted = None if weights is None else np.zeros_like(self._totals)
        if groups is not None:
            self._chunks = list(_chunks(groups.starts))
            self._group_of = np.repeat(np.arange(count), np.diff(groups.starts))
            self._slot = np.empty_like(self._group_of)  # kept, because fresh pages cost more than the work on them
        if weights is not None:
            self._weight = self._each(_fixed_weights(weights))
            self._squared = np.rint(self._weight.astype(np.float64) ** 2 / WEIGHT_UNIT).astype(np.int64)

    def add_rows(self, rows: int) -> None:
        """Count N rows."""
        self._totals[:, 0] += rows if self._groups is None else np.diff(self._groups.starts)

    def add_numeric(self, signal: int, values: Floats, *, mistyped: Mask | None = None) -> Index:
        """Count float64[N] of a numeric signal; NaN is missing, or mistyped where the mask says so.

        Returns the bin of each row, which `add_joint` takes.
        """
        bins = self._bin_set.signals[signal].bins
        if not isinstance(bins, NumericBins):
            raise InvalidInput(f"Signal {self._bin_set.signals[signal].name!r} is not numeric.")
        values = np.ascontiguousarray(values, dtype=np.float64)
        index = bins.index(values)
        self._add_index(signal, index, mistyped)
        self._add_moments(signal, values)
        return index

    def add_categories(self, signal: int, index: Index, *, mistyped: Mask | None = None) -> Index:
        """Count bin indices of a categorical signal (`bins.count` is missing, or mistyped by the mask)."""
        if not isinstance(self._bin_set.signals[signal].bins, CategoricalBins):
            raise InvalidInput(f"Signal {self._bin_set.signals[signal].name!r} is not categorical.")
        self._add_index(signal, index, mistyped)
        return index

    def add_joint(self, indices: Sequence[Index]) -> None:
        """Project the rows and count the projections; `indices` follow `bin_set.joint.signals`."""
        joint = self._bin_set.joint
        if joint is None or not joint.count:
            return
        projected = joint.project(indices)
        for column, signal in enumerate(self._bin_set.positions(role="joint").tolist()):
            self.add_numeric(signal, projected[:, column])

    def profiles(self) -> list[Profile]:
        """One profile per group."""
        minimum, maximum = round_outwards(self._minimum, self._maximum)
        weighted = self._weighted
        return [
            Profile(self._bin_set, totals, low, high, None if weighted is None else weighted[group])
            for group, (totals, low, high) in enumerate(zip(self._totals, minimum, maximum, strict=True))
        ]

    def profile(self) -> Profile:
        """All groups together; a row counts once for each group it stands in."""
        return Profile.total(self.profiles(), self._bin_set)

    def _add_index(self, signal: int, index: Index, mistyped: Mask | None) -> None:
        """Counts per bin, missing and mistyped."""
        width = self._bin_set.signals[signal].bins.count + 1
        each = self._each(index)
        slot: npt.NDArray[Any] = each
        if self._groups is not None:
            slot = np.add(np.multiply(self._group_of, width, out=self._slot), each, out=self._slot)
        self._tally(self._totals, signal, np.bincount(slot, minlength=self._count * width))
        wrong = self._each(mistyped) if mistyped is not None and mistyped.any() else None
        if wrong is not None:
            self._column(self._totals, 2, signal)[:] += self._sum(wrong)
            self._column(self._totals, 1, signal)[:] -= self._sum(wrong)
        if self._weighted is not None:
            summed = np.zeros(self._count * width, dtype=np.int64)
            np.add.at(summed, slot, self._weight)
            self._tally(self._weighted, signal, summed)
            if wrong is not None:
                self._column(self._weighted, 1, signal)[:] -= self._sum(np.where(wrong, self._weight, 0))
            self._column(self._weighted, 2, signal)[:] += self._sum(np.where(each < width - 1, self._squared, 0))

    def _tally(self, totals: Integers, signal: int, counts: Integers) -> None:
        """Add counts per group and bin, the last of which is missing."""
        start, stop = self._bin_set.offsets[signal : signal + 2]
        per_group = counts.reshape(self._count, -1)
        totals[:, 1 + start : 1 + stop] += per_group[:, :-1]
        self._column(totals, 1, signal)[:] += per_group[:, -1]

    def _column(self, totals: Integers, part: int, signal: int) -> Integers:
        """A view [G]: missing (1), mistyped (2), sums (3) or squares (4) of one signal."""
        return totals[:, 1 + self._bin_set.width + (part - 1) * len(self._bin_set.signals) + signal]

    def _add_moments(self, signal: int, values: Floats) -> None:
        """Sums, squares and extremes; NaN adds nothing."""
        low, high = self._minimum[:, signal], self._maximum[:, signal]
        sums, squares = self._column(self._totals, 3, signal), self._column(self._totals, 4, signal)
        for chunk in _chunks(np.array([0, len(values)])) if self._groups is None else self._chunks:
            each = values[chunk.places] if self._groups is None else values.take(self._groups.rows[chunk.places])
            low[chunk.groups] = np.fmin(low[chunk.groups], np.fmin.reduceat(each, chunk.starts))
            high[chunk.groups] = np.fmax(high[chunk.groups], np.fmax.reduceat(each, chunk.starts))
            fixed = self._fixed_point(signal, each)
            sums[chunk.groups] += np.add.reduceat(fixed, chunk.starts).astype(np.int64)
            squares[chunk.groups] += np.add.reduceat(fixed * fixed, chunk.starts).astype(np.int64)
            if self._weighted is not None:
                weight = self._weight[chunk.places] / WEIGHT_UNIT
                for part, weighed in ((3, weight * fixed), (4, weight * fixed * fixed)):
                    whole = np.rint(weighed).astype(np.int64)
                    self._column(self._weighted, part, signal)[chunk.groups] += np.add.reduceat(whole, chunk.starts)

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

    def _each(self, of_row: npt.NDArray[T]) -> npt.NDArray[T]:
        """What each row [N] has, for each place [M] in the groups."""
        return of_row if self._groups is None else of_row.take(self._groups.rows)

    def _sum(self, of_place: npt.NDArray[Any]) -> Integers:
        """int64[G] of whole numbers at each place [M]."""
        if self._groups is None:
            return np.array([of_place.sum(dtype=np.int64)])
        sums = np.zeros(self._groups.count, dtype=np.int64)
        for chunk in self._chunks:
            sums[chunk.groups] += np.add.reduceat(of_place[chunk.places], chunk.starts, dtype=np.int64)
        return sums


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """A run of places small enough for the cache, and for sums of squares to stay exact below 2⁵³."""

    places: slice
    groups: Integers  # that have places in it
    starts: Integers  # where in the chunk each of them begins


def _chunks(starts: Integers) -> Iterator[_Chunk]:
    end = int(starts[-1])
    for first in range(0, end, _CHUNK):
        last = min(first + _CHUNK, end)
        low, high = np.searchsorted(starts, first, side="right") - 1, np.searchsorted(starts, last)
        groups = low + np.flatnonzero(np.diff(starts[low : high + 1]))
        yield _Chunk(slice(first, last), groups, np.maximum(starts[groups] - first, 0))


def _fixed_weights(weights: Floats) -> Integers:
    return np.rint(np.clip(weights, 1 / WEIGHT_UNIT, _LARGEST_WEIGHT) * WEIGHT_UNIT).astype(np.int64)
