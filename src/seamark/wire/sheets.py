"""The rows of one payload as columns, before anything is known of what they mean; and what their owner says they do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from seamark.errors import InvalidInput, TooLarge

MOST_COLUMNS: Final = 512  # of one tensor or list; a longer row is one vector
MOST_CELLS: Final = 5_000_000  # of one payload: rows that have few names in common would multiply
LONGEST_VECTOR: Final = 4_096  # a longer one (an image, say) is left out
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class Naming:
    """What payloads leave unsaid.

    `inputs` names the places of a tensor, `outputs` says what each answer is: `prediction`, `score`, `score.CLASS`, or
    nothing for one that is left out.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Columns of `rows` values each. `unnamed`: they are the places of one tensor, called "0", "1", …"""

    rows: int
    columns: Mapping[str, Sequence[Any]]
    unnamed: bool = False
    version: str = ""  # of the model, where the payload names it


def sheet_of(items: Sequence[Any]) -> Sheet:
    """A list of rows: objects by name, lists by place, or single values; raises InvalidInput for a mixture."""
    if not items:
        raise InvalidInput("The payload holds no rows.", accepted="at least one row")
    kinds = set(map(type, items))
    if kinds == {dict}:
        return _of_objects(items)
    if kinds == {list}:
        return _of_lists(items)
    if list in kinds or dict in kinds:
        raise InvalidInput("The payload mixes lists, objects and single values as rows.", accepted="rows of one kind")
    return Sheet(len(items), {"0": items}, unnamed=True)


def sheet_of_columns(columns: Mapping[str, Any]) -> Sheet:
    """An object of equally long lists."""
    lengths = {name: len(values) for name, values in columns.items() if isinstance(values, list)}
    if not lengths or len(lengths) < len(columns) or len(set(lengths.values())) > 1:
        raise InvalidInput("The payload is no object of equally long lists.", accepted="columns of one length")
    rows = next(iter(lengths.values()))
    check_cells(rows, len(columns))
    return Sheet(rows, {name: list(map(cell, values)) for name, values in columns.items()})


def with_names(names: Sequence[Any], rows: Sequence[Any]) -> Sheet:
    """Rows by place with the names of the places."""
    found = sheet_of(rows)
    if not found.unnamed or len(names) != len(found.columns):
        raise InvalidInput(f"The payload has {len(names):,} names for {len(found.columns):,} columns.")
    return Sheet(found.rows, dict(zip(map(str, names), found.columns.values(), strict=True)))


def spread(flat: Sequence[Any], rows: int, name: str, *, alone: bool, most: int = MOST_COLUMNS) -> Sheet:
    """One tensor of `rows` rows, laid flat: a column for each place of a row, or one of vectors beyond `most`.

    `alone` is the only tensor of its payload: its places, if they are several, have no names.
    """
    width = len(flat) // max(rows, 1)
    if width == 1:
        return Sheet(rows, {name: list(map(cell, flat))})
    if width > LONGEST_VECTOR:
        return Sheet(rows, {})
    if width > most:
        return Sheet(rows, {name: [list(flat[start : start + width]) for start in range(0, rows * width, width)]})
    places = {(str(place) if alone else f"{name}_{place}"): flat[place::width] for place in range(width)}
    return Sheet(rows, places, unnamed=alone)


def flattened(value: list[Any]) -> list[Any]:
    """A list of lists of … as one list; raises InvalidInput beyond eight levels."""
    for _ in range(_DEEPEST):
        if list not in set(map(type, value)):
            return value
        value = list(chain.from_iterable(each if isinstance(each, list) else [each] for each in value))
    raise InvalidInput(f"The payload nests lists more than {_DEEPEST} levels deep.", accepted=f"{_DEEPEST} levels")


def cell(value: Any) -> Any:
    """A value of a row: a list of one is its item, nested lists are one vector, and a vector too long is left out."""
    if not isinstance(value, list):
        return value
    flat = flattened(value)
    if len(flat) == 1:
        return flat[0]
    return flat if len(flat) <= LONGEST_VECTOR else None


def text_in_base64(coded: Any) -> str | None:
    """The text; None for what is none (an image, say)."""
    try:
        return base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, TypeError, ValueError):
        return None


def check_cells(rows: int, columns: int) -> None:
    """Raise TooLarge for more cells than a payload may have."""
    if rows * columns > MOST_CELLS:
        raise TooLarge(
            f"The payload has {rows:,} rows of {columns:,} columns.", accepted=f"at most {MOST_CELLS:,} values"
        )


def merged(parts: Iterable[Sheet]) -> Sheet:
    """Several tensors of the same rows as one sheet; raises InvalidInput where their rows differ."""
    sheets = list(parts)
    rows = {each.rows for each in sheets}
    if len(rows) != 1:
        raise InvalidInput(f"The tensors of the payload have {sorted(rows)} rows.", accepted="the same first dimension")
    columns = {name: values for each in sheets for name, values in each.columns.items()}
    return Sheet(sheets[0].rows, columns, unnamed=len(sheets) == 1 and sheets[0].unnamed)


def _of_objects(items: Sequence[dict[str, Any]]) -> Sheet:
    first = items[0].keys()
    names = first if all(item.keys() == first for item in items) else dict.fromkeys(chain.from_iterable(items))
    check_cells(len(items), len(names))
    return Sheet(len(items), {name: [cell(item.get(name)) for item in items] for name in names})


def _of_lists(items: Sequence[list[Any]]) -> Sheet:
    rows = [item if list not in set(map(type, item)) else flattened(item) for item in items]
    widths = set(map(len, rows))
    if len(widths) != 1 or widths == {0}:
        raise InvalidInput("The payload has rows of different lengths, or empty ones.", accepted="rows of one length")
    flat = list(chain.from_iterable(rows))
    found = spread(flat, len(rows), "0", alone=True)
    return Sheet(found.rows, found.columns, unnamed=bool(found.columns))
