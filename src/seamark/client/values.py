"""What a host may log, made plain: numbers, texts, booleans, vectors and None, safe to keep after the call returns.

The host may change its objects a moment later, in another thread; so everything is read when it is logged. A value
of a plain type costs a look at its type; only others go through `plain`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from enum import Enum
from itertools import islice
from threading import TIMEOUT_MAX
from typing import Any, Final

from seamark.client.reasons import Reason, Refused
from seamark.client.times import seconds_of

Vector = list[float | None]
Plain = float | int | str | bool | Vector | None

MAX_TEXT_CHARS: Final = 65_536  # of a text; a server describes it, or keeps less and counts what it cuts
MAX_VECTOR_NUMBERS: Final = 8_192  # no server measures a longer one
_CONTAINER_CHARS: Final = 1_025  # of any other container's JSON
MAX_ID_CHARS: Final = 256
ROW_BYTES: Final = 500  # about what a buffered row takes besides its values
_NUMBER_BYTES: Final = 32  # about what a number in a vector takes
CELL_BYTES: Final = 40  # about what a buffered value takes besides its characters
_NAME_BYTES: Final = 60  # about what a name takes besides its characters, where it is not shared

_ALWAYS_PLAIN: Final = frozenset({float, bool, type(None)})
_MISSING_TYPES: Final = frozenset({"NAType", "NaTType"})  # of pandas; NaT calls itself a datetime
_BOXED_TIMES: Final = {"datetime64": "datetime64[us]", "timedelta64": "timedelta64[us]"}  # NumPy's item() has no unit
_SCALAR_FAMILIES: Final[Mapping[str, Callable[[Any], Plain]]] = {
    **dict.fromkeys(("float16", "float32", "float64"), float),
    **dict.fromkeys(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"), int),
    **dict.fromkeys(("bool", "bool_"), bool),
}  # NumPy's names; uint64 may be too large, and float128 loses digits
_quick: dict[type, Callable[[Any], Plain]] = {float: float, bool: bool}  # and NumPy's classes, once met
_NUMERIC: Final = frozenset({float, int, type(None)})
_INT64: Final = range(-(2**63), 2**63)


Snapshot = tuple[tuple[str, ...], tuple[Plain, ...], int]
"""Names and values of a mapping at one instant, plain, and about how many bytes they take.

A bare tuple, because each row makes two and a named one takes six times as long.
"""


def snapshot(mapping: Mapping[str, Any] | None, known: tuple[str, ...] = ()) -> Snapshot:
    """A plain copy of features or outcome values.

    `known` are the names of an earlier snapshot. A host logs the same features again and again; where it does, its
    rows share one tuple of names, so that a buffered row is a fifth of a dict and rows of one kind are found at once.
    """
    if mapping is None:
        return NOTHING
    copy = dict(mapping)  # of a plain dict one uninterruptible step, whatever other threads do to it
    if not copy:
        return NOTHING
    names, values = tuple(copy), tuple(copy.values())
    if names == known:
        names, size = known, CELL_BYTES * len(values)
    else:
        names = tuple([name if type(name) is str else str(name) for name in names])
        size = (CELL_BYTES + _NAME_BYTES) * len(values) + sum(map(len, names))
    for value in values:
        kind = type(value)
        if kind is float:
            continue
        if kind is str and len(value) <= MAX_TEXT_CHARS:
            size += len(value)
        elif kind not in _ALWAYS_PLAIN and (kind is not int or value not in _INT64):
            made = tuple(plain_list(values))
            return names, made, size + content_bytes(made)
    return names, values, size


def plain(value: Any) -> Plain:
    """The plain value that stands for any object.

    Dates and times become seconds, so that they are binned as numbers; lists, tuples and arrays of numbers become
    vectors; other containers become JSON text. What raises when
    it is read becomes a text that says so, which the server counts as mistyped where it expects a number.
    """
    kind = type(value)
    if kind in _ALWAYS_PLAIN or (kind is str and len(value) <= MAX_TEXT_CHARS) or (kind is int and value in _INT64):
        return value  # type: ignore[no-any-return]
    try:
        return _plain(value)
    except Exception as error:  # noqa: BLE001  the host's own object ran; its row is still worth sending
        return f"<unreadable {type(value).__name__}: {type(error).__name__}>"


def plain_list(values: Sequence[Any]) -> Sequence[Plain]:
    """`plain` of each."""
    if _ALWAYS_PLAIN.issuperset(map(type, values)):
        return values
    return [_quick[kind](value) if (kind := type(value)) in _quick else plain(value) for value in values]


def missing(value: Any) -> bool:
    """Whether this is None, NaN or a data frame's word for them."""
    made = plain(value)
    return made is None or made != made  # noqa: PLR0124  only NaN differs from itself


def number(value: Any) -> float | None:
    """A score, latency or weight: its number, or None for what is none (NaN, text, containers)."""
    made = plain(value)
    return None if isinstance(made, str | list) or made is None or made != made else float(made)  # noqa: PLR0124  NaN


def text(value: Any) -> str | None:
    """A segment's value."""
    made = plain(value)
    if made is None or isinstance(made, str):
        return made
    return str(made).lower() if isinstance(made, bool) else str(made)[:_CONTAINER_CHARS]


