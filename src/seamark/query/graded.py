"""Windows of joined predictions: what is known of each, and how much of what should be known by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.stats.delays import DelayCurve
from seamark.stats.grading import Grading, counts, delays
from seamark.store.protocol import Store

LEARNED_DAYS: Final = 90  # how far back delays of outcomes are looked at
ENOUGH: Final = 0.8  # of the expected outcomes make a window complete

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """The hours of a scope that have predictions: int64[H] when they start and their rows, int64[H, width] vectors."""

    start_us: Counts
    rows: Counts
    vectors: Counts


@dataclass(frozen=True, slots=True, eq=False)
class GradedWindows:
    """Windows that have predictions, W of them.

    `rows` predictions, `joined` of them with an outcome, `expected` with one by now, going by the delays and the share
    of predictions that got one so far. `complete`: four fifths of those expected by now have come, and those expected
    by now are four fifths of all that are ever expected, so that those that come early do not speak for all.
    """

    windows: tuple[Window, ...]
    rows: Counts
    joined: Counts
    expected: Floats
    complete: NDArray[np.bool_]
    vectors: Counts  # int64[W, card.width]


def active(store: Store, model: Model) -> tuple[int, Grading] | None:
    """The id of a model's active scorecard, and what it says."""
    for stored in store.slow.scorecards(model.project, model.name):
        if stored.id == model.scorecard:
            return stored.id, Grading.from_bytes(stored.payload)
    return None


def read_hours(
    store: Store, model: Model, card: int, grading: Grading, window: Window, *, version: str = "", segment: str = ""
) -> Hours:
    """All hours that start in `window`, of one version or of all."""
    place = (model.project, model.name)
    rows: dict[int, int] = {}
    if version or segment:
        for block in store.slow.profiles(*place, model.bin_set or 0, window, version=version or None, segment=segment):
            rows[block.key.hour_us] = rows.get(block.key.hour_us, 0) + block.rows
    else:
        rows = store.slow.traffic(*place, window)
    graded = store.slow.profiles(*place, card, window, version=version or None, segment=segment)
    hours = sorted({*rows, *(block.key.hour_us for block in graded)})
    number = {hour: place for place, hour in enumerate(hours)}
    of_block = np.array([number[block.key.hour_us] for block in graded], dtype=np.intp)
    vectors = _summed(grading.decode([block.payload for block in graded]), of_block, len(hours))
    return Hours(np.array(hours, dtype=np.int64), np.array([rows.get(hour, 0) for hour in hours], np.int64), vectors)


def _summed(vectors: Counts, of_row: NDArray[np.intp], places: int) -> Counts:
    """int64[places, width]: the sum of each place's rows. `np.add.at` says the same at twenty times the cost."""
    total = np.zeros((places, vectors.shape[1]), dtype=np.int64)
    if (np.diff(of_row) > 0).all():  # a row each
        total[of_row] = vectors
    else:
        order = np.argsort(of_row, kind="stable")
        found, starts = np.unique(of_row[order], return_index=True)
        total[found] = np.add.reduceat(vectors[order], starts, axis=0)
    return total


def learned_delays(hours: Hours, now_us: int) -> DelayCurve:
    """How long outcomes take, and how many come."""
    return DelayCurve.learned(delays(hours.vectors), hours.rows, now_us - hours.start_us - HOUR_US)


def graded_windows(hours: Hours, curve: DelayCurve, length_us: int, now_us: int) -> GradedWindows:
    """The hours put together into aligned windows."""
    starts, of_hour = np.unique(hours.start_us // length_us * length_us, return_inverse=True)
    rows, joined, expected = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64), np.zeros(len(starts))
    vectors = _summed(hours.vectors, of_hour, len(starts))
    np.add.at(rows, of_hour, hours.rows)
    np.add.at(joined, of_hour, delays(hours.vectors).sum(axis=1))
    np.add.at(expected, of_hour, hours.rows * curve.at(now_us - hours.start_us - HOUR_US // 2))
    mature = (expected > 0) & (expected >= ENOUGH * curve.final * rows)
    return GradedWindows(
        windows=tuple(Window(start, start + length_us) for start in starts.tolist()),
        rows=rows,
        joined=joined,
        expected=np.maximum(expected, joined),  # what has come was to be expected
        complete=mature & (joined >= ENOUGH * expected),
        vectors=counts(vectors),
    )


def reach_of(window: Window, length_us: int, now_us: int) -> tuple[Window, Window]:
    """Whole windows that touch `window`, and the time that delays are learned from."""
    whole = Window(window.start_us // length_us * length_us, -(-window.end_us // length_us) * length_us)
    return whole, Window(min(now_us - LEARNED_DAYS * DAY_US, whole.start_us), now_us)
