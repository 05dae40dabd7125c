"""Somebody's own file of predictions → canonical batches, a bounded number of rows at a time.

Parquet, Arrow, CSV and JSON Lines. Rows that cannot be accepted are listed with their batch, never fatal; a file that
cannot be read, or has no column of times, is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seamark.errors import InvalidInput, Malformed
from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.wire import arrow
from seamark.wire.batch import Batch
from seamark.wire.canonical import Request, check_model, finish
from seamark.wire.columns import arrays
from seamark.wire.csv_text import answers_as_numbers, features_as_numbers, read_texts
from seamark.wire.limits import Limits
from seamark.wire.parse import parse
from seamark.wire.refusal import Refusals
from seamark.wire.roles import Roles, canonical_names, infer, select
from seamark.wire.tabular import with_zone, zoned

T = TypeVar("T")
TABLES: Final = (".parquet", ".pq", ".arrow", ".feather", ".arrows", ".csv")
SUFFIXES: Final = (*TABLES, ".jsonl", ".ndjson")
_OUTCOME = "label"  # what a file's outcome column is called as an outcome
_LINES: Final = msgspec.json.Decoder(list[dict[str, Any]])
_LINE: Final = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class FileBatch:
    """Consecutive rows of a file. Refused rows are numbered from `first_row`."""

    first_row: int
    rows: int
    predictions: Batch
    outcomes: Batch | None


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file whose columns are understood; `batches` reads it once."""

    roles: Roles
    notes: tuple[str, ...]  # a sentence per inferred role
    total_rows: int | None  # where the format says it
    batches: Iterator[FileBatch]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows under their own column names: a table, or lists where the format has no types."""

    rows: int
    columns: pa.Table | Mapping[str, Sequence[Any]]

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return list(self.columns.column_names if isinstance(self.columns, pa.Table) else self.columns)


def open_file(path: Path, given: Roles, request: Request, limits: Limits, *, batch_rows: int = 10_000) -> OpenFile:
    """Read the beginning of a file and say what its columns are.

    `request` gives model, version and the present. Raises InvalidInput for a suffix, role or file that cannot be used.
    """
    check_model(request.model, limits)
    found, total = chunks(path, batch_rows)
    first = _first(found, path)
    roles, notes = infer(first.names, given)
    if roles.time is None:
        raise InvalidInput(
            f"{path.name} has no column that looks like a time; name it with --time."
            f" Its columns are {', '.join(first.names[:20])}.",
            field=names.TIME,
        )
    if roles.id is None:
        notes = (*notes, f"No column looks like an id, so rows are called {path.stem}:0, {path.stem}:1, ….")
    every = _numbered(chain([first], guarded(found, path)))
    partial = replace(request, kind=EntryKind.PREDICTIONS, partial=True)
    return OpenFile(roles, notes, total, (_batch(row, chunk, path, roles, partial, limits) for row, chunk in every))


def _batch(first_row: int, chunk: Chunk, path: Path, roles: Roles, request: Request, limits: Limits) -> FileBatch:
    """One chunk as predictions and, where there is such a column, outcomes."""
    mapping = canonical_names(chunk.names, roles)
    refusals = Refusals()
    columns = _typed(chunk, mapping, roles, refusals, request, limits, is_text=path.suffix.lower() == ".csv")
    if roles.id is None:
        rows = pc.cast(pa.array(np.arange(first_row, first_row + chunk.rows)), pa.string())
        columns[names.ID] = pc.binary_join_element_wise(path.stem, rows, ":")
    answer = columns.pop(names.VALUE + _OUTCOME, None)
    predictions = finish(columns, refusals, request, limits)
    outcomes = None if answer is None else _outcomes(columns, answer, request, limits)
    return FileBatch(first_row, chunk.rows, predictions, outcomes)


def _typed(
    chunk: Chunk,
    mapping: dict[str, str],
    roles: Roles,
    refusals: Refusals,
    request: Request,
    limits: Limits,
    *,
    is_text: bool,
) -> dict[str, pa.Array]:
    """The chunk's canonical arrays, with the outcome among them."""
    outcome = {names.VALUE + _OUTCOME: roles.outcome} if roles.outcome is not None else {}
    if not isinstance(chunk.columns, pa.Table):
        lists = {canonical: chunk.columns[column] for canonical, column in mapping.items()}
        if roles.time_zone is not None:
            lists[names.TIME] = [zoned(value, roles.time_zone) for value in lists[names.TIME]]
        found = arrays(request.kind, lists, refusals, limits)
        answers = {canonical: chunk.columns[column] for canonical, column in outcome.items()}
        return found | (arrays(EntryKind.OUTCOMES, answers, refusals, limits) if answers else {})
    arrow.check_contents(chunk.columns, replace(limits, max_rows=max(limits.max_rows, chunk.rows)))
    table = with_zone(select(chunk.columns, mapping), roles.time_zone)
    answer = select(chunk.columns, outcome)
    if is_text:
        table, answer = answers_as_numbers(table, request.kind), answers_as_numbers(answer, EntryKind.OUTCOMES)
    found = arrow.arrays(arrow.as_batch(table), request.kind, refusals, limits)
    return (features_as_numbers(found) if is_text else found) | arrow.arrays(
        arrow.as_batch(answer), EntryKind.OUTCOMES, refusals, limits
    )


