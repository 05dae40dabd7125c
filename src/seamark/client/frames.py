"""A data frame, or a dict of columns, cut into chunks of plain columns under their wire names.

Frames are read through what pandas, polars and pyarrow have in common, so none of them is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import compress
from typing import Any, Final, NamedTuple

from seamark.client.entries import Chunk
from seamark.client.reasons import Reason, Refused
from seamark.client.times import iso_times, moment_us
from seamark.client.values import (
    CELL_BYTES,
    ROW_BYTES,
    content_bytes,
    identity,
    missing,
    number,
    plain_list,
    positive_weight,
    text,
)
from seamark.records import rows as names

_LISTS: Final = ("to_pylist", "to_list", "tolist")  # how pyarrow, polars, pandas and NumPy say list()
_PREFIXES: Final = (names.FEATURE, names.CLASS_SCORE, names.SEGMENT)


class Roles(NamedTuple):
    """Which column of the frame is what, as `Client.log_batch` documents; every other column is a feature.

    `id`, `time`, `prediction` and `score` may be absent; the others must exist.
    """

    id: str
    time: str
    prediction: str
    score: str
    scores: Mapping[str, str]  # class → column
    segment: Sequence[str]
    latency_ms: str | None
    weight: str | None
    exclude: Sequence[str]


class Defaults(NamedTuple):
    """What rows get that say nothing themselves."""

    next_id: Callable[[], str]
    now_us: int
    assume_zone: tzinfo | None

    def id(self, value: Any) -> str:
        """A row's id; a new one where the column has none."""
        return self.next_id() if missing(value) else identity(value)

    def time_us(self, value: Any) -> int:
        """A row's time; a hole in a column of times is not the present."""
        if missing(value):
            raise Refused(Reason.INVALID_TIME, "A row of the time column is empty.")
        return moment_us(value, self.assume_zone)


class Cut(NamedTuple):
    """One chunk, and the rows that cannot be part of it."""

    chunk: Chunk
    refused: Sequence[Refused]


def cut(frame: Any, roles: Roles, rows: int, defaults: Defaults) -> Iterator[Cut]:
    """Chunks of at most `rows` rows. Raises Refused, before the first, for what is no frame."""
    columns = _planned(_columns(frame), roles)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise Refused(Reason.INVALID_BATCH, f"The columns are not equally long: {sorted(lengths)} rows.")
    for start in range(0, max(lengths, default=0), rows):
        yield _cut({name: _part(column, start, rows) for name, column in columns.items()}, defaults)


def _columns(frame: Any) -> dict[str, Any]:
    """Name → column of a mapping, or of anything that lists its columns and hands them out by name."""
    found = frame.keys() if isinstance(frame, Mapping) else getattr(frame, "column_names", None)
    if found is None:
        found = getattr(frame, "columns", None)
    if found is None:
        raise Refused(
            Reason.INVALID_BATCH,
            f"A {type(frame).__name__} has no columns; pass a pandas, polars or pyarrow table or a dict of columns.",
        )
    return {str(name): frame[name] for name in found}


def _planned(columns: Mapping[str, Any], roles: Roles) -> dict[str, Any]:
    """The columns to send, under their wire names."""
    roles_by_column: dict[str, str] = {
        roles.id: names.ID,
        roles.time: names.TIME,
        roles.prediction: names.PREDICTION,
        roles.score: names.SCORE,
    }
    named = {column: names.CLASS_SCORE + str(label) for label, column in roles.scores.items()}
    segments = [roles.segment] if isinstance(roles.segment, str) else roles.segment
    named |= {column: names.SEGMENT + column for column in segments}
    named |= {
        column: wire
        for column, wire in ((roles.latency_ms, names.LATENCY), (roles.weight, names.WEIGHT))
        if column is not None
    }
    excluded = [roles.exclude] if isinstance(roles.exclude, str) else roles.exclude
    absent = [column for column in named if column not in columns]
    if absent:
        raise Refused(Reason.INVALID_BATCH, f"There is no column {absent[0]!r}; there are {list(columns)!r:.300}.")
    roles_by_column |= named
    return {
        roles_by_column.get(name, name if name.startswith(_PREFIXES) else names.FEATURE + name): column
        for name, column in columns.items()
        if name not in excluded
    }


def _part(column: Any, start: int, rows: int) -> list[Any]:
    """Rows of one column as a list."""
    if hasattr(column, "iloc"):
        part = column.iloc[start : start + rows]
    elif callable(getattr(column, "slice", None)):
        part = column.slice(start, rows)
    else:
        part = column[start : start + rows]
    for name in _LISTS:
        convert = getattr(part, name, None)
        if callable(convert):
            return list(convert())
    return list(part)


def _cut(columns: Mapping[str, list[Any]], defaults: Defaults) -> Cut:
    """Converted columns, without the rows whose id, time or weight cannot be read."""
    rows = len(next(iter(columns.values())))
    refused: dict[int, Refused] = {}
    made = {name: _converted(name, column, defaults, refused) for name, column in columns.items()}
    if names.ID not in made:
        made[names.ID] = [defaults.next_id() for _ in range(rows)]
    if names.TIME not in made:
        made[names.TIME] = [defaults.now_us] * rows
    if refused:
        kept = [row not in refused for row in range(rows)]
        made = {name: list(compress(column, kept)) for name, column in made.items()}
    made[names.TIME] = iso_times(made[names.TIME])
    size = rows * ROW_BYTES + sum(map(_size, made.values()))
    return Cut(Chunk(made, rows - len(refused), size), list(refused.values()))


def _converted(name: str, column: list[Any], defaults: Defaults, refused: dict[int, Refused]) -> list[Any]:
    """The column, plain; rows that cannot be sent are added to `refused`."""
    if name in (names.ID, names.TIME, names.WEIGHT):
        convert = {names.ID: defaults.id, names.TIME: defaults.time_us, names.WEIGHT: positive_weight}[name]
        return _each(column, convert, refused)
    if name in (names.SCORE, names.LATENCY) or name.startswith(names.CLASS_SCORE):
        return [number(value) for value in column]
    return [text(value) for value in column] if name.startswith(names.SEGMENT) else list(plain_list(column))


def _each(column: list[Any], convert: Callable[[Any], Any], refused: dict[int, Refused]) -> list[Any]:
    made = []
    for row, value in enumerate(column):
        try:
            made.append(convert(value))
        except Refused as refusal:
            refused[row] = refusal
            made.append(None)
    return made


def _size(column: Sequence[Any]) -> int:
    return CELL_BYTES * len(column) + content_bytes(column)
