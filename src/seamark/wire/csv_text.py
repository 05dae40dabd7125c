"""CSV has no types: every column is read as text, then as numbers where most of its values are numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.wire.shapes import Shape, shape_of

_NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf(inity)?|nan))$"


def read_texts(
    opened: Callable[[], BinaryIO | pa.NativeFile], block_bytes: int | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of a CSV file with a header, a block at a time, as text; empty cells are null.

    `opened` opens it, once for the header and once for the rows: a reader goes on reading ahead for a moment after
    it was closed, and would move a file that both share. Raises pa.ArrowInvalid or OSError for what is no such file.
    """
    with csv.open_csv(opened()) as first:
        header = first.schema.names
    convert = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True)
    options = csv.ReadOptions(block_size=block_bytes)
    with csv.open_csv(opened(), read_options=options, convert_options=convert) as reader:
        yield from reader


def answers_as_numbers(table: pa.Table, kind: EntryKind) -> pa.Table:
    """A canonical table of texts whose scores, weights and answers are numbers where all of their values are."""
    for place, name in enumerate(table.column_names):
        if shape_of(kind, name) in (Shape.NUMBER, Shape.ANSWER):
            values, unread = numbers_in_texts(table.column(place).combine_chunks())
            if unread is None:
                table = table.set_column(place, name, pa.chunked_array([values]))
    return table


def features_as_numbers(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Canonical arrays whose features are numbers where most of their values are; the others go to `mistyped.X`."""
    found: dict[str, pa.Array] = {}
    for name, array in columns.items():
        if not name.startswith(names.FEATURE) or array.type != pa.string():
            found[name] = array
            continue
        found[name], unread = numbers_in_texts(array)
        if unread is not None:
            found[names.MISTYPED + name.removeprefix(names.FEATURE)] = unread
    return found


def numbers_in_texts(array: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    """A text column as double and, where some cannot be read, those texts; unchanged when most cannot."""
    trimmed = pc.utf8_trim_whitespace(array)
    readable = pc.match_substring_regex(trimmed, _NUMBER)
    good, present = pc.sum(readable).as_py() or 0, len(array) - array.null_count
    if 2 * good < present or present == 0:
        return array, None
    nothing = pa.scalar(None, pa.string())
    values = pc.if_else(readable, trimmed, nothing).cast(pa.float64())
    values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    return values, None if good == present else pc.if_else(readable, nothing, array)
