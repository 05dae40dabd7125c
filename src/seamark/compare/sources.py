"""Opens whatever holds a data set: frames, tables, relations, dicts, paths."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from arro3.core import RecordBatchReader, Schema, Table

from seamark.compare.arrow_columns import column_of, read_batch
from seamark.compare.chunks import Chunk, Column, Source, slices
from seamark.compare.pandas_columns import hold_arrow, hold_series
from seamark.compare.python_columns import HeldColumn, hold_array, hold_objects
from seamark.compare.readers import open_path
from seamark.errors import InvalidInput

_ACCEPTED: Final = (
    "a pandas or polars frame, a pyarrow table, batch or reader, a DuckDB relation, anything else with "
    "`__arrow_c_stream__`, a dict of columns, or the path of a Parquet, CSV or JSON-lines file"
)


def open_source(data: Any, *, once: bool = False) -> Source:
    """The source behind `data`; with `once` a stream may stay a stream that is read a single time.

    Raises InvalidInput for anything that is no data set, saying what would be one.
    """
    if isinstance(data, str | PathLike):
        return open_path(Path(data))
    if isinstance(data, Mapping):
        return _open_columns("dict", [_hold(str(name), values) for name, values in data.items()])
    if _is_of("pandas", "DataFrame", data):
        held = [hold_series(_flat_name(name), data.iloc[:, at]) for at, name in enumerate(data.columns)]
        return _open_columns("pandas frame", held)
    if _is_of("polars", "LazyFrame", data):
        data = data.collect()
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return _open_arrow(data, once=once)
    raise InvalidInput(
        f"An object of the type {type(data).__name__} is no data set that can be compared; give {_ACCEPTED}.",
        value=type(data).__name__,
        accepted=_ACCEPTED,
    )


@dataclass(frozen=True, slots=True)
class HeldSource:
    """Columns that lie in memory, each in its own array."""

    name: str
    columns: tuple[Column, ...]
    held: Mapping[str, HeldColumn]
    rows: int
    group_columns: int = 1
    rereads: bool = False

    @property
    def expected_rows(self) -> int:
        """Exactly."""
        return self.rows

    def read(self, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
        """Slices of the columns; what a column needs for itself is made now and dropped afterwards."""
        slicers = [self.held[column.name].open() for column in columns]
        for start, stop in slices(self.rows):
            yield tuple(slicer(start, stop) for slicer in slicers)


@dataclass(frozen=True, slots=True)
class ArrowSource:
    """An Arrow table in memory."""

    name: str
    columns: tuple[Column, ...]
    table: Table
    group_columns: int = 1
    rereads: bool = False

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return self.table.num_rows

    @property
    def expected_rows(self) -> int:
        """Exactly."""
        return self.rows

    def read(self, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
        """Slices of the columns, cut where any of their chunks ends."""
        for batch in self.table.select([column.name for column in columns]).to_batches():
            yield from read_batch(batch, columns)


@dataclass(frozen=True, slots=True)
class StreamSource:
    """An Arrow stream that is never held as a whole, and can be read once."""

    name: str
    columns: tuple[Column, ...]
    reader: RecordBatchReader
    rows: None = None
    expected_rows: None = None
    rereads: bool = False

    @property
    def group_columns(self) -> int:
        """All: the stream passes once."""
        return max(len(self.columns), 1)

    def read(self, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
        """Slices of the columns."""
        for batch in self.reader:
            yield from read_batch(batch, columns)


def _open_arrow(data: Any, *, once: bool) -> Source:
    name = f"{type(data).__module__.partition('.')[0]} {type(data).__name__}"
    try:
        if once and not _holds_rows(data):
            reader = RecordBatchReader.from_arrow(data)
            return StreamSource(name, _columns(reader.schema), reader)
        table = Table.from_arrow(data)
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"The {name} cannot be read through Arrow: {error}.", value=name) from error
    return ArrowSource(name, _columns(table.schema), table)


def _holds_rows(data: Any) -> bool:
    """Whether the data lies in memory anyway, unlike a reader's or a query's."""
    return hasattr(data, "num_rows") or (hasattr(data, "__len__") and not hasattr(data, "to_arrow_reader"))


def _open_columns(name: str, held: Sequence[HeldColumn]) -> Source:
    lengths = {column.column.name: column.rows for column in held}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{column!r}: {rows}" for column, rows in list(lengths.items())[:5])
        raise InvalidInput(f"The columns of one data set must be equally long; these are not: {shown}.", value=shown)
    rows = next(iter(lengths.values()), 0)
    if len(lengths) < len(held):
        names = [column.column.name for column in held]
        _refuse_twice(names)
    return HeldSource(
        name, tuple(column.column for column in held), {column.column.name: column for column in held}, rows
    )


def _columns(schema: Schema) -> tuple[Column, ...]:
    _refuse_twice(schema.names)
    return tuple(column_of(name, schema.field(at).type) for at, name in enumerate(schema.names))


def _refuse_twice(names: Sequence[str]) -> None:
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise InvalidInput(
            f"Two columns are called {twice!r}; rename one of them, so that results can name them.", field=twice
        )


def _hold(name: str, values: Any) -> HeldColumn:
    if isinstance(values, np.ndarray):
        return hold_array(name, np.atleast_1d(values))
    if _is_of("pandas", "Series", values) or _is_of("pandas", "Index", values):
        return hold_series(name, values if _is_of("pandas", "Series", values) else values.to_series())
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        return hold_arrow(name, values)
    if isinstance(values, Sequence) and not isinstance(values, str | bytes):
        return hold_objects(name, values)
    raise InvalidInput(
        f"The column {name!r} holds an object of the type {type(values).__name__}; "
        "give a numpy array, a list, an Arrow array or a pandas or polars series.",
        field=name,
        value=type(values).__name__,
    )


def _is_of(library: str, type_name: str, data: object) -> bool:
    """Whether `data` is of that type, without importing the library: who has its object has imported it."""
    module: ModuleType | None = sys.modules.get(library)
    return module is not None and isinstance(data, getattr(module, type_name, ()))


def _flat_name(name: object) -> str:
    return ".".join(map(str, name)) if isinstance(name, tuple) else str(name)
