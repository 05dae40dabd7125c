"""Cuts tables of rows by time; what every backend needs alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seamark.clock import DAY_US
from seamark.errors import Corrupt, InvalidInput
from seamark.records.blocks import RowFile
from seamark.records.rows import TIME
from seamark.records.window import Window

MOST_DAYS = 64  # of one batch, that get a file each


@dataclass(frozen=True, slots=True)
class DayRows:
    """The rows of one UTC day, in the order they came."""

    day_us: int
    rows: pa.Table
    first_time_us: int
    last_time_us: int  # inclusive


def decode(payload: bytes) -> pa.Table:
    """An Arrow IPC stream; raises Corrupt when it is none."""
    try:
        return pa.ipc.open_stream(payload).read_all()
    except (pa.ArrowException, OSError) as error:
        raise Corrupt(f"A log entry of {len(payload)} bytes is not a readable Arrow stream: {error}.") from error


def holds_numbers(type_: pa.DataType) -> bool:
    """Whether a feature of this type is binned as numbers, unless its owner says otherwise; all else is categories."""
    return bool(pa.types.is_floating(type_) or pa.types.is_integer(type_) or pa.types.is_decimal(type_))


def times_us(table: pa.Table) -> npt.NDArray[np.int64]:
    """The `time` column, int64[N] microseconds UTC; raises InvalidInput when there is none or it has nulls."""
    if TIME not in table.column_names:
        raise InvalidInput(f"Rows need a column {TIME!r}; this table has {', '.join(table.column_names)}.", field=TIME)
    column = table.column(TIME)
    if not pa.types.is_timestamp(column.type) or column.type.unit != "us" or column.null_count:
        raise InvalidInput(
            f"The column {TIME!r} is {column.type} with {column.null_count} nulls; timestamp[us] without any is right.",
            field=TIME,
        )
    times: npt.NDArray[np.int64] = column.cast(pa.int64()).to_numpy()
    return times


def split_by_day(table: pa.Table) -> Iterator[DayRows]:
    """The table's days, oldest first; of more than MOST_DAYS all together, as if they were of the first.

    A file costs about as much as ten thousand rows: one row of each of twenty thousand days must not cost
    twenty thousand files. The manifest knows each file's first and last time, so nothing is found less well.
    """
    times = times_us(table)
    if not len(times):
        return
    days = times // DAY_US
    is_one = (days == days[0]).all()  # nearly always: no row is copied
    if is_one or len(np.unique(days)) > MOST_DAYS:
        yield DayRows(int(days.min()) * DAY_US, table, int(times.min()), int(times.max()))
        return
    order = np.argsort(days, kind="stable")
    ordered, times, days = table.take(order), times[order], days[order]
    starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
        rows, span = ordered.slice(start, end - start), times[start:end]
        yield DayRows(int(days[start]) * DAY_US, rows, int(span.min()), int(span.max()))


def within(table: pa.Table, window: Window) -> pa.Table:
    """The rows whose `time` lies in `window`."""
    times = table.column(TIME).cast(pa.int64())
    inside = pc.and_(pc.greater_equal(times, window.start_us), pc.less(times, window.end_us))
    return table.filter(inside)


def matches(haystack: npt.NDArray[np.uint64], keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The places in `haystack` (ascending) that hold one of the `keys` (ascending, each once), ascending."""
    if not len(keys) or not len(haystack):
        return np.empty(0, dtype=np.int64)
    if len(keys) > len(haystack):
        at = np.minimum(np.searchsorted(keys, haystack), len(keys) - 1)
        return np.flatnonzero(keys[at] == haystack)
    first = np.searchsorted(haystack, keys)
    hit = haystack[np.minimum(first, len(haystack) - 1)] == keys
    first = first[hit]
    count = np.searchsorted(haystack, keys[hit], side="right") - first
    starts = np.cumsum(count) - count
    return np.repeat(first - starts, count) + np.arange(int(count.sum()))


def present(names: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """The wanted columns that exist, in the order asked for."""
    return list(names) if wanted is None else [name for name in wanted if name in names]


def schema_name(schema: pa.Schema) -> str:
    """16 hexadecimal digits, the same for the same columns of the same types in the same order."""
    columns = "\n".join(f"{field.name}\0{field.type}" for field in schema)
    return blake2b(columns.encode(), digest_size=8).hexdigest()


def span(file: RowFile) -> Window:
    """The smallest window that holds all its rows."""
    return Window(file.first_time_us, file.last_time_us + 1)


def refuse_mixture(files: Sequence[RowFile]) -> None:
    """Raises InvalidInput unless the files are of one kind, model and UTC day."""
    days = {(file.kind, file.project, file.model, file.first_time_us // DAY_US) for file in files}
    if len(days) != 1:
        raise InvalidInput(
            f"{len(files)} files of {len(days)} kinds, models or days cannot be merged; those of one day are needed."
        )
