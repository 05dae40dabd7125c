"""Parquet files, and folders of them, a few columns and a slice of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from arro3.core import RecordBatch, Schema

from seamark.compare.arrow_columns import column_of, read_batch
from seamark.compare.chunks import SLICE_ROWS, Chunk, Column, Reading
from seamark.errors import InvalidInput

_GROUP_COLUMNS: Final = 8  # decoded side by side: enough to amortise a pass, few enough to stay small


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """One or more Parquet files with the same columns."""

    name: str
    files: tuple[pq.ParquetFile, ...]
    columns: tuple[Column, ...]
    rows: int
    group_columns: int = _GROUP_COLUMNS
    rereads: bool = False

    @property
    def expected_rows(self) -> int:
        """Exactly."""
        return self.rows

    def read(self, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
        """Slices of the columns, one file after the other."""
        names = [column.name for column in columns]
        with _input_errors(self.name):
            for file in self.files:
                for batch in file.iter_batches(batch_size=SLICE_ROWS, columns=names, use_threads=False):
                    yield from read_batch(RecordBatch.from_arrow(batch), columns)


def _open(path: Path) -> ParquetSource:
    paths = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not paths:
        raise InvalidInput(f"The folder {str(path)!r} holds no Parquet file (*.parquet).", value=str(path))
    files = tuple(_open_file(each) for each in paths)
    columns = _columns(files[0])
    for other, where in zip(files[1:], paths[1:], strict=True):
        _check_same(columns, _columns(other), paths[0], where)
    return ParquetSource(path.name, files, columns, sum(file.metadata.num_rows for file in files))


def _open_file(path: Path) -> pq.ParquetFile:
    with _input_errors(str(path)):
        schema = pq.read_schema(path)
        texts = [field.name for field in schema if _is_text(field.type)]
        return pq.ParquetFile(path, read_dictionary=texts, pre_buffer=False)


@contextmanager
def _input_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(f"{name!r} cannot be read as Parquet: {str(error).splitlines()[0]}", value=name) from error


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _columns(file: pq.ParquetFile) -> tuple[Column, ...]:
    schema = Schema.from_arrow(file.schema_arrow)
    return tuple(column_of(name, schema.field(at).type) for at, name in enumerate(schema.names))


def _check_same(first: Sequence[Column], other: Sequence[Column], path: Path, where: Path) -> None:
    def readings(columns: Sequence[Column]) -> dict[str, Reading]:
        return {column.name: column.reading for column in columns}

    for name, reading in readings(first).items():
        found = readings(other).get(name)
        if found is not reading:
            there = "is missing" if found is None else f"holds {found}s"
            raise InvalidInput(
                f"The files of one folder must have the same columns: {name!r} holds {reading}s in {path.name!r} "
                f"and {there} in {where.name!r}.",
                field=name,
                value=str(where),
            )


READER = _open
