"""Sample rows of a period, as they were logged."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from seamark.errors import InvalidInput
from seamark.query.models import find_model
from seamark.records import rows as columns
from seamark.records.window import Window
from seamark.store.protocol import Store

MOST_ROWS = 10_000


def rows(
    store: Store, project: str, model: str, window: Window, version: str | None = None, limit: int = 100, *, now_us: int
) -> dict[str, Any]:
    """The first `limit` stored predictions of the period, column by column; times in milliseconds."""
    del now_us
    if not 1 <= limit <= MOST_ROWS:
        raise InvalidInput(
            f"limit is {limit}; ask for 1 to {MOST_ROWS:,} rows.", field="limit", value=limit, accepted="1 to 10000"
        )
    found = find_model(store, project, model)
    parts: list[pa.Table] = []
    left = limit
    for part in store.rows.scan(store.rows.files("predictions", project, found.name, window), window=window):
        own = part if version is None else part.filter(pc.equal(part[columns.VERSION], version))
        parts.append(own.slice(0, left))
        left -= parts[-1].num_rows
        if left <= 0:
            break
    table = pa.concat_tables(parts, promote_options="permissive") if parts else pa.table({})
    return {"rows": table.num_rows, "columns": {name: _values(table, name) for name in table.column_names}}


def _values(table: pa.Table, name: str) -> list[Any]:
    column = table[name]
    if pa.types.is_timestamp(column.type):
        return [None if value is None else value // 1000 for value in pc.cast(column, pa.int64()).to_pylist()]
    if pa.types.is_floating(column.type):
        return [
            value if value is not None and abs(value) < float("inf") else _said(value) for value in column.to_pylist()
        ]
    return list(column.to_pylist())


def _said(value: float | None) -> str | None:
    """What JSON has no number for."""
    return None if value is None or value != value else ("Infinity" if value > 0 else "-Infinity")  # noqa: PLR0124 NaN is not itself
