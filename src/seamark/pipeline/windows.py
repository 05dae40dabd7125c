"""What windows of a model hold: their profiles, and the cells that a calibration judges, kept while they are recent."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import HOUR_US
from seamark.detect.scoped import ScopedPlan
from seamark.profile.bins import read_profile
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.stats.channels import Floats, SeriesKind
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Store

_KEPT_BYTES: Final = 512 << 20  # of all models together: a week of hours of 700 models of 100 features
_FAST: Final = 1  # of the levels of zlib


class WindowProfiles:
    """All versions together, hour by hour; any window inside the span is a sum."""

    def __init__(self, store: Store, model: Model, bin_set: BinSet, span: Window, segment: str = "") -> None:
        self._bin_set = bin_set
        self._hours: dict[int, Profile] = {}
        for block in store.slow.profiles(model.project, model.name, model.bin_set or 0, span, segment=segment):
            profile = read_profile(block.payload, bin_set)
            hour = block.key.hour_us
            self._hours[hour] = self._hours[hour] + profile if hour in self._hours else profile

    def of(self, window: Window) -> Profile:
        """The empty profile where there was no traffic."""
        hours = range(window.start_us, window.end_us, HOUR_US)
        return Profile.total([self._hours[hour] for hour in hours if hour in self._hours], self._bin_set)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """N windows that follow one another, as a calibration sees them."""

    cells: Floats  # [T, N]
    rows: NDArray[np.int64]  # [scopes, N]

    def since_first_row(self, plan: ScopedPlan) -> Floats:
        """The cells, without the silence before the first row: nobody was there to be silent."""
        begun = self.rows[0].cumsum() > 0
        if begun.all():
            return self.cells
        values = plan.layout.per_cell((plan.layout.kinds == SeriesKind.VALUE)[:, None].astype(np.float32)) > 0
        return np.where(values & ~begun, np.float32(0), self.cells)


def count(store: Store, model: Model, plan: ScopedPlan, span: Window, length_us: int) -> Counted:
    """Read the windows of `length_us` that fill `span`, for all scopes."""
    windows = list(span.split(length_us))
    found = Counted(
        np.zeros((plan.layout.width, len(windows)), np.float32),
        np.zeros((len(plan.scopes), len(windows)), np.int64),
    )
    first = 0
    for scope, (segment, series) in enumerate(plan.scopes):
        profiles = WindowProfiles(store, model, series.bin_set, span, segment)
        cells, silence = slice(first, first + series.layout.width), series.silence
        for place, window in enumerate(windows):
            profile = profiles.of(window)
            found.rows[scope, place] = profile.rows
            found.cells[cells, place] = series.cells(profile) if profile.rows else silence
        first = cells.stop
    return found


@dataclass(slots=True, eq=False)
class _Kept:
    """What is kept of one model: each window by its start, all of one length."""

    plan: ScopedPlan
    length_us: int
    windows: dict[int, tuple[bytes, NDArray[np.int64]]] = field(default_factory=dict)  # packed cells, rows by scope

    @property
    def size_bytes(self) -> int:
        return sum(len(cells) + rows.nbytes for cells, rows in self.windows.values())


class RecentWindows:
    """Windows that were counted before are not read again: judging an hour needs the week before it.

    Those whose rows have changed must be forgotten. What it keeps is packed and bounded; losing it costs only time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._sizes: dict[tuple[str, str], int] = {}

    def forget(self, model: Model, hours_us: Iterable[int]) -> None:
        """The windows of a model that these hours belong to have changed."""
        kept = self._kept.get((model.project, model.name))
        if kept is None or not kept.windows:
            return
        first_us = next(iter(kept.windows))
        for hour_us in hours_us:
            kept.windows.pop(hour_us - (hour_us - first_us) % kept.length_us, None)

    def of(self, model: Model, plan: ScopedPlan, span: Window, length_us: int) -> Counted:
        """The windows of `length_us` that fill `span`; those of the newest span are kept."""
        key = (model.project, model.name)
        starts = range(span.start_us, span.end_us, length_us)
        kept = self._kept.get(key)
        if kept is None or kept.plan is not plan or kept.length_us != length_us:
            kept = _Kept(plan, length_us)
        found = Counted(
            np.empty((plan.layout.width, len(starts)), np.float32), np.empty((len(plan.scopes), len(starts)), np.int64)
        )
        known = np.array([start in kept.windows for start in starts], dtype=np.bool_)
        there = [kept.windows[start] for start in starts if start in kept.windows]
        if there:
            found.cells[:, known] = _unpacked([cells for cells, _ in there])
            found.rows[:, known] = np.stack([rows for _, rows in there], axis=1)
        for first, last in _runs(~known):
            part = Window(starts[first], starts[last - 1] + length_us)
            read = count(self._store, model, plan, part, length_us)
            found.cells[:, first:last], found.rows[:, first:last] = read.cells, read.rows
        if span.end_us > max(kept.windows, default=0):
            kept.windows = {
                start: kept.windows.get(start) or (_packed(found.cells[:, place]), found.rows[:, place].copy())
                for place, start in enumerate(starts)
            }
            self._keep(key, kept)
        return found

    def history(self, model: Model, plan: ScopedPlan, span: Window, length_us: int) -> Counted:
        """The same to learn from: weeks at once, which are not kept."""
        return count(self._store, model, plan, span, length_us)

    def _keep(self, key: tuple[str, str], kept: _Kept) -> None:
        self._kept[key], self._sizes[key] = kept, kept.size_bytes
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(self._sizes.values()) > _KEPT_BYTES:
            oldest, _ = self._kept.popitem(last=False)
            del self._sizes[oldest]