def _outcomes(columns: Mapping[str, pa.Array], answer: pa.Array, request: Request, limits: Limits) -> Batch | None:
    """The rows whose outcome is known, as outcomes at the time of their prediction."""
    known = answer.is_valid()
    if not known.true_count:
        return None
    found = {names.ID: columns[names.ID], names.TIME: columns[names.TIME], names.VALUE + _OUTCOME: answer}
    found[names.PREDICTION_TIME] = found[names.TIME]
    kept = {name: array.filter(known) for name, array in found.items()}
    return finish(kept, Refusals(), replace(request, kind=EntryKind.OUTCOMES), limits)


def chunks(path: Path, batch_rows: int) -> tuple[Iterator[Chunk], int | None]:
    """The file's rows and, where its format says so, how many they are."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        accepted = ", ".join(SUFFIXES)
        raise InvalidInput(f"{path.name} does not end in one of {accepted}.", value=path.name, accepted=accepted)
    if suffix in (".parquet", ".pq"):
        return _parquet(path, batch_rows), _guard(lambda: int(pq.ParquetFile(path).metadata.num_rows), path)
    if suffix in (".jsonl", ".ndjson"):
        return _json_lines(path, batch_rows), None
    return _tables(path, suffix, batch_rows), None


def _parquet(path: Path, batch_rows: int) -> Iterator[Chunk]:
    with pq.ParquetFile(path, pre_buffer=False) as file:  # which would keep all of it until the end
        for batch in file.iter_batches(batch_rows):
            yield Chunk(batch.num_rows, pa.Table.from_batches([batch]))


def _tables(path: Path, suffix: str, batch_rows: int) -> Iterator[Chunk]:
    for batch in _record_batches(path, suffix):
        table = pa.Table.from_batches([batch])
        for start in range(0, table.num_rows, batch_rows):
            part = table.slice(start, batch_rows)
            yield Chunk(part.num_rows, part)


def _record_batches(path: Path, suffix: str) -> Iterator[pa.RecordBatch]:
    if suffix == ".csv":
        yield from read_texts(lambda: pa.OSFile(str(path)))
        return
    with pa.OSFile(str(path)) as source:
        if suffix == ".arrows":
            yield from pa.ipc.open_stream(source)
        else:
            reader = pa.ipc.open_file(source)
            yield from (reader.get_batch(number) for number in range(reader.num_record_batches))


def _json_lines(path: Path, batch_rows: int) -> Iterator[Chunk]:
    """One object per line; a key some lines lack is missing there. Nested `features` are taken apart."""
    with path.open("rb") as file:
        lines = ((number, line) for number, line in enumerate(file, 1) if line.strip())
        while some := list(islice(lines, batch_rows)):
            rows = [_flat(row) for row in _objects(some)]
            keys = dict.fromkeys(key for row in rows for key in row)
            yield Chunk(len(rows), {key: [row.get(key) for row in rows] for key in keys})


def _objects(lines: Sequence[tuple[int, bytes]]) -> list[dict[str, Any]]:
    """All lines at once; only when that fails one by one, to name the line."""
    try:
        return parse(_LINES, b"[" + b",".join(line for _, line in lines) + b"]")
    except InvalidInput:
        pass
    found = []
    for number, line in lines:
        try:
            found.append(parse(_LINE, line))
        except InvalidInput as error:
            raise Malformed(f"Line {number}: {error.message}", row=number - 1) from None
    return found


_NESTED: Final = {"features": names.FEATURE, "scores": names.CLASS_SCORE, "segment": names.SEGMENT}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row of POST /v1/predictions (`features`, `scores`, `segment` are objects) as one level of columns."""
    if not any(isinstance(row.get(key), dict) for key in _NESTED):
        return row
    found: dict[str, Any] = {}
    for key, value in row.items():
        if key in _NESTED and isinstance(value, dict):
            found |= {_NESTED[key] + name: inner for name, inner in value.items()}
        else:
            found[key] = value
    return found


def _numbered(chunks: Iterable[Chunk]) -> Iterator[tuple[int, Chunk]]:
    """Each chunk with the number of its first row."""
    row = 0
    for chunk in chunks:
        yield row, chunk
        row += chunk.rows


def _first(chunks: Iterator[Chunk], path: Path) -> Chunk:
    first = next(guarded(chunks, path), None)
    if first is None or not first.rows:
        raise InvalidInput(f"{path.name} holds no rows.", accepted="at least one row")
    return first


def guarded(parts: Iterator[T], path: Path) -> Iterator[T]:
    """The parts of a file; what goes wrong in reading them becomes a sentence about the file."""
    while (part := _guard(lambda: next(parts, None), path)) is not None:
        yield part


def _guard(read: Callable[[], T], path: Path) -> T:
    try:
        return read()
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise Malformed(f"{path.name} cannot be read: {reason}.", value=path.name) from error
