"""Which features a reference has, for who wants to know before it is adopted."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from seamark.records import rows as names
from seamark.records.options import FeatureOptions, Handling
from seamark.records.signals import Kind
from seamark.store.tables import holds_numbers


def feature_kinds(table: pa.Table, stated: Mapping[str, FeatureOptions]) -> dict[str, str]:
    """Name → `numeric` or `categorical` of the features that will be watched: as stated, else by their type."""
    found = {}
    for column in table.schema:
        name = column.name.removeprefix(names.FEATURE)
        said = stated.get(name, _UNSAID)
        if column.name.startswith(names.FEATURE) and said.handling is not Handling.DROP:
            numeric = holds_numbers(column.type) and said.handling is not Handling.HASH
            inferred = str(Kind.NUMERIC if numeric else Kind.CATEGORICAL)
            found[name] = inferred if said.kind == "auto" else said.kind
    return found


_UNSAID = FeatureOptions()