def _packed(cells: Floats) -> bytes:
    """float32[T] cells in a sixth of their bytes: most are small whole numbers, whose lower halves are 0."""
    bits = np.ascontiguousarray(cells).view(np.uint32)
    return zlib.compress(np.concatenate([bits >> 16, bits & 0xFFFF]).astype(np.uint16).tobytes(), _FAST)


def _unpacked(packed: Sequence[bytes]) -> Floats:
    """float32[T, N] of N windows."""
    halves = np.frombuffer(b"".join(map(zlib.decompress, packed)), np.uint16).reshape(len(packed), 2, -1)
    bits = halves[:, 0].astype(np.uint32) << 16
    bits |= halves[:, 1]
    return np.ascontiguousarray(bits.view(np.float32).T)


class SettledWindows(RecentWindows):
    """All windows, each counted once: for a store in which no rows change any more."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._series: tuple[BinSet | None, tuple[str, ...]] = (None, ())
        self._known: dict[int, Counted] = {}  # by the start of the window; of one model

    def of(self, model: Model, plan: ScopedPlan, span: Window, length_us: int) -> Counted:
        """The windows of `length_us` that fill `span`."""
        series = (plan.whole.bin_set, plan.names)
        if series != self._series:
            self._series, self._known = series, {}
        starts = [window.start_us for window in span.split(length_us)]
        for first, last in _runs(np.array([start not in self._known for start in starts], dtype=np.bool_)):
            read = count(self._store, model, plan, Window(starts[first], starts[last - 1] + length_us), length_us)
            for place in range(first, last):
                at = slice(place - first, place - first + 1)
                self._known[starts[place]] = Counted(read.cells[:, at], read.rows[:, at])
        cells, rows = zip(*((self._known[start].cells, self._known[start].rows) for start in starts), strict=True)
        return Counted(np.concatenate(cells, axis=1), np.concatenate(rows, axis=1))

    def history(self, model: Model, plan: ScopedPlan, span: Window, length_us: int) -> Counted:
        """The same."""
        return self.of(model, plan, span, length_us)


def _runs(of: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, last) of each stretch of True."""
    edges = np.flatnonzero(np.diff(of, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
