"""Reads TOML values as frozen dataclasses. An error names the dotted path, the value and what is accepted.

An Options class is data: its annotations say what a key takes, its `__post_init__` what a value must be.
A key whose name ends in `_seconds` also takes `"30s"`, `"10m"`, `"6h"` or `"2d"`. A `Secret` is never
written in the file: its key takes `"env:NAME"` or `"file:PATH"`.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from seamark.errors import InvalidConfig, InvalidInput
from seamark.records.secret import Secret

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHOWN_CHARS = 60


def read_options(expected: type[Any], table: Mapping[str, object], path: str) -> Any:
    """`table` as the dataclass `expected`; raises InvalidConfig, also for what its `__post_init__` refuses."""
    types = get_type_hints(expected)
    for key in table:
        if key not in types:
            raise _unknown_key(path, key, types)
    for each in fields(expected):
        needed = each.default is MISSING and each.default_factory is MISSING
        if needed and each.name not in table:
            raise InvalidConfig(f"[{path}] needs the key {each.name}.", field=dotted(path, each.name))
    values = {key: _read(types[key], value, dotted(path, key)) for key, value in table.items()}
    try:
        return expected(**values)
    except InvalidInput as wrong:
        raise located(wrong, path) from None


def table_at(path: str, value: object) -> Mapping[str, object]:
    """`value` as a table."""
    if not isinstance(value, dict):
        raise _wrong(path, "a table", value)
    return value


def choice(known: Collection[str], value: object, path: str) -> str:
    """`value` as one of the `known` words."""
    accepted = f"one of {', '.join(map(_shown, known))}"
    if value is None:
        raise InvalidConfig(f"{path} is missing; it must be {accepted}.", field=path, accepted=accepted)
    if not isinstance(value, str) or value not in known:
        raise _wrong(path, accepted, value)
    return value


def located(wrong: InvalidInput, path: str) -> InvalidConfig:
    """What an Options class found wrong, said with the path of the key."""
    if wrong.field is None or wrong.accepted is None:
        return InvalidConfig(f"{path}: {wrong.message}", field=path, value=wrong.value, accepted=wrong.accepted)
    return _wrong(dotted(path, wrong.field), wrong.accepted, wrong.value)


def dotted(path: str, key: str) -> str:
    """The path of a key inside a table, quoted as TOML wants it."""
    name = key if _BARE_KEY.fullmatch(key) else quoted(key)
    return f"{path}.{name}" if path else name


def quoted(text: str) -> str:
    """A TOML string. JSON escapes the same characters, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(expected: Any, value: object, path: str) -> Any:  # noqa: PLR0911 one return for each kind of annotation
    """`value` as `expected`, which is any annotation an Options class may use."""
    origin, inner = get_origin(expected), get_args(expected)
    if origin in (Union, UnionType):  # X | None: TOML has no null, so a key that is there holds an X
        return _read(next(each for each in inner if each is not NoneType), value, path)
    if origin is Literal:
        return choice(inner, value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(path, "a list in brackets", value)
        return tuple(_read(inner[0], each, f"{path}[{index}]") for index, each in enumerate(value))
    if origin is Mapping:
        return {name: _read(inner[1], each, dotted(path, name)) for name, each in table_at(path, value).items()}
    if is_dataclass(expected):
        return read_options(expected, table_at(path, value), path)  # type: ignore[arg-type]  # a class, not an instance
    if issubclass(expected, StrEnum):
        return expected(choice([each.value for each in expected], value, path))
    if expected is Secret:
        return _secret(value, path)
    return _scalar(expected, value, path)


def _scalar(expected: type[Any], value: object, path: str) -> Any:
    in_seconds = path.endswith("_seconds")
    if in_seconds and isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        seconds = float(match[1]) * _UNIT_SECONDS[match[2]]
        value = int(seconds) if seconds.is_integer() else seconds
    accepted = {
        bool: "true or false",
        int: 'a whole number of seconds, or text like "10m"' if in_seconds else "a whole number",
        float: 'a number of seconds, or text like "10m"' if in_seconds else "a number",
        str: "text in quotes",
    }[expected]
    if expected is float and type(value) is int:
        return float(value)
    if type(value) is not expected or (isinstance(value, float) and not math.isfinite(value)):
        raise _wrong(path, accepted, value)
    return value


def _secret(value: object, path: str) -> Secret:
    """Nothing here may repeat `value`: somebody may have written the secret itself."""
    kind, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind not in ("env", "file") or not name:
        accepted = '"env:NAME" or "file:PATH"'
        raise InvalidConfig(
            f"{path} is a secret and must be {accepted}, so that this file holds none.", field=path, accepted=accepted
        )
    if kind == "env":
        if name not in os.environ:
            raise InvalidConfig(f"{path} needs the environment variable {name}, which is not set.", field=path)
        return Secret(os.environ[name], f"env:{name}")
    try:
        return Secret(Path(name).read_text(encoding="utf-8").strip(), f"file:{name}")
    except (OSError, UnicodeDecodeError) as failure:
        raise InvalidConfig(f"{path} needs the file {name!r}, which cannot be read.", field=path) from failure


def _wrong(path: str, accepted: str, value: object) -> InvalidConfig:
    message = f"{path} must be {accepted}, not {_shown(value)}."
    return InvalidConfig(message, field=path, value=value, accepted=accepted)


def _unknown_key(path: str, key: str, known: Collection[str]) -> InvalidConfig:
    near = get_close_matches(key, known, n=1)
    there = f"[{path}] has" if path else "the file may have"
    hint = f"did you mean {dotted(path, near[0])}?" if near else f"{there}: {', '.join(sorted(known))}."
    return InvalidConfig(f"There is no setting {dotted(path, key)}; {hint}", field=dotted(path, key))


def _shown(value: object) -> str:
    """`value` about as TOML writes it, cut where it is long."""
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
