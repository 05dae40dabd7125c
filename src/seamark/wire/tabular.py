"""Reference data sets: Arrow, Parquet or CSV bodies whose columns have names of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seamark.errors import InvalidInput, Malformed, TooLarge
from seamark.records import rows as names
from seamark.wire import arrow
from seamark.wire.batch import Batch
from seamark.wire.canonical import Request, check_rows, finish
from seamark.wire.csv_text import answers_as_numbers, features_as_numbers, read_texts
from seamark.wire.limits import Limits
from seamark.wire.lists import TIME
from seamark.wire.media import Media
from seamark.wire.refusal import Refusals
from seamark.wire.roles import Roles, canonical_names, infer, select


def reference(
    media: Media, body: bytes, given: Roles, request: Request, limits: Limits
) -> tuple[Batch, tuple[str, ...]]:
    """The canonical table of a reference and a sentence for each role that was inferred.

    A reference needs neither ids nor times: rows without them get their number and the time of upload.
    """
    return reference_of(read_table(media, body, limits), given, request, limits, is_text=media is Media.CSV)


def reference_of(
    table: pa.Table, given: Roles, request: Request, limits: Limits, *, is_text: bool
) -> tuple[Batch, tuple[str, ...]]:
    """The same of a table that was read; `is_text` where its format knows no other type."""
    roles, notes = infer(table.column_names, given)
    table = with_zone(select(table, canonical_names(table.column_names, roles)), roles.time_zone)
    rows = table.num_rows
    if names.ID not in table.column_names:
        table = table.append_column(names.ID, pa.array(np.arange(rows)))
    if names.TIME not in table.column_names:
        moment = pa.scalar(request.now_us, pa.int64()).cast(TIME)
        table = table.append_column(names.TIME, pa.repeat(moment, rows))
    if is_text:
        table = answers_as_numbers(table, request.kind)
    refusals = Refusals()
    columns = arrow.arrays(arrow.as_batch(table), request.kind, refusals, limits)
    if is_text:
        columns = features_as_numbers(columns)
    return finish(columns, refusals, replace(request, partial=False), limits), notes


def read_table(media: Media, body: bytes, limits: Limits) -> pa.Table:
    """An Arrow stream, Parquet or CSV file under its own column names; raises Malformed, TooLarge or InvalidInput."""
    return _READERS[media](body, limits)


def with_zone(table: pa.Table, time_zone: str | None) -> pa.Table:
    """The table with a naive time column read in `time_zone`; raises InvalidInput for an unknown or missing zone.

    A text that is no time stays as it is, for its row to be refused.
    """
    place = table.schema.get_field_index(names.TIME)
    if place < 0:
        return table
    column = table.column(place)
    if time_zone is None:
        if pa.types.is_date(column.type) or (pa.types.is_timestamp(column.type) and column.type.tz is None):
            raise InvalidInput(
                f"The times ({column.type}) have no zone; name it, as time_zone or --time-zone.",
                field="time_zone",
                accepted="an IANA name, like Europe/Paris",
            )
        return table
    _check_zone(time_zone)
    try:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = _zoned_texts(column, time_zone)
        if pa.types.is_date(column.type):
            column = column.cast(pa.timestamp("us"))
        if pa.types.is_timestamp(column.type) and column.type.tz is None:
            column = pc.assume_timezone(column, time_zone, ambiguous="earliest", nonexistent="latest")
    except pa.ArrowInvalid as error:
        raise _unknown_zone(time_zone, _first_line(error)) from None
    return table.set_column(place, names.TIME, column)


def zoned(value: object, time_zone: str) -> object:
    """A naive ISO 8601 text with the offset it has in `time_zone`; anything else as it is."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return value
    if moment is None or moment.tzinfo is not None:
        return value
    try:
        return moment.replace(tzinfo=ZoneInfo(time_zone)).isoformat()
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no such zone, or a text that is no name of one
        raise _unknown_zone(time_zone, "there is no such zone") from None


def _zoned_texts(column: pa.ChunkedArray, time_zone: str) -> pa.ChunkedArray:
    """Texts as naive timestamps or, where one of them is no naive time, each text with its offset."""
    try:
        return column.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return pa.chunked_array([[zoned(text, time_zone) for text in column.to_pylist()]], pa.string())


def _check_zone(time_zone: str) -> None:
    try:
        pc.assume_timezone(pa.scalar(0, pa.timestamp("us")), time_zone)
    except pa.ArrowInvalid as error:
        raise _unknown_zone(time_zone, _first_line(error)) from None


def _unknown_zone(time_zone: str, reason: str) -> InvalidInput:
    return InvalidInput(
        f"The times cannot be read in zone {time_zone!r}: {reason}.",
        field="time_zone",
        value=time_zone,
        accepted="an IANA name, like Europe/Paris",
    )


def _parquet(body: bytes, limits: Limits) -> pa.Table:
    """The file's table; what its footer says about its size is checked before anything is expanded."""
    try:
        file = pq.ParquetFile(pa.BufferReader(body))
        metadata = file.metadata
        check_rows(metadata.num_rows, limits)
        size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        if size > limits.max_decoded_bytes:
            raise TooLarge(
                f"The file holds {size:,} bytes when expanded; at most {limits.max_decoded_bytes:,} are accepted.",
                accepted=f"at most {limits.max_decoded_bytes} bytes",
            )
        table = file.read()
        arrow.check_contents(table, limits)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise Malformed(f"The body is not a Parquet file: {_first_line(error)}.", accepted="Parquet") from None
    return table


def _csv(body: bytes, limits: Limits) -> pa.Table:
    try:
        batches = list(read_texts(lambda: pa.BufferReader(body)))
        check_rows(sum(batch.num_rows for batch in batches), limits)
        table = pa.Table.from_batches(batches)
        arrow.check_contents(table, limits)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Malformed(f"The body is not a CSV file with a header: {_first_line(error)}.", accepted="CSV") from None
    return table


def _arrow(body: bytes, limits: Limits) -> pa.Table:
    return pa.Table.from_batches([arrow.read_stream(body, limits)])


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__


_READERS = {Media.ARROW: _arrow, Media.PARQUET: _parquet, Media.CSV: _csv}
