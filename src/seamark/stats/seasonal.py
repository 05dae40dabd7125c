"""Baselines learned from traffic: one for all hours, and one for each hour of the week.

A seasonal baseline keeps one profile per slot (hour of the week): the slot's own windows, weighted by age,
plus half of each neighbouring slot, shrunk toward the same hour of all working days (or weekend days), which
is worth a third of a week. So a slot seen three times is not taken at its word.

A series that is part of another (a segment's, of all traffic's) has too few rows for a season of its own. It keeps
the season of the whole times an offset: how many rows the part has in each cell over how many it would have, were it
like the whole at the part's own hours (indirect standardisation), shrunk toward 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.channels import Floats, Layout, SeriesKind

FORGETTING: Final = 0.85  # a week's weight in the next week's baseline
_NEIGHBOUR: Final = 0.5
_SAME_HOUR: Final = 1 / 3  # of a week
_OFFSET_ROWS: Final = 100.0  # that a part's likeness to the whole is worth
WORKING_DAYS: Final = 5

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Which slot of the week each of N windows belongs to. A day has `a_day` slots, a week 7 of them.

    A holiday's windows have the Sunday's slots and `learn` 0: they are judged by it and teach it nothing.
    """

    slot: Ints  # [N], 0..7·a_day - 1, Monday first
    learn: Floats  # [N], 0 or 1
    a_day: int

    def __getitem__(self, windows: slice) -> Calendar:
        return Calendar(self.slot[windows], self.learn[windows], self.a_day)


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What windows are expected to look like: shares of bins (mean of values), and the rows behind them."""

    flat: Floats  # [T]
    flat_rows: Floats  # [S]
    slots: Floats  # [T, W]; W = 1 and equal to `flat` where no season is known
    slot_rows: Floats  # [S, W]
    parents: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # of the last P series, which are parts
    offset: Floats = field(default_factory=lambda: np.zeros(0, np.float32))  # of the cells of these

    @classmethod
    def of(cls, layout: Layout, sums: Floats, a_day: int, parents: Ints | None = None) -> Baseline:
        """From the sums of each slot, float32[T, W]; with `parents` int64[P], the last P series are parts of those."""
        if parents is None or not len(parents):
            return cls._of_wholes(layout, sums, a_day)
        wholes, cells = layout.part(0, len(layout) - len(parents))
        return _with_parts(cls._of_wholes(wholes, sums[cells], a_day), layout, sums[cells.stop :], parents)

    @classmethod
    def _of_wholes(cls, layout: Layout, sums: Floats, a_day: int) -> Baseline:
        flat, flat_rows = _shares(layout, sums.sum(axis=1, keepdims=True))
        period = sums.shape[1]
        if period == 1:
            return cls(flat[:, 0], flat_rows[:, 0], flat, flat_rows)
        smooth = sums + _neighbour(layout) * (np.roll(sums, 1, axis=1) + np.roll(sums, -1, axis=1))
        if period == 7 * a_day:
            smooth += _SAME_HOUR * _same_hour(sums, a_day)
        _fill(layout, smooth, flat)
        slots, slot_rows = _shares(layout, smooth)
        return cls(flat[:, 0], flat_rows[:, 0], slots, slot_rows)

    def joined(self, layout: Layout, flat: Floats, flat_rows: Floats, parents: Ints, offset: Floats) -> Baseline:
        """This one and that of its parts, the last series of `layout`, whose season is its own times `offset`."""
        parts, _ = layout.part(len(self.flat_rows), len(layout))
        if self.slots.shape[1] == 1:
            slots, rows = flat[:, None], flat_rows[:, None]
        else:
            slots, _ = _shares(parts, self.slots[_cells_of(layout, parents)] * offset[:, None])
            own, slot = np.maximum(flat_rows, 1)[:, None], np.maximum(self.slot_rows[parents], 1)
            # The offset is as uncertain as the part, the season as a slot.
            rows = np.where(self.slot_rows[parents] > 0, own * slot / (own + slot), np.float32(0))
        return Baseline(
            np.concatenate([self.flat, flat]),
            np.concatenate([self.flat_rows, flat_rows]),
            np.concatenate([self.slots, slots]),
            np.concatenate([self.slot_rows, rows]).astype(np.float32),
            parents,
            offset,
        )

    def chosen(self, series: Ints, cells: Ints) -> Baseline:
        """That of some series, whose cells are these."""
        return Baseline(self.flat[cells], self.flat_rows[series], self.slots[cells], self.slot_rows[series])

    @property
    def seasonal(self) -> npt.NDArray[np.bool_]:
        """bool[S]: the series that have a season (or all, where none is known)."""
        return np.asarray(self.slot_rows.any(axis=1))

    def stated(self, layout: Layout, static: Baseline | None, rolling: npt.NDArray[np.bool_] | None) -> Baseline:
        """This one, but for what is said of some series.

        Those that have rows in `static` are compared with it, those marked in `rolling` bool[S] with what is usual
        at any hour. Neither has rows behind a season, which is how the rest knows to leave theirs out.
        """
        kept = np.zeros(len(layout), np.bool_) if static is None else static.flat_rows > 0
        plain = kept.copy() if rolling is None else kept | rolling
        if len(self.parents):
            plain[-len(self.parents) :] = plain[self.parents]
        flat, flat_rows = self.flat, self.flat_rows
        if static is not None:
            flat = np.where(np.repeat(kept, layout.sizes), static.flat, flat)
            flat_rows = np.where(kept, static.flat_rows, flat_rows)
        if self.slots.shape[1] == 1:
            return replace(self, flat=flat, flat_rows=flat_rows, slots=flat[:, None], slot_rows=flat_rows[:, None])
        slots = np.where(np.repeat(plain, layout.sizes)[:, None], np.float32(0), self.slots)
        slot_rows = np.where(plain[:, None], np.float32(0), self.slot_rows)
        return replace(self, flat=flat, flat_rows=flat_rows, slots=slots, slot_rows=slot_rows)

    def at_most(self, rows: Floats) -> Baseline:
        """This one with no more than `rows` float32[S] behind each series: so many are known of its new normal."""
        slot_rows = np.minimum(self.slot_rows, rows[:, None])
        return replace(self, flat_rows=np.minimum(self.flat_rows, rows), slot_rows=slot_rows)

    def at(self, slot: Ints) -> Ints:
        """The columns of `slots` that windows of these slots of the week belong to."""
        # 1 column: no season; a_day: one of the day; 7·a_day: one of the week.
        return np.asarray(slot % self.slots.shape[1], dtype=np.int64)

    def expected(self, layout: Layout, n: Floats, slot: Ints) -> tuple[Floats, Floats]:
        """float32[T, N] counts that windows with `n` [S, N] rows should show: by season, and regardless of it."""
        rows = layout.per_cell(n)
        return self.slots[:, self.at(slot)] * rows, self.flat[:, None] * rows


def learn(layout: Layout, counts: Floats, calendar: Calendar, weight: Floats, *, period: int) -> Baseline:
    """A baseline from float32[T, N] counts; arguments as in `gather`."""
    return Baseline.of(layout, gather(layout, counts, calendar, weight, period=period), calendar.a_day)


def gather(layout: Layout, counts: Floats, calendar: Calendar, weight: Floats, *, period: int) -> Floats:
    """float32[T, period] weighted sums of float32[T, N] counts by slot; those of two stretches of time add up.

    `weight` float32[S, N] is how much each window teaches each series (age, quarantine); `period` is the
    number of slots: 7·a_day for a season of the week, a_day for one of the day, 1 for none.
    """
    taught, slot = counts * layout.per_cell(weight * calendar.learn), calendar.slot % period
    found = np.zeros((len(counts), period), np.float32)
    for first in range(0, len(slot), period):  # a week of windows has each hour of the week once
        at = slice(first, first + period)
        if len(np.unique(slot[at])) == len(slot[at]):
            found[:, slot[at]] += taught[:, at]
        else:  # holidays
            np.add.at(found.T, slot[at], taught[:, at].T)
    return found


def _with_parts(whole: Baseline, layout: Layout, sums: Floats, parents: Ints) -> Baseline:
    """A baseline and that of the last series of `layout`, learned from their sums of each slot, float32[Tp, W]."""
    parts, _ = layout.part(len(whole.flat_rows), len(layout))
    cells = _cells_of(layout, parents)
    alike = whole.slots[cells] * parts.per_cell(parts.sizes_behind(sums))
    prior = np.maximum(_OFFSET_ROWS * whole.flat[cells], np.float32(1e-30))
    counts = sums.sum(axis=1)
    offset = np.asarray((counts + prior) / (alike.sum(axis=1) + prior), dtype=np.float32)
    flat, _ = _shares(parts, (counts + prior)[:, None])
    rows = parts.sizes_behind(counts[:, None])[:, 0]
    return whole.joined(layout, flat[:, 0], rows, parents, offset)


def _neighbour(layout: Layout) -> Floats:
    """float32[T, 1]: what neighbouring hours are worth. None to a value: traffic opens and closes between two hours."""
    worth = np.where(layout.kinds == SeriesKind.VALUE, 0, _NEIGHBOUR)[:, None]
    return np.asarray(layout.per_cell(worth), dtype=np.float32)


def _same_hour(sums: Floats, a_day: int) -> Floats:
    """The mean over working days, or over the weekend, of each hour of the day."""
    days = sums.reshape(len(sums), 7, a_day)
    shared = np.empty_like(days)
    for chosen in (slice(0, WORKING_DAYS), slice(WORKING_DAYS, 7)):
        shared[:, chosen] = days[:, chosen].mean(axis=1, keepdims=True)
    return shared.reshape(sums.shape)


def _cells_of(layout: Layout, series: Ints) -> Ints:
    """The places of the cells of some series."""
    return np.concatenate([np.arange(layout.offsets[each], layout.offsets[each + 1]) for each in series.tolist()])


def _fill(layout: Layout, sums: Floats, flat: Floats) -> None:
    """Slots that were never seen are expected to be like all others together."""
    unseen = layout.sizes_behind(sums) <= 0
    if unseen.any():
        sums += np.where(layout.per_cell(unseen.astype(np.float32)) > 0, flat, 0).astype(np.float32)


def _shares(layout: Layout, sums: Floats) -> tuple[Floats, Floats]:
    n = layout.sizes_behind(sums)
    return sums / np.maximum(layout.per_cell(n), np.float32(1e-30)), n


def what_recurs(used: npt.NDArray[np.bool_], passed: npt.NDArray[np.bool_], a_week: int) -> npt.NDArray[np.bool_]:
    """bool[S, N]: windows in which alerts `passed` by themselves, at an hour of the week that nothing else teaches.

    What happens every week is a season. Kept out of the history it would be an alarm each time, for good.
    """
    windows = used.shape[1] // a_week * a_week
    found = np.zeros_like(used)
    if windows < 2 * a_week:
        return found
    recent = slice(used.shape[1] - windows, None)
    untaught = ~used[:, recent].reshape(len(used), -1, a_week).any(axis=1)
    found[:, recent] = np.tile(untaught, windows // a_week) & passed[:, recent]
    return found
