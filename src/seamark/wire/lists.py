"""Python lists from decoded JSON → typed Arrow arrays, a column at a time.

What types a list holds is asked once for the whole list; only a list that mixes them is looked at value by value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import NoneType
from typing import Any

import msgspec
import pyarrow as pa

from seamark import clock
from seamark.errors import InvalidInput
from seamark.wire import json as words
from seamark.wire.limits import Limits
from seamark.wire.refusal import Refusals

TIME = pa.timestamp("us", "UTC")
VECTOR = pa.list_(pa.float64())
TIME_ACCEPTED = "ISO 8601 with a zone, like 2026-11-01T12:00:00Z"
LARGEST_EXACT = 2**53

_NUMBER = frozenset({int, float})
_TOKENS = {
    words.INFINITY: float("inf"),
    words.NEGATIVE_INFINITY: float("-inf"),
    words.NOT_A_NUMBER: None,
}


def identifiers(values: Sequence[Any], field: str, refusals: Refusals) -> pa.Array:
    """Ids: texts, or integers JSON clients cannot have rounded. All formats check length and presence later."""
    if _types(values) == {str}:
        return pa.array(values, pa.string())
    accepted = "a text, or an integer up to 2^53"
    texts: list[str | None] = []
    for row, value in enumerate(values):
        if isinstance(value, str) or value is None:
            texts.append(value)
        elif type(value) is not int:
            refusals.add(row, field, value, "is not a text or an integer", accepted)
            texts.append("?")
        elif abs(value) > LARGEST_EXACT:
            refusals.add(row, field, value, "is beyond 2^53, where JSON clients round", "the id as a text")
            texts.append("?")
        else:
            texts.append(str(value))
    return pa.array(texts, pa.string())


def times(values: Sequence[Any], field: str, refusals: Refusals) -> pa.Array:
    """ISO 8601 texts with a zone → timestamp[us, UTC]; digits beyond microseconds are cut."""
    if _types(values) == {str}:
        try:
            return pa.array(values, pa.string()).cast(TIME)
        except pa.ArrowInvalid:
            pass  # one of them is unusual or wrong: the loop below says which
    return pa.array([_time(row, value, field, refusals) for row, value in enumerate(values)], TIME)


def numbers(values: Sequence[Any], field: str, refusals: Refusals) -> pa.Array:
    """Numbers that are not features: anything else refuses its row."""
    if _types(values) <= _NUMBER:
        return _doubles(values)
    accepted = "a number or null"
    read: list[float | None] = []
    for row, value in enumerate(values):
        if _is_token_or_null(value):
            read.append(_TOKENS.get(value))
        elif type(value) in _NUMBER:
            read.append(value)
        else:
            refusals.add(row, field, value, "is not a number", accepted)
            read.append(None)
    return _doubles(read)


def answers(values: Sequence[Any], field: str, refusals: Refusals) -> pa.Array:
    """Predictions and outcomes: all numbers, all truth values or texts. A mixture is read as texts."""
    types = _types(values)
    if types > {str} or _is_token_or_null(_first(values)):
        numeric = _numbers_and_tokens(values)
        if numeric is not None:
            return numeric
    simple = _uniform(values, types)
    if simple is not None:
        return simple
    read: list[str | None] = []
    for row, value in enumerate(values):
        if isinstance(value, list | dict):
            refusals.add(row, field, value, "is nested", "a number, a text, true, false or null")
            read.append(None)
        else:
            read.append(None if value is None else _scalar_text(value))
    return pa.array(read, pa.string())


def texts(values: Sequence[Any], field: str, limits: Limits) -> pa.Array:
    """Segments and versions: what is no text is written as one."""
    if _types(values) <= {str}:
        return pa.array(values, pa.string())
    return pa.array([None if value is None else _text(value, field, limits) for value in values], pa.string())


def features(values: Sequence[Any], field: str, limits: Limits) -> tuple[pa.Array, pa.Array | None]:
    """A feature's typed values and, where some could not be read as that type, their texts.

    The type is that of most values, of the first on a tie. Numbers are double, whatever they were written as; a list
    of numbers, null and NaN among them, is a vector.
    """
    types = _types(values)
    if types == {list}:
        vectors = _vectors(values)
        if vectors is not None:
            return vectors, None
    if not (types == {str} and _is_token_or_null(_first(values))):
        simple = _uniform(values, types)
        if simple is not None:
            return simple, None
    return _mixed(values, field, limits)


def _mixed(values: Sequence[Any], field: str, limits: Limits) -> tuple[pa.Array, pa.Array | None]:
    tokens_are_numbers = not _NUMBER.isdisjoint(_types(values)) or all(map(_is_token_or_null, values))
    kinds = [_kind(value, tokens_are_numbers=tokens_are_numbers) for value in values]
    counts = Counter(kind for kind in kinds if kind in (float, str, bool, list))
    kept = counts.most_common(1)[0][0] if counts else float
    typed = [value if kind is kept else None for kind, value in zip(kinds, values, strict=True)]
    other = [
        None if kind is kept or value is None else _text(value, field, limits)
        for kind, value in zip(kinds, values, strict=True)
    ]
    mistyped = None if all(text is None for text in other) else pa.array(other, pa.string())
    if kept is float:
        return _doubles([_TOKENS[v] if isinstance(v, str) else v for v in typed]), mistyped
    if kept is list:
        return pa.array(list(map(_vector, typed)), VECTOR), mistyped
    return pa.array(typed, pa.bool_() if kept is bool else pa.string()), mistyped


def _vectors(values: Sequence[Any]) -> pa.Array | None:
    """The vectors, when every list holds nothing but numbers and nulls."""
    try:
        return pa.array(values, VECTOR)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None


def _vector(value: list[Any] | None) -> list[float | None] | None:
    """A vector with each of its numbers as double."""
    if value is None:
        return None
    return [
        _TOKENS[number] if isinstance(number, str) else None if number is None else _double(number) for number in value
    ]


def _numbers_and_tokens(values: Sequence[Any]) -> pa.Array | None:
    """The doubles, when the list holds only numbers, nulls and texts that stand for numbers."""
    if not all(type(value) in _NUMBER or _is_token_or_null(value) for value in values):
        return None
    return _doubles([_TOKENS[value] if isinstance(value, str) else value for value in values])


def _is_token_or_null(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value in _TOKENS)


def _kind(value: Any, *, tokens_are_numbers: bool) -> type:
    kind = type(value)
    if kind is list:
        return list if all(type(item) in _NUMBER or _is_token_or_null(item) for item in value) else dict
    if kind is int or (kind is str and tokens_are_numbers and value in _TOKENS):
        return float
    return kind


def _uniform(values: Sequence[Any], types: set[type]) -> pa.Array | None:
    """The array, when the list holds one kind of value and nulls."""
    if types <= _NUMBER:
        return _doubles(values)
    if types == {str}:
        return pa.array(values, pa.string())
    if types == {bool}:
        return pa.array(values, pa.bool_())
    return None


def _types(values: Sequence[Any]) -> set[type]:
    """The types in a list, nulls apart."""
    found = set(map(type, values))
    found.discard(NoneType)
    return found


def _first(values: Sequence[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _doubles(values: Sequence[Any]) -> pa.Array:
    """Integers and floats as doubles; integers a double cannot hold become the nearest one, or infinite."""
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, OverflowError):
        return pa.array([None if value is None else _double(value) for value in values], pa.float64())


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _time(row: int, value: Any, field: str, refusals: Refusals) -> int | None:
    """One time in microseconds; None where it is missing or refused."""
    if value is None:
        return None
    if not isinstance(value, str):
        refusals.add(row, field, value, "is not a text", TIME_ACCEPTED)
        return None
    try:
        return clock.from_iso(value)
    except (InvalidInput, OverflowError) as error:
        naive = "no time zone" in str(error)
        refusals.add(row, field, value, "has no time zone" if naive else "is not a time", TIME_ACCEPTED)
        return None


def _text(value: Any, field: str, limits: Limits) -> str:
    """Any JSON value as text: texts as they are, the rest as JSON; nesting beyond the limit refuses the batch."""
    if isinstance(value, list | dict):
        _check_nesting(value, field, limits.max_nesting)
        return msgspec.json.encode(value).decode()[: limits.max_string_chars]
    return _scalar_text(value)


def _scalar_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _check_nesting(value: Any, field: str, deepest: int) -> None:
    level = [value]
    for _ in range(deepest):
        level = [item for node in level for item in _children(node)]
        if not level:
            return
    raise InvalidInput(
        f"A value of {field!r} is nested more than {deepest} levels deep; a feature value is a number, a text,"
        " true, false or null.",
        field=field,
        accepted=f"at most {deepest} levels",
    )


def _children(node: Any) -> list[Any]:
    """What is nested in a list or an object, scalars apart."""
    inside = node.values() if isinstance(node, dict) else node
    return [child for child in inside if isinstance(child, list | dict)]
