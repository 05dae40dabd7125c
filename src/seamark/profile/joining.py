"""Tables of several batches as one."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from seamark.profile.conform import text_values


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
            table = table.set_column(index, field.name, text_values(table[field.name]))
    return table
