"""Tables of several batches as one."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from seamark.profile.conform import is_list, text_values
from seamark.records import rows as columns


def join_tables(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of all rows. A column that batches type differently becomes text: counting reads it back."""
    try:
        return pa.concat_tables(tables, promote_options="permissive").combine_chunks()
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.concat_tables([_as_text_where(table, tables) for table in tables], promote_options="permissive")


def _as_text_where(table: pa.Table, tables: Sequence[pa.Table]) -> pa.Table:
    from_all: dict[str, set[pa.DataType]] = {}
    for other in tables:
        for field in other.schema:
            if not pa.types.is_null(field.type):
                from_all.setdefault(field.name, set()).add(field.type)
    for index, field in enumerate(table.schema):
        if len(from_all.get(field.name, ())) > 1:
            table = _with_nested_mistyped(table, field)
            table = table.set_column(index, field.name, text_values(table[field.name]))
    return table


def _with_nested_mistyped(table: pa.Table, field: pa.Field) -> pa.Table:
    """A vector where other batches have numbers or texts has no text, but it is there and wrong."""
    marked = columns.MISTYPED + field.name.removeprefix(columns.FEATURE)
    if not is_list(field.type) or marked in table.column_names:
        return table
    wrong = pc.if_else(table[field.name].is_valid(), pa.scalar("<numbers>"), pa.scalar(None, pa.string()))
    return table.append_column(marked, wrong)
