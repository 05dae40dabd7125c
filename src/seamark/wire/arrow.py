"""Arrow IPC streams → typed arrays: no copy where the types are already canonical, all checks on whole columns.

The bytes are a stranger's: sizes are checked before anything is decompressed or expanded, and every offset, index and
text is validated before a kernel may follow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seamark.errors import InvalidInput, Malformed, TooLarge
from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.wire import lists
from seamark.wire.arrow_messages import decompressed_bytes
from seamark.wire.arrow_texts import as_strings, expanded_bytes, is_text, plain_type
from seamark.wire.batch import Batch
from seamark.wire.canonical import Request, check_model, check_rows, finish
from seamark.wire.limits import Limits
from seamark.wire.refusal import Refusals
from seamark.wire.shapes import Shape, check_names, shape_of

_FILE_MAGIC = b"ARROW1"
_DOUBLE = pa.float64()
_CANONICAL = (_DOUBLE, pa.string(), pa.bool_())  # nothing to convert
_DAY_SECONDS = 86_400
_DOUBLE_BYTES = 8


def decode(body: bytes, request: Request, limits: Limits) -> Batch:
    """A batch of the kind `request` says; raises Malformed, TooLarge or InvalidInput."""
    if not request.model:
        raise InvalidInput(
            "An Arrow stream does not name its model; add ?model=NAME to the address.",
            field="model",
            accepted="?model=NAME",
        )
    check_model(request.model, limits)
    refusals = Refusals()
    rows = read_stream(body, limits)
    with (
        _readable(),
        np.errstate(over="ignore", invalid="ignore"),
    ):  # a square may be infinite: no reason to look closer
        return finish(arrays(rows, request.kind, refusals, limits), refusals, request, limits)


def read_stream(body: bytes, limits: Limits) -> pa.RecordBatch:
    """The rows of an IPC stream, validated, with unique column names and between 1 and `max_rows` rows."""
    if body.startswith(_FILE_MAGIC):
        raise Malformed(
            "The body is an Arrow file; send an Arrow IPC stream (pyarrow: ipc.new_stream).", accepted="an IPC stream"
        )
    with _readable():
        size = decompressed_bytes(body)
        if size > limits.max_decoded_bytes:
            raise _too_large(size, limits)
        with pa.ipc.open_stream(body) as reader:
            batches = list(_bounded(reader, limits))
            rows = batches[0] if len(batches) == 1 else pa.Table.from_batches(batches, reader.schema)
        check_contents(rows, limits)
        return rows if isinstance(rows, pa.RecordBatch) else as_batch(rows)


@contextmanager
def _readable() -> Iterator[None]:
    """What Arrow cannot read becomes Malformed. Names and zones inside a schema are only decoded when asked for."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as error:
        reason = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise Malformed(f"The body is not an Arrow IPC stream: {reason}.", accepted="an IPC stream") from None


def as_batch(table: pa.Table) -> pa.RecordBatch:
    """The table in one piece."""
    pieces = table.combine_chunks().to_batches()
    return pieces[0] if pieces else pa.RecordBatch.from_pydict({name: [] for name in table.column_names}, table.schema)


def check_contents(rows: pa.Table | pa.RecordBatch, limits: Limits) -> None:
    """Validate number of rows, names of columns and contents of what was read from outside."""
    check_rows(rows.num_rows, limits)
    columns = rows.schema.names
    check_names(columns, limits)
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InvalidInput(f"Column {twice!r} is there twice; names are unique.", field=twice)
    rows.validate(full=True)


def arrays(rows: pa.RecordBatch, kind: EntryKind, refusals: Refusals, limits: Limits) -> dict[str, pa.Array]:
    """One canonical array per column, and `mistyped.X` for a feature of a type that cannot be watched."""
    found: dict[str, pa.Array] = {}
    room = limits.max_decoded_bytes
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        shape = shape_of(kind, name)
        if shape is Shape.FEATURE and column.type == _DOUBLE:  # most columns of most batches
            found[name] = _without_nan(column)
            continue
        if column.type not in _CANONICAL:
            room -= expanded_bytes(column)
            room -= _DOUBLE_BYTES * len(column.flatten()) if is_vector(column.type) else 0
        if room < 0:
            raise _too_large(limits.max_decoded_bytes - room, limits)
        if shape is Shape.FEATURE:
            found[name], mistyped = feature(column)
            if mistyped is not None:
                found[names.MISTYPED + name.removeprefix(names.FEATURE)] = mistyped
        else:
            found[name] = _READERS[shape](column, name, refusals)
    return found


