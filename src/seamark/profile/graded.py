"""The blocks of a scorecard: what joined predictions add to the hour they were made in, and what corrections take back.

A block (`stats.grading`) stands under the scorecard's id where a profile would stand under its bin set's, for each
version, hour and segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.clock import HOUR_US
from seamark.profile.counting import hours_of
from seamark.profile.duplicates import times_us
from seamark.profile.grading import as_joined
from seamark.profile.outcomes import FIRST_KNOWN
from seamark.profile.segments import Segments
from seamark.records.blocks import ProfileBlock, ProfileKey
from seamark.records.model import Model, StoredScorecard
from seamark.records.window import Window
from seamark.stats.delays import bucket
from seamark.stats.grading import Grading, counts, delays
from seamark.store.protocol import Slow

_AT_ONCE: Final = 4 << 20  # numbers of vectors that are made at once: 32 MB

Counts = NDArray[np.int64]
Place = tuple[str, str, int]  # segment, version, hour_us


@dataclass(frozen=True, slots=True)
class Gradings:
    """A store's scorecards, read once. The slow lane's memory: disposable."""

    slow: Slow
    _known: dict[int, Grading] = field(default_factory=dict)

    def get(self, stored: StoredScorecard) -> Grading:
        """How it grades."""
        found = self._known.get(stored.id)
        if found is None:
            found = self._known[stored.id] = Grading.from_bytes(stored.payload)
        return found

    def live(self, model: Model) -> list[StoredScorecard]:
        """Those that count in the model's present segments: the active one, and one that is being counted."""
        if model.outcomes is None:
            return []
        stored = self.slow.scorecards(model.project, model.name)
        fits = [each for each in stored if each.bin_set == model.bin_set]
        newest = fits[-1].id if fits else 0
        return [each for each in fits if each.id in (model.scorecard, newest)]

    def newest(self, model: Model) -> list[Grading]:
        """The active one and the newest, also where the model's segments or bins are others by now."""
        if model.outcomes is None:
            return []
        stored = self.slow.scorecards(model.project, model.name)
        return [self.get(each) for each in stored if each.id in (model.scorecard, stored[-1].id)]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What to add to the blocks of one scorecard: int64[places, delays + card] in parts, by place."""

    places: tuple[Place, ...]
    vectors: Counts


def changes(grading: Grading, segments: Segments, now: pa.Table, before: pa.Table | None = None) -> Iterator[Change]:
    """What `now` adds, less what `before` had added: both predictions as `outcomes.joined` made them.

    In parts with different places, so that the memory is bounded.
    """
    tables = [(now, 1)] if before is None or not before.num_rows else [(now, 1), (before, -1)]
    rows = [_Rows(table, segments, sign) for table, sign in tables if table.num_rows]
    found = sorted({place for each in rows for place in each.places})
    most = max(1, _AT_ONCE // grading.width)
    for first in range(0, len(found), most):
        part = tuple(found[first : first + most])
        number = {place: position for position, place in enumerate(part)}
        vectors = np.zeros((len(part), grading.width), dtype=np.int64)
        for each in rows:
            each.count(grading, number, vectors)
        yield Change(part, vectors)


class _Rows:
    """Joined rows, each in its groups: all traffic, and its segment of each dimension."""

    def __init__(self, table: pa.Table, segments: Segments, sign: int) -> None:
        self._table, self._sign = table, sign
        hours, hour_of = hours_of(table)
        dimensions = [np.full(table.num_rows, -1), *segments.of_rows(table)]
        rows = [np.arange(table.num_rows), *(np.flatnonzero(place >= 0) for place in dimensions[1:])]
        segment = np.concatenate([place[chosen] for place, chosen in zip(dimensions, rows, strict=True)])
        self._row = np.concatenate(rows)
        distinct, self._group = np.unique((segment + 1) * len(hours) + hour_of[self._row], return_inverse=True)
        names = ("", *segments.names)
        self.places: list[Place] = [
            (names[each // len(hours)], *hours[each % len(hours)]) for each in distinct.tolist()
        ]

    def count(self, grading: Grading, number: Mapping[Place, int], vectors: Counts) -> None:
        """Add those of the places that have a number to their vectors."""
        of_place = np.array([number.get(place, -1) for place in self.places])
        group = of_place[self._group]
        inside = np.flatnonzero(group >= 0)
        if not len(inside):
            return
        table, group = self._table.take(self._row[inside]), group[inside]
        joined = as_joined(table, grading)
        counts(vectors)[:] += self._sign * grading.card.count_groups(joined, group, len(vectors))
        delay = table[FIRST_KNOWN].to_numpy() - times_us(table)
        np.add.at(delays(vectors), (group, bucket(delay)), self._sign)


def changed_blocks(
    slow: Slow,
    pending: Mapping[ProfileKey, ProfileBlock],
    model: Model,
    stored: StoredScorecard,
    grading: Grading,
    change: Change,
) -> list[ProfileBlock]:
    """The blocks to store: what the same step stores already (`pending`) or the store has, with a change added."""
    keys = [
        ProfileKey(model.project, model.name, stored.id, version, segment, hour_us)
        for segment, version, hour_us in change.places
    ]
    present = _present(slow, pending, keys)
    vectors = change.vectors
    known = [number for number, key in enumerate(keys) if key in present]
    payloads = [present[keys[number]].payload for number in known]
    vectors[known] += grading.decode(payloads)
    written = grading.encode(vectors)
    joined = delays(vectors).sum(axis=1).tolist()
    return [ProfileBlock(key, rows, payload) for key, rows, payload in zip(keys, joined, written, strict=True)]


def _present(
    slow: Slow, pending: Mapping[ProfileKey, ProfileBlock], keys: Sequence[ProfileKey]
) -> dict[ProfileKey, ProfileBlock]:
    found: dict[ProfileKey, ProfileBlock] = {}
    by_segment: dict[str, list[ProfileKey]] = {}
    for key in keys:
        by_segment.setdefault(key.segment, []).append(key)
    for segment, of_segment in by_segment.items():
        hours = [key.hour_us for key in of_segment]
        reach, first = Window(min(hours), max(hours) + HOUR_US), of_segment[0]
        blocks = slow.profiles(first.project, first.model, first.bin_set, reach, segment=segment)
        found |= {block.key: block for block in blocks}
    return found | {key: pending[key] for key in keys if key in pending}
