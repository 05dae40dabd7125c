"""What CSV and JSON lines share: DuckDB reads every value as text, and we try each as the column's reading.

DuckDB's own reading would stop at the first value that does not fit the type it guessed from the first
rows; a broken value is the very thing to report, so it is counted as mistyped instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
from arro3.core import RecordBatch

from seamark.compare.arrow_buffers import ArrowBuffers
from seamark.compare.arrow_columns import read_batch
from seamark.compare.chunks import SLICE_ROWS, Chunk, Column, Mask, Numbers, Reading
from seamark.errors import InvalidInput

_SAMPLE_ROWS: Final = 20_480
_MOSTLY: Final = 0.8  # of the sampled values must be numbers for a column of mixed values to be read as numbers
_NUMBERS: Final = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN")
_TIMES: Final = ("DATE", "TIMESTAMP")
_FIRST_BYTES: Final = 1 << 18
_COMPRESSED: Final = (".gz", ".zst")
_MEMORY: Final = "256MB"


@dataclass(frozen=True, slots=True)
class TextTable:
    """How DuckDB reads one file: table function calls with `$name` parameters."""

    path: Path
    texts: str  # every column as text
    guessed: str  # every column in the type DuckDB guesses from the first rows
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TextFileSource:
    """A text file, streamed."""

    name: str
    table: TextTable
    columns: tuple[Column, ...]
    expected_rows: int | None = None
    rows: None = None
    rereads: bool = True

    @property
    def group_columns(self) -> int:
        """All: a text file has to be parsed whole anyway."""
        return max(len(self.columns), 1)

    def read(self, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
        """Slices of the columns; whatever cannot be read as its column's reading is mistyped."""
        wanted = ", ".join(
            f"{_cast(column)} AS v{at}, {_quoted(column.name)} IS NOT NULL AS h{at}"
            for at, column in enumerate(columns)
        )
        with _input_errors(self.table.path), _connect() as connection:
            query = f"SELECT {wanted} FROM {self.table.texts}"  # noqa: S608  # names are quoted, values are parameters
            relation = connection.sql(query, params=dict(self.table.parameters))
            for batch in relation.to_arrow_reader(SLICE_ROWS):
                yield from _split(RecordBatch.from_arrow(batch), columns)


def open_text_file(table: TextTable) -> TextFileSource:
    """Guess the columns from the first rows; raises InvalidInput when they cannot be read at all."""
    with _input_errors(table.path), _connect() as connection:
        guess = connection.sql(f"SELECT * FROM {table.guessed}", params=dict(table.parameters))  # noqa: S608  # ours
        columns = [_column(name, str(type_)) for name, type_ in zip(guess.columns, guess.types, strict=True)]
        unsure = [column for column in columns if column.reading is Reading.TEXT]
        if unsure:
            shares = ", ".join(f"avg((TRY_CAST({_quoted(c.name)} AS DOUBLE) IS NOT NULL)::INT)" for c in unsure)
            present = ", ".join(f"count({_quoted(c.name)})" for c in unsure)
            sample = f"(SELECT * FROM {table.texts} LIMIT {_SAMPLE_ROWS})"  # noqa: S608  # as above
            query = f"SELECT {shares}, {present}, count(*) FROM {sample}"  # noqa: S608  # names are quoted
            row = connection.sql(query, params=dict(table.parameters)).fetchall()[0]
            mixed = _mostly_numbers(unsure, row)
            columns = [replace(c, reading=Reading.NUMBER, type="mixed") if c.name in mixed else c for c in columns]
    return TextFileSource(table.path.name, table, tuple(columns), _expected_rows(table.path))


def _expected_rows(path: Path) -> int | None:
    """About how many lines the file has, from the length of its first ones."""
    if path.suffix in _COMPRESSED:
        return None
    with path.open("rb") as file:
        start = file.read(_FIRST_BYTES)
    return path.stat().st_size * max(start.count(b"\n"), 1) // max(len(start), 1)


def _mostly_numbers(columns: Sequence[Column], row: Sequence[float | None]) -> set[str]:
    """The columns most of whose present values are numbers."""
    rows = row[-1] or 0
    shares, present = row[: len(columns)], row[len(columns) : -1]
    return {
        column.name
        for column, share, count in zip(columns, shares, present, strict=True)
        if count and (share or 0) * rows >= _MOSTLY * count
    }


def _column(name: str, type_: str) -> Column:
    if type_.endswith("[]") or type_.startswith(("STRUCT", "MAP", "UNION")):
        return Column(
            name, Reading.UNREADABLE, type_, reason=f"values of the type {type_} have no distribution to compare"
        )
    if type_ == '"NULL"':
        return Column(name, Reading.NOTHING, "nothing")
    if any(number in type_ for number in _NUMBERS):
        return Column(name, Reading.NUMBER, type_, boolean=type_ == "BOOLEAN")
    return Column(name, Reading.TIME if type_.startswith(_TIMES) else Reading.TEXT, type_)


def _cast(column: Column) -> str:
    name = _quoted(column.name)
    if column.reading is Reading.TIME:
        return f"epoch(TRY_CAST({name} AS TIMESTAMPTZ))"
    if column.reading is Reading.TEXT:
        return name
    return f"coalesce(TRY_CAST({name} AS DOUBLE), TRY_CAST(TRY_CAST({name} AS BOOLEAN) AS DOUBLE))"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY})
    connection.execute("SET TimeZone = 'UTC'")  # what a time without an offset is taken for
    return connection


def _split(batch: RecordBatch, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
    """Value and presence columns of a batch to chunks: present but not readable is mistyped."""
    names = [Column(f"v{at}", column.reading, "") for at, column in enumerate(columns)]
    held = [ArrowBuffers.of(batch.column(2 * at + 1)).bits(1) for at in range(len(columns))]
    start = 0
    for chunks in read_batch(batch, names):
        stop = start + SLICE_ROWS
        yield tuple(
            replace(chunk, mistyped=_unread(chunk, present[start:stop])) if isinstance(chunk, Numbers) else chunk
            for chunk, present in zip(chunks, held, strict=True)
        )
        start = stop


def _unread(chunk: Numbers, present: Mask) -> int:
    """Rows that hold something, but no number."""
    return 0 if chunk.valid is None else int(np.count_nonzero(present & ~chunk.valid))


@contextmanager
def _input_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise InvalidInput(f"{str(path)!r} cannot be read: {reason}", value=str(path)) from error