def feature(column: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """Numbers and times as double (times in seconds since 1970), lists of numbers as vectors, the rest as it is."""
    kind = plain_type(column.type)
    if is_vector(kind):
        return _vectors(column), None
    if kind in _CANONICAL or _is_number(kind) or is_text(kind) or pa.types.is_boolean(kind):
        return _scalar(column), None
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return _seconds(column), None
    nothing = pa.nulls(len(column), pa.float64())
    return nothing, pc.if_else(column.is_valid(), pa.scalar(f"<{kind}>"), pa.scalar(None, pa.string()))


def is_vector(kind: pa.DataType) -> bool:
    """Whether a type is one of the list types, of numbers."""
    types = pa.types
    lists_ = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    return bool(lists_ and _is_number(kind.value_type) and not types.is_null(kind.value_type))


def _vectors(column: pa.Array) -> pa.Array:
    """Lists of numbers as list<double>, in one piece that begins at its first value."""
    if pa.types.is_fixed_size_list(column.type):
        size, numbers = column.type.list_size, _cast(column.flatten(), pa.float64())
        lengths = np.where(column.is_valid().to_numpy(zero_copy_only=False), size, 0)
    else:
        numbers = _cast(column.flatten(), pa.float64())  # leaves out what missing slots hold
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    mask = column.is_null() if column.null_count else None
    return pa.ListArray.from_arrays(offsets, numbers, type=lists.VECTOR, mask=mask)


def _bounded(reader: pa.RecordBatchStreamReader, limits: Limits) -> Iterator[pa.RecordBatch]:
    """The batches of a stream, until there are more rows than a batch may have."""
    rows = 0
    for batch in reader:
        rows += batch.num_rows
        check_rows(max(rows, 1), limits)
        yield batch


def _scalar(column: pa.Array) -> pa.Array:
    """Numbers as double without NaN, texts as string, truth values as bool."""
    kind = column.type
    if kind == _DOUBLE:
        return _without_nan(column)
    if kind in _CANONICAL:
        return column
    kind = plain_type(kind)
    if _is_number(kind):
        return _without_nan(_cast(column, pa.float64()))
    return _cast(column, pa.bool_() if pa.types.is_boolean(kind) else pa.string())


def _identifier(column: pa.Array, name: str, _: Refusals) -> pa.Array:
    kind = plain_type(column.type)
    if not (is_text(kind) or pa.types.is_integer(kind)):
        raise _wrong_type(name, column.type, "texts or integers")
    return _cast(column, pa.string())


def _time(column: pa.Array, name: str, refusals: Refusals) -> pa.Array:
    kind = plain_type(column.type)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return _instants(column, name)
    if pa.types.is_timestamp(kind):
        raise InvalidInput(
            f"Column {name!r} has type {kind}, which has no time zone;"
            " send timestamps with one, like timestamp[us, UTC].",
            field=name,
            value=str(kind),
            accepted="timestamp[us, UTC]",
        )
    if is_text(kind) or pa.types.is_null(kind):
        return lists.times(_cast(column, pa.string()).to_pylist(), name, refusals)
    raise _wrong_type(name, column.type, "timestamps with a time zone")


def _instants(column: pa.Array, name: str) -> pa.Array:
    """Timestamps as microseconds UTC; nanoseconds are cut, seconds too far away for microseconds are refused."""
    try:
        return column.cast(lists.TIME, safe=plain_type(column.type).unit != "ns")
    except pa.ArrowInvalid:
        raise InvalidInput(
            f"Column {name!r} holds a time that is no microsecond of any calendar; send times that have been.",
            field=name,
            accepted="times that have been",
        ) from None


def _number(column: pa.Array, name: str, _: Refusals) -> pa.Array:
    if not _is_number(plain_type(column.type)):
        raise _wrong_type(name, column.type, "numbers")
    return _scalar(column)


def _answer(column: pa.Array, name: str, _: Refusals) -> pa.Array:
    kind = plain_type(column.type)
    if not (_is_number(kind) or is_text(kind) or pa.types.is_boolean(kind)):
        raise _wrong_type(name, column.type, "numbers, texts or truth values")
    return _scalar(column)


def _words(column: pa.Array, name: str, _: Refusals) -> pa.Array:
    kind = plain_type(column.type)
    if not (_is_number(kind) or is_text(kind) or pa.types.is_boolean(kind)):
        raise _wrong_type(name, column.type, "texts")
    return _cast(column, pa.string())


_READERS = {Shape.ID: _identifier, Shape.TIME: _time, Shape.NUMBER: _number, Shape.ANSWER: _answer, Shape.TEXT: _words}


def _seconds(column: pa.Array) -> pa.Array:
    """Dates, times and durations as seconds: a number can drift, a calendar text cannot."""
    kind = plain_type(column.type)
    if pa.types.is_date(kind):
        days = _cast(_cast(column, pa.date32()), pa.int32())
        return pc.multiply(_cast(days, pa.float64()), float(_DAY_SECONDS))
    per_second = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
    integers = pa.int32() if kind.bit_width == 32 else pa.int64()
    return pc.divide(_cast(_cast(column, integers), pa.float64()), float(per_second))


def _without_nan(array: pa.Array) -> pa.Array:
    """NaN → null. The least value is NaN where any is, and costs less than asking each."""
    if array.null_count == 0 and not np.isnan(np.minimum.reduce(array.to_numpy(), initial=0.0)):
        return array
    return pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type == kind:
        return column
    if kind == pa.string() and is_text(plain_type(column.type)):
        return as_strings(column)
    return column.cast(kind, safe=False)


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind))


def _wrong_type(name: str, kind: pa.DataType, accepted: str) -> InvalidInput:
    return InvalidInput(
        f"Column {name!r} has type {kind}; send {accepted}.", field=name, value=str(kind), accepted=accepted
    )


def _too_large(size: int, limits: Limits) -> TooLarge:
    return TooLarge(
        f"The batch takes {size:,} bytes when expanded; at most {limits.max_decoded_bytes:,} are accepted.",
        accepted=f"at most {limits.max_decoded_bytes} bytes",
    )
