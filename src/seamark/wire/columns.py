"""JSON columns: `{"id": [...], "feature.amount": [...]}` → typed arrays by column name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from seamark.errors import InvalidInput
from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.records.wording import counted
from seamark.wire import lists
from seamark.wire.canonical import check_rows
from seamark.wire.limits import Limits
from seamark.wire.refusal import Refusals
from seamark.wire.shapes import Shape, check_names, shape_of

Lists = Mapping[str, Sequence[Any]]


def arrays(kind: EntryKind, columns: Lists, refusals: Refusals, limits: Limits) -> dict[str, pa.Array]:
    """One typed array per column, and one more (`mistyped.X`) for a feature that mixes types."""
    check_names(list(columns), limits)
    check_rows(_length(columns), limits)
    found: dict[str, pa.Array] = {}
    for name, values in columns.items():
        shape = shape_of(kind, name)
        if shape is Shape.FEATURE:
            found[name], mistyped = lists.features(values, name, limits)
            if mistyped is not None:
                found[names.MISTYPED + name.removeprefix(names.FEATURE)] = mistyped
        else:
            found[name] = _array(shape, values, name, refusals, limits)
    return found


def _array(shape: Shape, values: Sequence[Any], name: str, refusals: Refusals, limits: Limits) -> pa.Array:
    match shape:
        case Shape.ID:
            return lists.identifiers(values, name, refusals)
        case Shape.TIME:
            return lists.times(values, name, refusals)
        case Shape.NUMBER:
            return lists.numbers(values, name, refusals)
        case Shape.ANSWER:
            return lists.answers(values, name, refusals)
        case _:
            return lists.texts(values, name, limits)


def _length(columns: Lists) -> int:
    """How long every column is; raises InvalidInput where they differ."""
    lengths = {name: len(values) for name, values in columns.items()}
    first = names.ID if names.ID in lengths else next(iter(lengths), "")
    rows = lengths.get(first, 0)
    for name, length in lengths.items():
        if length != rows:
            raise InvalidInput(
                f"Column {name!r} has {counted(length, 'value')} where column {first!r} has {rows:,};"
                " the columns of one batch are equally long.",
                field=name,
                value=length,
                accepted=counted(rows, "value"),
            )
    return rows
