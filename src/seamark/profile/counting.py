"""Rows into profiles: the counting kernel applied to tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.clock import HOUR_US
from seamark.profile.bins import BinSets
from seamark.profile.conform import flat, is_list, numbers, texts
from seamark.profile.describing import described_table
from seamark.profile.duplicates import times_us
from seamark.profile.scores import confidence
from seamark.profile.segments import Segments
from seamark.records import rows as columns
from seamark.records.blocks import ProfileBlock, ProfileKey
from seamark.records.model import Model
from seamark.records.signals import Kind, Role
from seamark.records.window import Window
from seamark.stats.binning import CategoricalBins
from seamark.stats.counter import Counter, Groups
from seamark.stats.hashing import hash_strings
from seamark.stats.profile import BinSet, Profile, totals_size

Hour = tuple[str, str, int]  # segment, version, hour_us

_ALL_TRAFFIC: Final = Segments()
_LARGEST_PART: Final = 64 << 20  # bytes of profiles that are counted at once


@dataclass(frozen=True, slots=True)
class _Given:
    """The columns of a table by name: a table itself takes longer to find one than to count a small batch of it."""

    rows: int
    columns: Mapping[str, pa.ChunkedArray]

    def column(self, name: str) -> pa.ChunkedArray | pa.Array:
        """Nulls where the table has none of this name."""
        found = self.columns.get(name)
        return pa.nulls(self.rows) if found is None else found

    def mistyped(self, name: str) -> NDArray[np.bool_] | None:
        """Rows whose value the door could not read as the type of the rest of its batch."""
        marked = self.columns.get(columns.MISTYPED + name.removeprefix(columns.FEATURE))
        if marked is None or not name.startswith(columns.FEATURE):
            return None
        return np.asarray(marked.is_valid().to_numpy(), dtype=np.bool_)


def count_all(table: pa.Table, bin_set: BinSet) -> Profile:
    """One profile of the whole table."""
    counter = Counter(bin_set, weights=_weights(table))
    _count(table, bin_set, counter)
    return counter.profile()


def count_by_hour(table: pa.Table, bin_set: BinSet, segments: Segments = _ALL_TRAFFIC) -> dict[Hour, Profile]:
    """One profile for each version and hour that occur in the table, and for each segment, version and hour."""
    hours, hour_of = hours_of(table)
    places = list(segments.of_rows(table)) or [np.full(table.num_rows, -1)]
    # The first dimension's segments and the rows without a value in it are together all the rows, which therefore
    # need no counting of their own: they are the sums.
    rows = [np.arange(table.num_rows), *(np.flatnonzero(place >= 0) for place in places[1:])]
    group = [(place[chosen] + 1) * len(hours) + hour_of[chosen] for place, chosen in zip(places, rows, strict=True)]
    groups = Groups.of(np.concatenate(group), len(hours) * (1 + len(segments.names)), np.concatenate(rows))
    counter = Counter(bin_set, groups, weights=_weights(table))
    _count(table, bin_set, counter)
    profiles, summands = counter.profiles(), np.flatnonzero(np.bincount(group[0]))
    found = {}
    for number, (version, hour_us) in enumerate(hours):
        of_hour = summands[summands % len(hours) == number]
        found["", version, hour_us] = Profile.total([profiles[each] for each in of_hour.tolist()])
        for name, profile in zip(segments.names, profiles[len(hours) + number :: len(hours)], strict=True):
            if profile.rows:
                found[name, version, hour_us] = profile
    return found


def grown_blocks(bin_sets: BinSets, model: Model, id: int, table: pa.Table, segments: Segments) -> list[ProfileBlock]:
    """The blocks to store under the bin set `id`: what is stored already, plus the rows of `table`."""
    bin_set = bin_sets.get(model.project, model.name, id)
    blocks: list[ProfileBlock] = []
    for part in _parts(table, totals_size(bin_set) * (1 + len(segments.names))):
        by_segment: dict[str, dict[Hour, Profile]] = {}
        for hour, profile in count_by_hour(part, bin_set, segments).items():
            by_segment.setdefault(hour[0], {})[hour] = profile
        for segment, counted in by_segment.items():
            blocks += _grown(bin_sets, model, id, segment, counted)
    return blocks


def _grown(
    bin_sets: BinSets, model: Model, id: int, segment: str, counted: Mapping[Hour, Profile]
) -> Iterator[ProfileBlock]:
    hours = [hour_us for _, _, hour_us in counted]
    reach = Window(min(hours), max(hours) + HOUR_US)
    stored = bin_sets.slow.profiles(model.project, model.name, id, reach, segment=segment)
    payloads = {(segment, block.key.version, block.key.hour_us): block.payload for block in stored}
    for hour, profile in counted.items():
        before = payloads.get(hour)
        whole = profile if before is None else Profile.from_bytes(before, profile.bin_set) + profile
        _, version, hour_us = hour
        key = ProfileKey(model.project, model.name, id, version, segment, hour_us)
        yield ProfileBlock(key, whole.rows, whole.to_bytes())


def _parts(table: pa.Table, numbers_an_hour: int) -> Iterator[pa.Table]:
    """The table, or, where its profiles would be too large for the memory, some of its hours at a time."""
    hours = times_us(table) // HOUR_US
    distinct = np.unique(hours)
    at_once = max(1, _LARGEST_PART // (8 * numbers_an_hour * len(table[columns.VERSION].unique())))
    if len(distinct) <= at_once:
        yield table
        return
    for first in range(0, len(distinct), at_once):
        chosen = distinct[first : first + at_once]
        yield table.filter(pa.array((hours >= chosen[0]) & (hours <= chosen[-1])))


def hours_of(table: pa.Table) -> tuple[list[tuple[str, int]], NDArray[np.int64]]:
    """The versions and hours that occur in a table, and the place in that list of each row."""
    encoded = flat(table[columns.VERSION]).dictionary_encode()
    versions = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    hours = times_us(table) // HOUR_US
    span = int(hours.max()) + 1
    cells, cell = np.unique(versions * span + hours, return_inverse=True)
    named = encoded.dictionary.to_pylist()
    return [(named[each // span], each % span * HOUR_US) for each in cells.tolist()], cell


def _count(table: pa.Table, bin_set: BinSet, counter: Counter) -> None:
    counter.add_rows(table.num_rows)
    table = described_table(table, bin_set.described)
    derived, given = (
        confidence(table),
        _Given(table.num_rows, dict(zip(table.column_names, table.columns, strict=True))),
    )
    indices: dict[int, NDArray[np.uint8] | NDArray[np.uint16]] = {}
    for position, signal in enumerate(bin_set.signals):
        if signal.role == Role.JOINT:
            continue
        if signal.role == Role.CONFIDENCE:
            counter.add_numeric(position, derived.get(signal.name, np.full(table.num_rows, np.nan)))
        elif signal.kind == Kind.NUMERIC:
            indices[position] = _numeric(given, counter, position, signal.name, signal.group or signal.name)
        else:
            indices[position] = _categories(given, counter, position, signal.name, signal.bins)
    if bin_set.joint is not None:
        counter.add_joint([indices[position] for position in bin_set.joint.signals.tolist()])


def _numeric(
    given: _Given, counter: Counter, position: int, name: str, feature: str
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    read = numbers(given.column(name))
    mistyped = _either(read.mistyped, given.mistyped(feature))
    return counter.add_numeric(position, read.values, mistyped=mistyped)


def _categories(
    given: _Given, counter: Counter, position: int, name: str, bins: object
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    assert isinstance(bins, CategoricalBins)  # noqa: S101 a bin set's kind and bins agree by construction
    column = given.column(name)
    nested = column.is_valid().to_numpy() if is_list(column.type) else None
    mistyped = _either(nested, given.mistyped(name))
    return counter.add_categories(position, category_index(column, bins), mistyped=mistyped)


def category_index(column: pa.ChunkedArray | pa.Array, bins: CategoricalBins) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The bin of each row of a categorical column, `bins.count` where it is null."""
    read = texts(column)
    index = bins.index_hashes(hash_strings(read.offsets, read.data))
    if read.missing is not None:
        index = index.copy()
        index[read.missing] = bins.count
    return index


def _either(one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    if one is None or other is None:
        return other if one is None else one
    return one | other


def _weights(table: pa.Table) -> NDArray[np.float64] | None:
    """None where every row counts once."""
    if columns.WEIGHT not in table.column_names:
        return None
    weights = numbers(table[columns.WEIGHT]).values
    return np.where(np.isnan(weights), 1.0, weights)
