"""Tells rows that were stored before from new ones, whenever they come again.

A row is known by (version, id) and its time. Its 64-bit key decides quickly; a hit is confirmed
against the stored rows, so two keys that happen to agree never cost a row. Keys are kept per model
and hour of prediction time, read back from the row files when an hour is asked for the first time,
and forgotten, least recently used first, beyond `limit` keys.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seamark.clock import HOUR_US
from seamark.errors import Corrupt
from seamark.profile.conform import texts
from seamark.records import rows as columns
from seamark.records.blocks import RowFile
from seamark.records.window import Window
from seamark.stats.hashing import hash_strings
from seamark.store.protocol import Rows

_LOG = logging.getLogger("seamark.profile")
_IDENTITY = (columns.ID, columns.VERSION, columns.TIME)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_TIME_MIX = np.uint64(0xD6E8FEB86659FD93)
_MAX_RUNS = 8  # sorted runs of an hour before they are merged into one

Hour = tuple[str, str, int]  # project, model, hour_us


def row_keys(table: pa.Table) -> NDArray[np.uint64]:
    """uint64[N]: a hash of (id, version, time) per row."""
    id_texts, version_texts = texts(table[columns.ID]), texts(table[columns.VERSION])
    ids = hash_strings(id_texts.offsets, id_texts.data)
    versions = hash_strings(version_texts.offsets, version_texts.data)
    keys: NDArray[np.uint64] = ids ^ (versions * _MIX) ^ (times_us(table).astype(np.uint64) * _TIME_MIX)
    return keys


def times_us(table: pa.Table) -> NDArray[np.int64]:
    """int64[N]: the rows' times in microseconds."""
    return np.asarray(pc.cast(table[columns.TIME], pa.int64()).to_numpy(), dtype=np.int64)


class SeenRows:
    """The keys of stored predictions, by hour. One thread, the slow lane, owns it."""

    def __init__(self, rows: Rows, limit: int = 20_000_000) -> None:
        self._rows = rows
        self._limit = limit
        self._kept = 0
        self._hours: OrderedDict[Hour, list[NDArray[np.uint64]]] = OrderedDict()

    def new(self, project: str, model: str, table: pa.Table) -> NDArray[np.bool_]:
        """bool[N]: the rows neither stored before nor repeated earlier in `table`.

        Does not remember them: call `remember` once they are committed.
        """
        keys = row_keys(table)
        fresh = np.zeros(len(keys), dtype=np.bool_)
        _, first = np.unique(keys, return_index=True)
        fresh[first] = True
        repeated = np.flatnonzero(~fresh)
        if len(repeated):
            originals = first[np.isin(keys[first], keys[repeated])]
            fresh[repeated] = self._differ(table, repeated, table.take(originals))
        times = times_us(table)
        reach = Window(int(times.min()) // HOUR_US * HOUR_US, int(times.max()) + 1)
        files = self._rows.files("predictions", project, model, reach)
        for hour_us, indices in _by_hour(times):
            runs = self._runs((project, model, hour_us), files)
            hits = indices[_among(keys[indices], runs) & fresh[indices]]
            if len(hits):
                fresh[hits] = self._differ(table, hits, self._stored(hour_us, files))
        return fresh

    def remember(self, project: str, model: str, table: pa.Table) -> None:
        """Keep the keys of rows that were just committed."""
        keys = row_keys(table)
        for hour_us, indices in _by_hour(times_us(table)):
            runs = self._hours.get((project, model, hour_us))
            if runs is not None:
                runs.append(np.sort(keys[indices]))
                self._kept += len(indices)
                if len(runs) > _MAX_RUNS:
                    runs[:] = [np.sort(np.concatenate(runs))]
        self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        while self._kept > self._limit and len(self._hours) > 1:
            _, dropped = self._hours.popitem(last=False)
            self._kept -= sum(map(len, dropped))

    def _runs(self, hour: Hour, files: Sequence[RowFile]) -> list[NDArray[np.uint64]]:
        if hour in self._hours:
            self._hours.move_to_end(hour)
            return self._hours[hour]
        stored = self._stored(hour[2], files)
        runs = [np.sort(row_keys(stored))] if stored.num_rows else []
        self._hours[hour] = runs
        self._kept += stored.num_rows
        self._forget_the_oldest()
        return runs

    def _stored(self, hour_us: int, files: Sequence[RowFile]) -> pa.Table:
        """The identities stored of an hour, as far as its files can be read."""
        window = Window(hour_us, hour_us + HOUR_US)
        parts: list[pa.Table] = []
        for file in files:
            if file.first_time_us < window.end_us and file.last_time_us >= window.start_us:
                try:
                    parts += [part.select(_IDENTITY) for part in self._rows.scan([file], _IDENTITY, window)]
                except Corrupt as damage:
                    # New rows are worth more than certainty about old ones; `seamark doctor` names the file too.
                    _LOG.error("Rows sent again are not recognised: %s", damage.message)
        return pa.concat_tables(parts, promote_options="permissive") if parts else _NOTHING

    @staticmethod
    def _differ(table: pa.Table, hits: NDArray[np.int64], others: pa.Table) -> NDArray[np.bool_]:
        """bool[len(hits)]: rows whose identity is truly not among `others`, despite the equal key."""
        known = set(_identities(others))
        return np.fromiter((row not in known for row in _identities(table.take(hits))), np.bool_, len(hits))


_NOTHING = pa.table(
    {
        columns.ID: pa.array([], pa.string()),
        columns.VERSION: pa.array([], pa.string()),
        columns.TIME: pa.array([], pa.timestamp("us", "UTC")),
    }
)


def _identities(table: pa.Table) -> Iterator[tuple[str, str, int]]:
    ids, versions = table[columns.ID].to_pylist(), table[columns.VERSION].to_pylist()
    return zip(ids, versions, times_us(table).tolist(), strict=True)


def _by_hour(times: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """(hour_us, indices of its rows), by hour."""
    hours = times // HOUR_US * HOUR_US
    order = np.argsort(hours, kind="stable")
    present, starts = np.unique(hours[order], return_index=True)
    return zip(present.tolist(), np.split(order, starts[1:]), strict=True)


def _among(keys: NDArray[np.uint64], runs: list[NDArray[np.uint64]]) -> NDArray[np.bool_]:
    found = np.zeros(len(keys), dtype=np.bool_)
    for run in runs:
        at = np.searchsorted(run, keys)
        found |= run[np.minimum(at, len(run) - 1)] == keys
    return found
