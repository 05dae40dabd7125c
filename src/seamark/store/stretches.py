"""Stretches of series on a grid of time: how they add, grow coarser, and become bytes.

Everything here is additive: adding stretches and then making them coarser is making them coarser and then adding.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import HOUR_US
from seamark.errors import Corrupt
from seamark.records.metric import Component, MetricKind, Series
from seamark.records.signals import Layer
from seamark.records.window import Window

GAUGE_FIELDS: Final = 4  # sum, number of samples, smallest, largest
_FORMAT: Final = 1
_EIGHT: Final = 8  # bytes of a float64

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """One series from `start_us` on, a column per `step_us`.

    `values` is float64[fields, points], NaN where nothing was heard: of a counter its increase; of a gauge the sum,
    number, smallest and largest of its samples; of a histogram the increase of the count at or below each of
    `bounds`, ascending up to infinity.
    """

    series: Series
    start_us: int
    step_us: int
    values: Floats
    bounds: tuple[float, ...] = ()

    @property
    def end_us(self) -> int:
        """The end of its last point."""
        points: int = self.values.shape[1]
        return self.start_us + points * self.step_us


def fields_of(kind: MetricKind, bounds: Sequence[float]) -> int:
    """How many rows `values` has."""
    if kind is MetricKind.HISTOGRAM:
        return len(bounds)
    return GAUGE_FIELDS if kind is MetricKind.GAUGE else 1


def added(parts: Sequence[Stretch]) -> Stretch:
    """The sum of stretches of one series and one step, over the time and the bounds of all of them."""
    first = parts[0]
    if len(parts) == 1:
        return first
    start_us = min(part.start_us for part in parts)
    points = (max(part.end_us for part in parts) - start_us) // first.step_us
    bounds = first.bounds
    if any(part.bounds != bounds for part in parts):
        bounds = tuple(sorted({bound for part in parts for bound in part.bounds}))
    total = np.full((fields_of(first.series.kind, bounds), points), np.nan)
    for part in parts:
        begin = (part.start_us - start_us) // first.step_us
        inside = total[:, begin : begin + part.values.shape[1]]  # a view
        rows = slice(None) if part.bounds == bounds else np.searchsorted(bounds, part.bounds)
        inside[rows] = _sum(first.series.kind, inside[rows], part.values)
    return Stretch(first.series, start_us, first.step_us, total, bounds)


def _sum(kind: MetricKind, one: Floats, other: Floats) -> Floats:
    total = np.where(np.isnan(one), other, np.where(np.isnan(other), one, one + other))
    if kind is MetricKind.GAUGE:
        total[2] = np.fmin(one[2], other[2])
        total[3] = np.fmax(one[3], other[3])
    return total


def coarser(stretch: Stretch, step_us: int) -> Stretch:
    """The same with points of `step_us`, a multiple of its own step; on the grid of that step."""
    if step_us == stretch.step_us:
        return stretch
    start_us = stretch.start_us // step_us * step_us
    end_us = -(-stretch.end_us // step_us) * step_us
    padded = fitted(stretch, start_us, end_us).values
    grouped = padded.reshape(len(padded), -1, step_us // stretch.step_us)
    silent: NDArray[np.bool_] = np.min(np.isnan(grouped), axis=2)
    total = np.where(silent, np.nan, np.nansum(grouped, axis=2))
    if stretch.series.kind is MetricKind.GAUGE:
        total[2] = np.fmin.reduce(grouped[2], axis=1)
        total[3] = np.fmax.reduce(grouped[3], axis=1)
    return replace(stretch, start_us=start_us, step_us=step_us, values=total)


def fitted(stretch: Stretch, start_us: int, end_us: int) -> Stretch:
    """The part of it in [start_us, end_us), which lie on its grid, with silence where it has nothing."""
    points = (end_us - start_us) // stretch.step_us
    values = np.full((len(stretch.values), points), np.nan)
    offset = (stretch.start_us - start_us) // stretch.step_us
    into = slice(max(offset, 0), max(min(offset + stretch.values.shape[1], points), 0))
    source = slice(into.start - offset, max(into.stop, into.start) - offset)
    values[:, into.start : max(into.stop, into.start)] = stretch.values[:, source]
    return replace(stretch, start_us=start_us, values=values)


def cut(stretch: Stretch, length_us: int) -> Iterator[Stretch]:
    """Pieces of aligned blocks of `length_us`, each as wide as its block; blocks without a value are left out."""
    start_us = stretch.start_us // length_us * length_us
    while start_us < stretch.end_us:
        piece = fitted(stretch, start_us, start_us + length_us)
        if not np.isnan(piece.values).all():
            yield piece
        start_us += length_us


def note_written(written: dict[str, dict[int, int]], stretch: Stretch) -> None:
    """Count the hours that a stretch touches, by project."""
    hours = written.setdefault(stretch.series.component.project, {})
    for hour_us in range(stretch.start_us // HOUR_US * HOUR_US, stretch.end_us, HOUR_US):
        hours[hour_us] = hours.get(hour_us, 0) + 1


def together(stretches: Iterable[Stretch]) -> list[Stretch]:
    """One stretch per series: the sum of its parts."""
    by_series: dict[Series, list[Stretch]] = {}
    for stretch in stretches:
        by_series.setdefault(stretch.series, []).append(stretch)
    return [added(parts) for _, parts in sorted(by_series.items())]


def on_one_grid(found: Sequence[Stretch], window: Window, step_us: int) -> list[Stretch]:
    """One stretch per series, of the points of `step_us` that touch `window`."""
    start_us, end_us = window.start_us // step_us * step_us, -(-window.end_us // step_us) * step_us
    total = (fitted(each, start_us, end_us) for each in together(coarser(each, step_us) for each in found))
    return [each for each in total if not np.isnan(each.values).all()]


def to_bytes(stretches: Sequence[Stretch]) -> bytes:
    """One block: series of one component, over one time, on one grid.

    Numbers are stored byte by byte of all of them (the first bytes of all numbers, then the second …): most of these
    are alike, which is what zlib is good at.
    """
    head = [
        [each.series.layer, each.series.metric, each.series.unit, each.series.kind, list(each.bounds)]
        for each in stretches
    ]
    header = json.dumps([_FORMAT, head], separators=(",", ":")).encode()
    numbers = np.concatenate([each.values.ravel() for each in stretches]).astype("<f8")
    planes = np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, _EIGHT).T)
    return len(header).to_bytes(4, "little") + zlib.compress(header + planes.tobytes(), 1)


def from_bytes(payload: bytes, component: Component, start_us: int, step_us: int, points: int) -> list[Stretch]:
    """Read `to_bytes`; raises Corrupt for anything else."""
    try:
        raw = zlib.decompress(payload[4:])
        size = int.from_bytes(payload[:4], "little")
        written, head = json.loads(raw[:size])
        if written != _FORMAT:
            raise Corrupt(f"A block of metrics is in format {written}; this Seamark reads format {_FORMAT}.")
        planes = np.frombuffer(raw, np.uint8, offset=size).reshape(_EIGHT, -1)
        numbers = np.ascontiguousarray(planes.T).view("<f8").ravel()
        stretches, at = [], 0
        for layer, metric, unit, kind, bounds in head:
            series = Series(component, Layer(layer), metric, unit, MetricKind(kind))
            fields = fields_of(series.kind, bounds)
            values = numbers[at : at + fields * points].reshape(fields, points)
            stretches.append(Stretch(series, start_us, step_us, values, tuple(bounds)))
            at += fields * points
    except (ValueError, TypeError, zlib.error) as error:
        raise Corrupt(f"A block of metrics of {component.kind} {component.name!r} cannot be read: {error}.") from error
    return stretches
