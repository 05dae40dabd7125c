"""numpy arrays and Python sequences to numbers and hashed texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from seamark.compare.chunks import Column, Floats, Numbers, Reading, Slicer, Texts, Vectors
from seamark.stats.hashing import hash_texts

_MICROSECOND: Final = 1e-6
_NO_TIME: Final = np.iinfo(np.int64).min  # how numpy stores NaT
_NUMBERS: Final = (bool, int, float, Decimal, Fraction, timedelta, np.number, np.bool_, np.timedelta64)
_TIMES: Final = (date, np.datetime64)
_TEXTS: Final = (str, bytes, UUID)
_VECTORS: Final = (list, tuple, np.ndarray)
_MISSING_TYPES: Final = frozenset({"NoneType", "NAType", "NaTType"})  # the last two are pandas'
_FAMILIES: Final = (
    (Reading.NUMBER, _NUMBERS),
    (Reading.TIME, _TIMES),
    (Reading.TEXT, _TEXTS),
    (Reading.VECTOR, _VECTORS),
)
_PLAIN_NUMBERS: Final = frozenset({bool, int, float, type(None), Decimal, np.float64, np.float32, np.int64, np.bool_})


@dataclass(frozen=True, slots=True)
class HeldColumn:
    """A column that lies in memory; `open` makes what cuts slices from it, when it is its turn."""

    column: Column
    rows: int
    open: Callable[[], Slicer]


def hold_array(name: str, array: npt.NDArray[Any]) -> HeldColumn:
    """A numpy array; nested (more than one dimension) and complex ones are unreadable."""
    if array.ndim != 1:
        return _hold_nested(name, array)
    if isinstance(array, np.ma.MaskedArray):
        return hold_objects(name, array.tolist())
    kind, shown = array.dtype.kind, str(array.dtype)
    if kind in "fiub":
        column = Column(name, Reading.NUMBER, shown, boolean=kind == "b")
        return HeldColumn(column, len(array), lambda: _float_slicer(array))
    if kind in "Mm":
        reading = Reading.TIME if kind == "M" else Reading.NUMBER
        return HeldColumn(Column(name, reading, shown), len(array), lambda: _ticks_slicer(array))
    if kind in "OUST":
        return hold_objects(name, array.tolist())
    return _unreadable(name, len(array), shown, f"values of the type {shown} have no distribution to compare")


def _hold_nested(name: str, array: npt.NDArray[Any]) -> HeldColumn:
    """Rows of numbers are vectors; what is nested deeper is unreadable."""
    shown = f"{array.dtype}[{array.ndim}d]"
    if array.ndim == 2 and array.dtype.kind in "fiub":
        return HeldColumn(Column(name, Reading.VECTOR, shown), len(array), lambda: _row_slicer(array))
    return _unreadable(name, len(array), shown, "each value is an array")


def hold_objects(name: str, values: Sequence[object], shown: str | None = None) -> HeldColumn:
    """Python values of any types: the most frequent reading wins, values of another are mistyped."""
    counts = Counter(map(type, values))
    families = _families(counts, values)
    if not families:
        return HeldColumn(Column(name, Reading.NOTHING, shown or "nothing"), len(values), lambda: _empty_slicer)
    reading = max(families, key=lambda family: families[family])
    if reading is Reading.VECTOR and not any(_vector(value) is not None for value in values):
        reading = Reading.UNREADABLE
    names = [type_.__name__ for type_, _ in counts.most_common() if type_.__name__ not in _MISSING_TYPES]
    type_names = shown or " | ".join(names[:3])
    if reading is Reading.UNREADABLE:
        return _unreadable(name, len(values), type_names, f"values of the type {type_names} are not compared")
    boolean = {type_ for type_ in counts if type_.__name__ not in _MISSING_TYPES} <= {bool, np.bool_}
    column = Column(name, reading, type_names, boolean=boolean)
    mistyped = sum(families.values()) > families[reading]
    openers: Mapping[Reading, Callable[[], Slicer]] = {
        Reading.NUMBER: lambda: _number_slicer(values, plain=set(counts) <= _PLAIN_NUMBERS),
        Reading.TIME: lambda: _time_slicer(values),
        Reading.TEXT: lambda: _text_slicer(values, mistyped=mistyped),
        Reading.VECTOR: lambda: _vector_slicer(values),
    }
    return HeldColumn(column, len(values), openers[reading])


def hold_codes(name: str, codes: npt.NDArray[np.integer[Any]], texts: Sequence[str], shown: str) -> HeldColumn:
    """Texts as codes into a dictionary; a negative code is missing."""

    def open_() -> Slicer:
        return _code_slicer(codes, texts, None)

    return HeldColumn(Column(name, Reading.TEXT, shown), len(codes), open_)


def _unreadable(name: str, rows: int, shown: str, reason: str) -> HeldColumn:
    return HeldColumn(Column(name, Reading.UNREADABLE, shown, reason=reason), rows, lambda: _empty_slicer)


def _family(type_: type) -> Reading | None:
    if type_.__name__ in _MISSING_TYPES:
        return None
    for reading, types in _FAMILIES:
        if issubclass(type_, types) and not issubclass(type_, complex):
            return reading
    return Reading.UNREADABLE


def _families(counts: Counter[type], values: Sequence[object]) -> dict[Reading, int]:
    """How many values each reading would take; NaN beside other things is pandas' way to say missing."""
    families: Counter[Reading] = Counter()
    for type_, count in counts.items():
        family = _family(type_)
        if family is not None:
            families[family] += count
    if len(families) > 1 and families[Reading.NUMBER]:
        families[Reading.NUMBER] -= sum(1 for value in values if isinstance(value, float) and value != value)  # noqa: PLR0124  # NaN alone differs from itself
    return {family: count for family, count in families.items() if count}