def seconds(value: Any) -> float:
    """How long a call may wait: at least 0, at most what a lock can; 0 for what is no number, None included."""
    return min(max(number(value) or 0.0, 0.0), TIMEOUT_MAX)


def positive_weight(value: Any) -> float | None:
    """A row's weight; raises Refused for one that is no positive number: any other would falsify its statistics."""
    if value is None:
        return None
    made = number(value)
    if made is None or not 0 < made < float("inf"):
        raise Refused(Reason.INVALID_WEIGHT, f"The weight {value!r:.100} is not a positive number.")
    return made


def identity(value: Any) -> str:
    """A prediction's id as text; raises Refused for an empty or overlong one.

    A whole float is written as the int it was before its data frame met a missing id.
    """
    if type(value) is str and 0 < len(value) <= MAX_ID_CHARS:
        return value
    made = plain(value)
    if isinstance(made, float) and made.is_integer():
        made = int(made)
    name = "" if missing(made) else str(made)
    if not name or len(name) > MAX_ID_CHARS:
        raise Refused(
            Reason.INVALID_ID,
            f"The id {value!r:.100} has {len(name)} characters as text; 1 to {MAX_ID_CHARS} are accepted.",
        )
    return name


def content_bytes(values: Iterable[Plain]) -> int:
    """About how many bytes texts and vectors take, besides their cells."""
    size = 0
    for value in values:
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, list):
            size += _NUMBER_BYTES * len(value)
    return size


def _plain(value: Any) -> Plain:
    kind = type(value).__name__
    if type(value).__module__ == "numpy" and kind in _SCALAR_FAMILIES:
        _quick[type(value)] = _SCALAR_FAMILIES[kind]
    if value is None or kind in _MISSING_TYPES:
        return None
    if kind in _BOXED_TIMES:
        value = value.astype(_BOXED_TIMES[kind]).item()
    elif callable(getattr(value, "item", None)):
        value = _unboxed(value)
    for accepts, convert in _CONVERSIONS:
        if isinstance(value, accepts):
            made: Plain = convert(value)
            return made
    return float(value) if hasattr(value, "__float__") else _cut(str(value))


def _unboxed(value: Any) -> Any:
    """The one value in a NumPy scalar or a tensor of one element; a vector as a list; all else as its text."""
    try:
        return value.item()
    except (ValueError, RuntimeError, TypeError):
        made = value.tolist() if getattr(value, "ndim", 0) == 1 and len(value) <= MAX_VECTOR_NUMBERS else None
        return str(value) if made is None or _vector(made) is None else made


def _whole_number(value: int) -> int | float:
    """The int, or the nearest float where no reader's 64 bits hold it."""
    exact = int.__int__(value)
    if exact in _INT64:
        return exact
    try:
        return float(exact)
    except OverflowError:
        return float("inf") if exact > 0 else float("-inf")


def _cut(value: str) -> str:
    return str.__str__(value)[:MAX_TEXT_CHARS]


def _decoded(value: bytes | bytearray | memoryview) -> str:
    return bytes(value[:MAX_TEXT_CHARS]).decode("utf-8", "replace")


def _clock_seconds(value: time) -> float:
    return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6


def _vector(value: Any) -> Vector | None:
    """A copy of a list of numbers; None for what is none, or too long for one."""
    if type(value) not in (list, tuple) or not 0 < len(value) <= MAX_VECTOR_NUMBERS:
        return None
    kinds = set(map(type, value))
    if kinds <= _NUMERIC and int not in kinds:
        return list(value)
    if any(kind not in _NUMERIC and kind.__name__ not in _SCALAR_FAMILIES for kind in kinds):
        return None
    made: list[Any] = [plain(each) for each in value]
    return made if _NUMERIC.issuperset(map(type, made)) else None


def _container(value: Any) -> str | Vector:
    """A vector, or JSON text, written piece by piece so that a giant container costs no more than a small one."""
    vector = _vector(value)
    if vector is not None:
        return vector
    pieces, length = [], 0
    items = list(islice(value, _CONTAINER_CHARS)) if isinstance(value, AbstractSet) else value
    for piece in _PIECEWISE.iterencode(items):
        pieces.append(piece)
        length += len(piece)
        if length > _CONTAINER_CHARS:
            break
    return "".join(pieces)[:_CONTAINER_CHARS]


_PIECEWISE: Final = json.JSONEncoder(default=str, skipkeys=True)
_CONVERSIONS: Final[tuple[tuple[Any, Any], ...]] = (  # the first that accepts the value
    (type(None), lambda _: None),
    (bool, bool),
    (float, float.__float__),
    (int, _whole_number),
    (str, _cut),
    (datetime, seconds_of),
    (date, lambda day: seconds_of(datetime.combine(day, time.min))),
    (time, _clock_seconds),
    (timedelta, timedelta.total_seconds),
    ((bytes, bytearray, memoryview), _decoded),
    (Enum, lambda member: plain(member.value)),
    ((Mapping, Sequence, AbstractSet), _container),
)
NOTHING: Final[Snapshot] = ((), (), 0)
