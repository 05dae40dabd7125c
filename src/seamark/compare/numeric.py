"""Columns of numbers and times: a sample makes the bins, the bins count both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.compare.chunks import Column, Counts, Floats, Numbers, Reading
from seamark.compare.evidence import Evidence, Side
from seamark.compare.identity import are_distinct_integers, are_ids, hint
from seamark.compare.pictures import draw_bars, picture_bins, without_tails
from seamark.stats.binning import NumericBins, numeric_bins

_ENOUGH: Final = 25_000  # ordered values give 20 quantiles to a thousandth of a bin
_FEWEST_PER_BIN: Final = 5
_SEED: Final = 0  # the same data give the same report


class Reservoir:
    """A uniform sample of at most `capacity` numbers of a stream of any length.

    Every value is kept with the same probability `rate`, which halves each time the sample is full; while
    `rate` is 1 the sample is the stream itself.
    """

    def __init__(self, capacity: int) -> None:
        self.rate = 1.0
        self._capacity = capacity
        self._parts: list[Floats] = []
        self._size = 0
        self._random = np.random.default_rng(_SEED)

    def add(self, values: Floats) -> None:
        """Offer values."""
        kept = values if self.rate == 1.0 else self._thin(values, self.rate)
        self._parts.append(kept)
        self._size += len(kept)
        while self._size > self._capacity:
            self.rate /= 2
            self._parts = [self._thin(part, 0.5) for part in self._parts]
            self._size = sum(map(len, self._parts))

    def values(self) -> Floats:
        """The sample, in the order of the stream."""
        return np.concatenate([*self._parts, np.empty(0)])

    def _thin(self, values: Floats, share: float) -> Floats:
        return values[self._random.random(len(values)) < share]


@dataclass(frozen=True, slots=True)
class BinRule:
    """How finely a column is cut, and from how many of its values."""

    bins: int
    extra_edges: tuple[float, ...]
    sample_values: int
    may_be_ids: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class NumberBins:
    """One set of fine bins to count in, whose sums are the bins distances use and those people see."""

    fine: NumericBins
    quantiles: NumericBins
    picture: NumericBins
    center: float  # near the mean, so that squares about it cancel nothing

    @classmethod
    def of(cls, sample: Floats, rule: BinRule, *, times: bool) -> NumberBins:
        """Bins from float64[N] without NaN, of which there may be none."""
        ordered = np.sort(sample)
        ordered = ordered[np.searchsorted(ordered, -np.inf, "right") : np.searchsorted(ordered, np.inf)]
        if len(ordered) > 2 * _ENOUGH:  # every k-th of the order has the same quantiles
            ordered = np.append(ordered[:: len(ordered) // _ENOUGH], ordered[-1])
        # Bins around single values of the reference would find every other sample strange.
        bins = int(np.clip(len(ordered) // _FEWEST_PER_BIN, 2, rule.bins))
        quantiles = numeric_bins(ordered, bins=bins, extra_edges=rule.extra_edges)
        picture = picture_bins(ordered, quantiles, times=times)
        fine = NumericBins(np.union1d(quantiles.edges, picture.edges))
        return cls(fine, quantiles, picture, float(ordered[len(ordered) // 2]) if len(ordered) else 0.0)

    def coarse(self, counts: Counts, bins: NumericBins) -> Counts:
        """Counts in the fine bins summed up into `quantiles` or `picture`."""
        starts = np.searchsorted(self.fine.edges, bins.edges) + 1
        sums: Counts = np.add.reduceat(counts, np.concatenate([[0], starts]))
        return sums


class NumberTally:
    """Counts numbers in fine bins, with their moments."""

    def __init__(self, bins: NumberBins, sample: Reservoir | None = None) -> None:
        self._bins = bins
        self._sample = sample  # of what was added, where its values are wanted
        self.counts: Counts = np.zeros(bins.fine.count, dtype=np.int64)
        self._rows = self._mistyped = self._finite = 0
        self._sum = self._squares = 0.0
        self._low, self._high = np.inf, -np.inf

    def add(self, chunk: Numbers) -> None:
        """Count a chunk."""
        values = chunk.values if chunk.valid is None else chunk.values[chunk.valid]
        self._rows += chunk.rows
        self._mistyped += chunk.mistyped
        counts = np.bincount(self._bins.fine.index(values), minlength=len(self.counts) + 1)
        self.counts += counts[:-1]
        known = values[~np.isnan(values)] if counts[-1] else values
        self._add_moments(known)
        if self._sample is not None:
            self._sample.add(known)

    def may_be_ids(self) -> bool:
        """Whether what was added are integers without a repetition, as far as the sample tells."""
        return self._sample is not None and are_distinct_integers(self._sample.values())

    def side(self) -> Side:
        """What was counted."""
        missing = self._rows - int(self.counts.sum()) - self._mistyped
        side = Side(self._rows, missing, self._mistyped)
        if not self._finite:
            return side
        offset = self._sum / self._finite
        sd = float(np.sqrt(max(self._squares / self._finite - offset * offset, 0.0)))
        return replace(side, mean=self._bins.center + offset, sd=sd, minimum=self._low, maximum=self._high)

    def _add_moments(self, values: Floats) -> None:
        if not len(values):
            return
        low, high = float(values.min()), float(values.max())
        if np.isinf(low) or np.isinf(high):
            self._add_moments(values[np.isfinite(values)])
            return
        with np.errstate(over="ignore", invalid="ignore"):  # numbers near the largest float have no variance
            about = values - self._bins.center
            self._sum += float(about.sum())
            self._squares += float(np.einsum("i,i->", about, about))  # BLAS would wake threads for it
        self._finite += len(values)
        self._low, self._high = min(self._low, low), max(self._high, high)


class NumberLearner:
    """Watches a reference column pass."""

    def __init__(self, column: Column, rule: BinRule) -> None:
        self._column = column
        self._rule = rule
        self._sample = Reservoir(rule.sample_values)
        self._rows = self._mistyped = 0
        self._extremes: Floats = np.empty(0)

    def add(self, chunk: Numbers) -> None:
        """Look at a chunk."""
        values = chunk.values if chunk.valid is None else chunk.values[chunk.valid]
        unknown = np.isnan(values)
        if unknown.any():
            values = values[~unknown]
        self._rows += chunk.rows
        self._mistyped += chunk.mistyped
        self._sample.add(values)
        if self._sample.rate < 1:
            known = np.concatenate([values[np.isfinite(values)], self._extremes])
            self._extremes = np.array([known.min(), known.max()]) if len(known) else known

    def baseline(self) -> NumberBaseline:
        """Bins, and counts where the sample holds every value; otherwise the column must pass again."""
        sample = self._sample.values()
        times = self._column.reading is Reading.TIME
        bins = NumberBins.of(np.concatenate([sample, self._extremes]), self._rule, times=times)
        ids = self._rule.sample_values if self._rule.may_be_ids and are_ids(sample) else 0
        tally = NumberTally(bins)
        if self._sample.rate < 1:
            return NumberBaseline(self._column, bins, tally, ids, recount=tally)
        tally.add(Numbers(sample))
        tally.add(Numbers(np.full(self._rows - len(sample), np.nan), mistyped=self._mistyped))
        return NumberBaseline(self._column, bins, tally, ids)


@dataclass(frozen=True, slots=True, eq=False)
class NumberBaseline:
    """A reference column, counted, or about to be: `recount` wants all of its chunks once more."""

    column: Column
    bins: NumberBins
    counted: NumberTally
    ids: int = 0  # where it may hold ids: how many of the current values show whether it does
    recount: NumberTally | None = None

    def tally(self) -> NumberTally:
        """An empty tally for the current data."""
        return NumberTally(self.bins, Reservoir(self.ids) if self.ids else None)

    def index(self, chunk: Numbers) -> npt.NDArray[np.integer]:
        """The cell of each row: its fine bin, or the last for missing."""
        index = self.bins.fine.index(chunk.values)
        return index if chunk.valid is None else np.where(chunk.valid, index, self.bins.fine.count)

    def evidence(self, current: NumberTally) -> Evidence:
        """Both sides of the column."""
        if current.may_be_ids():
            return Evidence(self.column, self.counted.side(), current.side(), uncountable=hint(self.column.name))
        reference_counts, current_counts = self.counted.counts, current.counts
        quantiles = self.bins.quantiles
        coarse = [self.bins.coarse(counts, self.bins.picture) for counts in (reference_counts, current_counts)]
        shown = without_tails(self.bins.picture, *coarse)
        drawn = [self.bins.coarse(counts, shown) for counts in (reference_counts, current_counts)]
        return Evidence(
            self.column,
            self.counted.side(),
            current.side(),
            self.bins.coarse(reference_counts, quantiles),
            self.bins.coarse(current_counts, quantiles),
            quantiles.centers(),
            draw_bars(self.column, shown, *drawn),
            reference_cells=_cells(reference_counts, self.counted.side()),
            current_cells=_cells(current_counts, current.side()),
        )


def _cells(counts: Counts, side: Side) -> Counts:
    return np.append(counts, side.missing + side.mistyped)
