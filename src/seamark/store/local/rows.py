"""Row files and their manifest."""

# ruff: noqa: D102 - `protocol.py` says what each method does; only constants are put into SQL

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from seamark.clock import DAY_US
from seamark.errors import Conflict, Corrupt, Unavailable
from seamark.records.blocks import RowFile
from seamark.records.window import Window
from seamark.store import tables
from seamark.store.local import parquet
from seamark.store.local.database import Database
from seamark.store.local.joins import JoinFiles
from seamark.store.local.marks import Mark, read_mark, set_mark
from seamark.store.local.names import OWNER, Names
from seamark.store.protocol import JoinIndex, Keys

_LISTED = """SELECT f.id, f.kind, o.project, o.model, f.path, f.rows, f.size_bytes, f.first_time_us, f.last_time_us,
    f.last_seq, f.schema FROM row_files f JOIN owners o ON o.id = f.owner"""


class LocalRows:
    """`seamark.store.protocol.Rows`."""

    def __init__(self, root: Path, database: Database) -> None:
        self._root = root
        self._database = database
        self._joins = JoinFiles()

    def decode(self, payload: bytes) -> pa.Table:
        return tables.decode(payload)

    def write(
        self, kind: str, project: str, model: str, table: pa.Table, last_seq: int, index: JoinIndex | None = None
    ) -> list[RowFile]:
        schema = tables.schema_name(table.schema)
        days = list(tables.split_by_day(table))
        paths = [parquet.new_path(kind, project, model, day.day_us, last_seq) for day in days]
        written = parquet.write(
            [
                parquet.NewFile(self._root / path, day.rows.schema, [day.rows])
                for path, day in zip(paths, days, strict=True)
            ]
        )
        if index is not None:
            for path, day in zip(paths, days, strict=True):
                self._joins.make(self._root / path, index, [day.rows.select(index.needs(day.rows.column_names))])
        return [
            RowFile(
                0,
                kind,
                project,
                model,
                path,
                day.rows.num_rows,
                size_bytes,
                day.first_time_us,
                day.last_time_us,
                last_seq,
                schema,
            )
            for path, day, size_bytes in zip(paths, days, written, strict=True)
        ]

    def files(self, kind: str, project: str, model: str, window: Window | None = None) -> list[RowFile]:
        sql = f"{_LISTED} WHERE f.owner = {OWNER} AND f.kind = ?"
        parameters: tuple[object, ...] = (project, model, kind)
        if window is not None:
            sql += " AND f.first_time_us < ? AND f.last_time_us >= ?"
            parameters += (window.end_us, window.start_us)
        return [RowFile(*row) for row in self._database.query(f"{sql} ORDER BY f.first_time_us, f.id", parameters)]

    def scan(
        self, files: Sequence[RowFile], columns: Sequence[str] | None = None, window: Window | None = None
    ) -> Iterator[pa.Table]:
        for file in files:
            span = tables.span(file)
            if window is not None and not window.overlaps(span):
                continue
            cut = None if window is None or window.cover(span) == window else window
            try:
                yield from parquet.read(self._root / file.path, file.rows, columns, cut)
            except FileNotFoundError:
                raise self._missing(file) from None

    def find(self, files: Sequence[RowFile], index: JoinIndex, keys: Keys | None) -> Iterator[pa.Table]:
        for file in files if keys is None or len(keys) else ():
            path = self._root / file.path
            found = self._joins.find(path, file.rows, index, keys)
            if found is None:
                self._index(file, index)
                found = self._joins.find(path, file.rows, index, keys)
            if found is None:
                raise Unavailable(f"The join file of {file.path!r} was made and cannot be read; check the disk.")
            yield from found

    def compact(self, files: Sequence[RowFile], index: JoinIndex | None = None) -> list[RowFile]:
        tables.refuse_mixture(files)
        by_schema: dict[pa.Schema, list[RowFile]] = {}
        for file in files:
            by_schema.setdefault(self._schema(file), []).append(file)
        merged = [self._merge(schema, alike) for schema, alike in by_schema.items()]
        if index is not None:
            for file in merged:
                self._index(file, index)
        return merged

    def all_listed(self) -> list[RowFile]:
        return [RowFile(*row) for row in self._database.query(_LISTED)]

    def remove(self, paths: Sequence[str]) -> None:
        """Delete files that are no longer listed; one that resists is swept at the next start."""
        for path in paths:
            with suppress(OSError):
                (self._root / path).unlink()
            self._joins.forget(self._root / path)

    def forget_join(self, path: str) -> None:
        """Delete the join file of a row file; the next search makes it anew."""
        self._joins.forget(self._root / path)

    def _index(self, file: RowFile, index: JoinIndex) -> None:
        columns = index.needs(self._schema(file).names)
        self._joins.make(self._root / file.path, index, self.scan([file], columns))

    def _merge(self, schema: pa.Schema, files: Sequence[RowFile]) -> RowFile:
        first, last_seq = files[0], max(file.last_seq for file in files)
        day_us = first.first_time_us // DAY_US * DAY_US
        path = parquet.new_path(first.kind, first.project, first.model, day_us, last_seq)
        [size_bytes] = parquet.write([parquet.NewFile(self._root / path, schema, _gathered(self.scan(files)))])
        return RowFile(
            0,
            first.kind,
            first.project,
            first.model,
            path,
            sum(file.rows for file in files),
            size_bytes,
            min(file.first_time_us for file in files),
            max(file.last_time_us for file in files),
            last_seq,
            tables.schema_name(schema),
        )

    def _schema(self, file: RowFile) -> pa.Schema:
        try:
            return parquet.schema(self._root / file.path)
        except FileNotFoundError:
            raise self._missing(file) from None

    def _missing(self, file: RowFile) -> Corrupt | Unavailable:
        if self._database.query("SELECT 1 FROM row_files WHERE path = ?", (file.path,)):
            return Corrupt(f"The row file {file.path!r} is listed in the manifest but is not on the disk.")
        return Unavailable(f"The row file {file.path!r} has been merged or dropped since it was listed; ask again.")


def list_files(connection: sqlite3.Connection, names: Names, root: Path, files: Sequence[RowFile]) -> None:
    """Add files to the manifest. Raises Conflict for one that was never written."""
    last = read_mark(connection, Mark.ROW_FILE)
    for number, file in enumerate(files, start=last + 1):
        if not (root / file.path).is_file():
            raise Conflict(f"The row file {file.path!r} was never written, so it cannot be listed.")
        owner, span = names.owner(file.project, file.model), (file.first_time_us, file.last_time_us)
        connection.execute(
            "INSERT INTO row_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, file.kind, owner, file.path, file.rows, file.size_bytes, *span, file.last_seq, file.schema),
        )
    set_mark(connection, Mark.ROW_FILE, last + len(files))


def unlist_files(connection: sqlite3.Connection, ids: Sequence[int]) -> list[str]:
    """Take files off the manifest; returns their paths. Raises Conflict for one that is not on it."""
    paths: list[str] = []
    for id_ in ids:
        found = connection.execute("DELETE FROM row_files WHERE id = ? RETURNING path", (id_,)).fetchall()
        if not found:
            raise Conflict(f"Row file {id_} is not listed, so it cannot be dropped.")
        paths.append(found[0][0])
    return paths


def _gathered(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of a row group's size: many small files must not become many small groups."""
    held: list[pa.Table] = []
    rows = 0
    for piece in pieces:
        held.append(piece)
        rows += piece.num_rows
        if rows >= parquet.ROW_GROUP_ROWS:
            yield pa.concat_tables(held)
            held, rows = [], 0
    if held:
        yield pa.concat_tables(held)
