"""Row "files" as tables in memory."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from seamark.errors import Corrupt, Unavailable
from seamark.records.blocks import RowFile
from seamark.records.window import Window
from seamark.store import tables
from seamark.store.memory.state import State
from seamark.store.protocol import KEY, SCAN_ROWS, JoinIndex, Keys


class MemoryRows:
    """`seamark.store.protocol.Rows`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def decode(self, payload: bytes) -> pa.Table:
        return tables.decode(payload)

    def write(
        self, kind: str, project: str, model: str, table: pa.Table, last_seq: int, index: JoinIndex | None = None
    ) -> list[RowFile]:
        del index  # `find` looks at the rows
        owner = (kind, project, model)
        return [self._keep(*owner, day.rows, last_seq) for day in tables.split_by_day(table)]

    def files(self, kind: str, project: str, model: str, window: Window | None = None) -> list[RowFile]:
        with self._state:
            owned = [
                file
                for file in self._state.files.values()
                if (file.kind, file.project, file.model) == (kind, project, model)
                and (window is None or window.overlaps(tables.span(file)))
            ]
            return sorted(owned, key=lambda file: (file.first_time_us, file.id))

    def scan(
        self, files: Sequence[RowFile], columns: Sequence[str] | None = None, window: Window | None = None
    ) -> Iterator[pa.Table]:
        for file in files:
            table = self._table(file)
            inside = table if window is None else tables.within(table, window)
            wanted = tables.present(table.column_names, columns)
            for start in range(0, inside.num_rows, SCAN_ROWS):
                yield inside.slice(start, SCAN_ROWS).select(wanted)

    def find(self, files: Sequence[RowFile], index: JoinIndex, keys: Keys | None) -> Iterator[pa.Table]:
        for file in files:
            table = self._table(file)
            kept = index.made(table.select(index.needs(table.column_names)))
            found = kept if keys is None else kept.filter(pa.array(np.isin(kept.column(KEY).to_numpy(), keys)))
            if found.num_rows:
                yield found.take(np.argsort(found.column(KEY).to_numpy(), kind="stable"))

    def compact(self, files: Sequence[RowFile], index: JoinIndex | None = None) -> list[RowFile]:
        del index
        tables.refuse_mixture(files)
        by_schema: dict[pa.Schema, list[pa.Table]] = {}
        for file in files:
            table = self._table(file)
            by_schema.setdefault(table.schema, []).append(table)
        owner, last_seq = (files[0].kind, files[0].project, files[0].model), max(file.last_seq for file in files)
        return [self._keep(*owner, pa.concat_tables(alike), last_seq) for alike in by_schema.values()]

    def _keep(self, kind: str, project: str, model: str, table: pa.Table, last_seq: int) -> RowFile:
        with self._state:
            self._state.tables_written += 1
            path = f"table {self._state.tables_written}"
            self._state.tables[path] = table.replace_schema_metadata()
            times = tables.times_us(table)
            schema = tables.schema_name(table.schema)
            span = (int(times.min()), int(times.max()))
            return RowFile(0, kind, project, model, path, table.num_rows, table.nbytes, *span, last_seq, schema)

    def _table(self, file: RowFile) -> pa.Table:
        with self._state:
            if file.path in self._state.tables:
                return self._state.tables[file.path]
            if any(listed.path == file.path for listed in self._state.files.values()):
                raise Corrupt(f"The row file {file.path!r} is listed in the manifest but does not exist.")
            raise Unavailable(f"The row file {file.path!r} has been merged or dropped since it was listed; ask again.")
