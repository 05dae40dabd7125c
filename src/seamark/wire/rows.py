"""JSON rows → columns of lists: the transposition, by one comprehension per key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from seamark.errors import TooLarge
from seamark.records import rows as names
from seamark.wire.bodies import OutcomeRow, PredictionRow
from seamark.wire.limits import Limits

_NOTHING: dict[str, Any] = {}


def prediction_columns(rows: Sequence[PredictionRow], limits: Limits) -> dict[str, list[Any]]:
    """The columns of these rows; a field no row has makes no column."""
    columns: dict[str, list[Any]] = {names.ID: [row.id for row in rows], names.TIME: [row.time for row in rows]}
    columns |= _given(rows, (names.VERSION,))
    columns |= _spread(names.FEATURE, [row.features for row in rows], limits)
    columns |= _given(rows, (names.PREDICTION, names.SCORE))
    columns |= _spread(names.CLASS_SCORE, [row.scores for row in rows], limits)
    columns |= _spread(names.SEGMENT, [row.segment for row in rows], limits)
    return columns | _given(rows, (names.LATENCY, names.WEIGHT))


def outcome_columns(rows: Sequence[OutcomeRow], limits: Limits) -> dict[str, list[Any]]:
    """The same for outcomes."""
    columns: dict[str, list[Any]] = {names.ID: [row.id for row in rows], names.TIME: [row.time for row in rows]}
    columns |= _spread(names.VALUE, [row.values for row in rows], limits)
    return columns | _given(rows, (names.PREDICTION_TIME,))


def _given(rows: Sequence[object], fields: tuple[str, ...]) -> dict[str, list[Any]]:
    """The columns of optional fields that at least one row has."""
    found = {field: list(map(attrgetter(field), rows)) for field in fields}
    return {field: values for field, values in found.items() if values.count(None) < len(values)}


def _spread(prefix: str, maps: Sequence[Mapping[str, Any] | None], limits: Limits) -> dict[str, list[Any]]:
    """One column per key. Rows mostly have the same keys; equal lengths and no missing key prove it cheaply."""
    present = [entries or _NOTHING for entries in maps]
    first = present[0] if present else _NOTHING
    if set(map(len, present)) <= {len(first)}:
        try:
            return {prefix + key: [entries[key] for entries in present] for key in first}
        except KeyError:
            pass  # equally many keys, but others
    keys = dict.fromkeys(key for entries in present for key in entries)
    if len(keys) > limits.max_columns:
        raise TooLarge(
            f"The rows name {len(keys):,} different keys under {prefix}*;"
            f" at most {limits.max_columns:,} columns are accepted.",
            field=prefix.rstrip("."),
            accepted=f"at most {limits.max_columns} columns",
        )
    return {prefix + key: [entries.get(key) for entries in present] for key in keys}