def _empty_slicer(start: int, stop: int) -> Numbers:
    return Numbers(np.full(stop - start, np.float64(np.nan)))


def _float_slicer(array: npt.NDArray[Any]) -> Slicer:
    def cut(start: int, stop: int) -> Numbers:
        values: Floats = array[start:stop].astype(np.float64, copy=False)
        return Numbers(values)

    return cut


def _row_slicer(array: npt.NDArray[Any]) -> Slicer:
    def cut(start: int, stop: int) -> Vectors:
        part = array[start:stop].astype(np.float64)
        return Vectors(np.arange(len(part) + 1) * part.shape[1], part.ravel())

    return cut


def _vector_slicer(values: Sequence[object]) -> Slicer:
    """Lists of numbers; what cannot be read as one is mistyped."""

    def cut(start: int, stop: int) -> Vectors:
        part = values[start:stop]
        read = [_vector(value) for value in part]
        lengths = [0 if each is None else len(each) for each in read]
        numbers = np.concatenate([np.empty(0), *(each for each in read if each is not None)])
        valid = np.array([each is not None for each in read], dtype=np.bool_)
        mistyped = len(part) - int(np.count_nonzero(valid)) - sum(1 for value in part if _is_missing(value))
        return Vectors(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), numbers, valid, mistyped)

    return cut


def _vector(value: object) -> Floats | None:
    """The numbers of a list; None for what is none."""
    if not isinstance(value, _VECTORS):
        return None
    if not isinstance(value, np.ndarray) and any(_family(type(each)) not in (None, Reading.NUMBER) for each in value):
        return None
    array = np.asarray(value)
    if array.ndim != 1 or array.dtype.kind not in "fiubO":
        return None
    return np.array([_number(each) for each in array]) if array.dtype.kind == "O" else array.astype(np.float64)


def _is_missing(value: object) -> bool:
    return type(value).__name__ in _MISSING_TYPES or (isinstance(value, float) and bool(np.isnan(value)))


def _ticks_slicer(array: npt.NDArray[Any]) -> Slicer:
    ticks = array.astype(f"{array.dtype.kind}8[us]").view(np.int64)

    def cut(start: int, stop: int) -> Numbers:
        part = ticks[start:stop]
        seconds: Floats = part.astype(np.float64) * _MICROSECOND
        return Numbers(seconds, part != _NO_TIME)

    return cut


def _number_slicer(values: Sequence[object], *, plain: bool) -> Slicer:
    def cut(start: int, stop: int) -> Numbers:
        part = values[start:stop]
        if plain:
            try:
                return Numbers(np.array(part, dtype=np.float64))
            except OverflowError:
                pass  # an integer past the largest float: one by one below
        numbers = np.fromiter((_number(value) for value in part), dtype=np.float64, count=len(part))
        mistyped = sum(1 for value in part if _family(type(value)) not in (None, Reading.NUMBER))
        return Numbers(numbers, mistyped=mistyped)

    return cut


def _number(value: Any) -> float:
    if _family(type(value)) is not Reading.NUMBER:
        return np.nan
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, np.timedelta64):
        return np.nan if np.isnat(value) else float(value / np.timedelta64(1, "us")) * _MICROSECOND
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _time_slicer(values: Sequence[object]) -> Slicer:
    def cut(start: int, stop: int) -> Numbers:
        part = values[start:stop]
        seconds = np.fromiter((_seconds(value) for value in part), dtype=np.float64, count=len(part))
        return Numbers(seconds, mistyped=sum(1 for value in part if _is_other(value, Reading.TIME)))

    return cut


def _is_other(value: object, reading: Reading) -> bool:
    missing = isinstance(value, float) and np.isnan(value)
    return not missing and _family(type(value)) not in (None, reading)


def _seconds(value: object) -> float:
    """Seconds since 1970 UTC; a naive time is taken as UTC."""
    if type(value).__name__ in _MISSING_TYPES:
        return np.nan
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    if isinstance(value, np.datetime64) and not np.isnat(value):
        return float(value.astype("M8[us]").astype(np.int64)) * _MICROSECOND
    return np.nan


def _text_slicer(values: Sequence[object], *, mistyped: bool) -> Slicer:
    table: dict[object, int] = {}
    codes = np.fromiter(
        (table.setdefault(value, len(table)) if isinstance(value, _TEXTS) else -1 for value in values),
        dtype=np.int64,
        count=len(values),
    )
    texts = [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in table]
    strange = np.fromiter((_is_other(v, Reading.TEXT) for v in values), dtype=np.bool_) if mistyped else None
    return _code_slicer(codes, texts, strange)


def _code_slicer(
    codes: npt.NDArray[np.integer[Any]], texts: Sequence[str], strange: npt.NDArray[np.bool_] | None
) -> Slicer:
    hashes = hash_texts(texts)

    def cut(start: int, stop: int) -> Texts:
        part = codes[start:stop]
        mistyped = 0 if strange is None else int(np.count_nonzero(strange[start:stop]))
        return Texts(hashes, part, part >= 0, texts.__getitem__, mistyped)

    return cut
