"""JSON bytes → a body type, with every failure as a sentence that names the place.

Strict first. What strict JSON forbids but Python programs write (`NaN`, `Infinity`, `1e999`) is read a second time by
the standard library, because a broken feature value must be reported, not refused.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

from seamark.errors import InvalidInput, Malformed
from seamark.wire.refusal import shorten
from seamark.wire.shapes import nearest

T = TypeVar("T")

_PATH = re.compile(r"^(?P<problem>.*?)(?: - at `(?P<path>.+)`)?$", re.DOTALL)
_STEP = re.compile(r"\[(?P<index>\d+)\]|\.(?P<name>[^.\[]+)")
_UNKNOWN = re.compile(r"unknown field `(?P<name>.*)`", re.DOTALL)
_LENIENT_MARKS = (b"NaN", b"Infinity")
_LONGEST_INTEGER_DIGITS = 400
_ROWS = frozenset({"predictions", "outcomes"})
_NAMES = frozenset(
    {"id", "time", "prediction_time", "version", "model", "kind", "summary", "service", "url", "from", "to"}
)


class _Constant(str):
    """`NaN` or an infinity that was written as a number, not as its text."""

    __slots__ = ()


def parse(decoder: msgspec.json.Decoder[T], body: bytes | memoryview) -> T:
    """The body; raises Malformed for what is no JSON and InvalidInput for JSON of another structure."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        if "out of range" in str(error):
            return _parse_lenient(decoder, bytes(body))
        raise _misfit(error, decoder.type, bytes(body)) from None
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise _not_utf8(bytes(body)) from None
    except msgspec.DecodeError as error:
        if any(mark in bytes(body) for mark in _LENIENT_MARKS):
            return _parse_lenient(decoder, bytes(body))
        raise _malformed(str(error)) from None


def _parse_lenient(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The same after the standard library has rewritten `NaN` and infinities as their texts, where a number may stand.

    Where a name belongs they are missing: it is not called `NaN`.
    """
    try:
        document = json.loads(body.decode(), parse_constant=_Constant, parse_int=_integer, parse_float=_float)
        return decoder.decode(json.dumps(_named(document)))
    except RecursionError:
        raise _too_deep() from None
    except msgspec.ValidationError as error:
        raise _misfit(error, decoder.type, body) from None
    except ValueError as error:
        raise _malformed(str(error)) from None


def _named(document: Any) -> Any:
    """A body, a row or a list of rows with null for each constant that stands for a name, at any of its levels."""
    if isinstance(document, list):
        return [_named(row) if isinstance(row, dict) else row for row in document]
    if not isinstance(document, dict):
        return document
    found = {key: None if key in _NAMES and isinstance(value, _Constant) else value for key, value in document.items()}
    for field in _ROWS & found.keys():
        found[field] = _named(found[field])
    columns = found.get("columns")
    if isinstance(columns, dict):
        found["columns"] = {key: _named_column(key, values) for key, values in columns.items()}
    return found


def _named_column(key: str, values: Any) -> Any:
    if key not in _NAMES or not isinstance(values, list):
        return values
    return [None if isinstance(value, _Constant) else value for value in values]


def _integer(digits: str) -> float | int | str:
    return int(digits) if len(digits) < _LONGEST_INTEGER_DIGITS else _float(digits)


def _float(digits: str) -> float | str:
    """A float; where it overflows, the text that stands for an infinity."""
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        return _Constant("Infinity" if value > 0 else "-Infinity")
    return value


def _misfit(error: msgspec.ValidationError, body_type: Any, body: bytes) -> InvalidInput:
    """The decoder's sentence with the place it names, the value found there and the nearest known field."""
    found = _PATH.match(str(error))
    problem, path = (found["problem"], found["path"] or "$") if found else (str(error), "$")
    steps = [step["name"] if step["index"] is None else int(step["index"]) for step in _STEP.finditer(path)]
    row = next((step for step in steps if isinstance(step, int)), None)
    unknown = _UNKNOWN.search(problem)
    if unknown:
        return _unknown_field(unknown["name"], _fields(body_type, steps), row)
    place = steps if row is None else steps[steps.index(row) + 1 :]
    field = ".".join(str(step) for step in place) or ("row" if row is not None else "body")
    return InvalidInput(
        f"{'' if row is None else f'Row {row}: '}{field}: {problem[:1].lower()}{problem[1:]}.",
        field=field,
        row=row,
        value=shorten(_value_at(body, steps)),
        accepted=problem.removeprefix("Expected ").partition(",")[0] if problem.startswith("Expected ") else None,
    )


def _unknown_field(name: str, known: list[str], row: int | None) -> InvalidInput:
    hint = nearest(name, known)
    return InvalidInput(
        f"{'' if row is None else f'Row {row}: '}{shorten(name)!r} is not a known field"
        f"{f'; the nearest one is {hint!r}' if hint else ''}. Known are {', '.join(known)}.",
        field=str(shorten(name)),
        row=row,
        accepted=", ".join(known),
    )


def _fields(body_type: Any, steps: list[str | int]) -> list[str]:
    """The field names of the structure a path leads to: the body's own, or those of its rows."""
    fields = msgspec.structs.fields(body_type)
    for field in fields:
        if steps and field.encode_name == steps[0]:
            info = msgspec.inspect.type_info(field.type)
            kinds = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
            for kind in kinds:
                item = getattr(kind, "item_type", None)
                if isinstance(item, msgspec.inspect.StructType):
                    return [inner.encode_name for inner in item.fields]
    return [field.encode_name for field in fields]


def _value_at(body: bytes, steps: list[str | int]) -> Any:
    """What stands at a path of the document, as far as it can be followed."""
    try:
        value = msgspec.json.decode(body)
        for step in steps:
            value = value[step]
    except (msgspec.DecodeError, LookupError, TypeError, RecursionError, UnicodeDecodeError):
        return None
    return value


def _malformed(reason: str) -> Malformed:
    where = reason.removeprefix("JSON is malformed: ").rstrip(".")
    return Malformed(f"The body is not JSON: {where}.", accepted="application/json")


def _not_utf8(body: bytes) -> Malformed:
    """The decoder knows only the place within a text; the whole body is read again to name the byte."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return Malformed(f"The body is not UTF-8: {error.reason} at byte {error.start}.", accepted="UTF-8")
    return Malformed("The body is not UTF-8.", accepted="UTF-8")


def _too_deep() -> Malformed:
    return Malformed("The body is nested too deeply to be read.", accepted="JSON of a few levels")
