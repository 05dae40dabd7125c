"""Rows into profiles: the counting kernel applied to tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.clock import HOUR_US
from seamark.profile.conform import numbers, texts
from seamark.profile.duplicates import times_us
from seamark.profile.scores import confidence
from seamark.records import rows as columns
from seamark.records.blocks import ProfileBlock, ProfileKey
from seamark.records.signals import Kind, Role
from seamark.records.window import Window
from seamark.stats.binning import CategoricalBins
from seamark.stats.counter import Counter
from seamark.stats.hashing import hash_strings
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Slow

HourOfVersion = tuple[str, int]  # version, hour_us


@dataclass(frozen=True, slots=True)
class _Rows:
    """A table on its way into a counter: each row's group and weight."""

    table: pa.Table
    group: NDArray[np.int64]
    weights: NDArray[np.float64] | None


def count_all(table: pa.Table, bin_set: BinSet) -> Profile:
    """One profile of the whole table."""
    weights = _weights(table)
    counter = Counter(bin_set, 1, weighted=weights is not None)
    _count(_Rows(table, np.zeros(table.num_rows, dtype=np.int64), weights), bin_set, counter)
    return counter.profile()


def count_by_hour(table: pa.Table, bin_set: BinSet) -> dict[HourOfVersion, Profile]:
    """One profile for each version and hour that occur in the table."""
    encoded = table[columns.VERSION].combine_chunks().dictionary_encode()
    versions = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    hours = times_us(table) // HOUR_US
    span = int(hours.max()) + 1
    cells, group = np.unique(versions * span + hours, return_inverse=True)
    weights = _weights(table)
    counter = Counter(bin_set, len(cells), weighted=weights is not None)
    _count(_Rows(table, group.astype(np.int64), weights), bin_set, counter)
    names = encoded.dictionary.to_pylist()
    keys = [(names[cell // span], cell % span * HOUR_US) for cell in cells.tolist()]
    return dict(zip(keys, counter.profiles(), strict=True))


def grown_blocks(
    slow: Slow, project: str, model: str, bin_set_id: int, counted: Mapping[HourOfVersion, Profile]
) -> list[ProfileBlock]:
    """The blocks to store: what is stored under each key, plus what was counted."""
    if not counted:
        return []
    hours = [hour for _, hour in counted]
    reach = Window(min(hours), max(hours) + HOUR_US)
    stored = {
        (block.key.version, block.key.hour_us): block
        for block in slow.profiles(project, model, bin_set_id, reach)
        if (block.key.version, block.key.hour_us) in counted
    }
    blocks = []
    for (version, hour), profile in counted.items():
        before = stored.get((version, hour))
        whole = profile if before is None else Profile.from_bytes(before.payload, profile.bin_set) + profile
        key = ProfileKey(project, model, bin_set_id, version, "", hour)
        blocks.append(ProfileBlock(key, whole.rows, whole.to_bytes()))
    return blocks


def _count(rows: _Rows, bin_set: BinSet, counter: Counter) -> None:
    counter.add_rows(rows.group)
    derived = confidence(rows.table)
    indices: dict[int, NDArray[np.uint8] | NDArray[np.uint16]] = {}
    for position, signal in enumerate(bin_set.signals):
        if signal.role == Role.JOINT:
            continue
        if signal.role == Role.CONFIDENCE:
            values = derived.get(signal.name, np.full(rows.table.num_rows, np.nan))
            counter.add_numeric(position, values, group=rows.group, weights=rows.weights)
        elif signal.kind == Kind.NUMERIC:
            indices[position] = _numeric(rows, counter, position, signal.name)
        else:
            indices[position] = _categories(rows, counter, position, signal.name, signal.bins)
    if bin_set.joint is not None:
        chosen = [indices[position] for position in bin_set.joint.signals.tolist()]
        counter.add_joint(chosen, group=rows.group, weights=rows.weights)


def _numeric(rows: _Rows, counter: Counter, position: int, name: str) -> NDArray[np.uint8] | NDArray[np.uint16]:
    read = numbers(_column(rows.table, name))
    mistyped = _either(read.mistyped, _marked_mistyped(rows.table, name))
    return counter.add_numeric(position, read.values, group=rows.group, weights=rows.weights, mistyped=mistyped)


def _categories(
    rows: _Rows, counter: Counter, position: int, name: str, bins: object
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    assert isinstance(bins, CategoricalBins)  # noqa: S101 a bin set's kind and bins agree by construction
    index = category_index(_column(rows.table, name), bins)
    mistyped = _marked_mistyped(rows.table, name)
    return counter.add_categories(position, index, group=rows.group, weights=rows.weights, mistyped=mistyped)


def category_index(column: pa.ChunkedArray | pa.Array, bins: CategoricalBins) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The bin of each row of a categorical column, `bins.count` where it is null."""
    read = texts(column)
    index = bins.index_hashes(hash_strings(read.offsets, read.data))
    if read.missing is not None:
        index = index.copy()
        index[read.missing] = bins.count
    return index


def _column(table: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
    return table[name] if name in table.column_names else pa.nulls(table.num_rows)


def _marked_mistyped(table: pa.Table, name: str) -> NDArray[np.bool_] | None:
    """Rows whose value the door could not read as the type of the rest of its batch."""
    marked = columns.MISTYPED + name.removeprefix(columns.FEATURE)
    if not name.startswith(columns.FEATURE) or marked not in table.column_names:
        return None
    return np.asarray(table[marked].is_valid().to_numpy(), dtype=np.bool_)


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
