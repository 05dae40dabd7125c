"""Writes a tree of frozen dataclasses as TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from seamark.config.reading import dotted, quoted
from seamark.ingest.source import ConfiguredSource
from seamark.notify.notifier import Receiver
from seamark.records.secret import Secret


def written(tree: object) -> str:
    """`tree` as TOML: what is not set appears as a comment, a secret as its source."""
    return "\n".join(_lines(_table(tree), "")).strip() + "\n"


def _lines(table: Mapping[str, object], path: str) -> Iterator[str]:
    tables = {key: value for key, value in table.items() if isinstance(value, Mapping) or is_dataclass(value)}
    values = {key: value for key, value in table.items() if key not in tables}
    if path and (values or not tables):
        yield f"\n[{path}]"
    for key, value in values.items():
        name = dotted("", key)
        yield f"# {name} is not set" if value is None else f"{name} = {_value(value)}"
    for key, value in tables.items():
        yield from _lines(_table(value), dotted(path, key))


def _table(node: object) -> Mapping[str, object]:
    if isinstance(node, Mapping):
        return node
    if isinstance(node, Receiver | ConfiguredSource):
        return {"type": node.type, **_table(node.options)}
    return {each.name: getattr(node, each.name) for each in fields(node)}  # type: ignore[arg-type]  # a dataclass


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Secret):
        return _value(value.source)
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)
