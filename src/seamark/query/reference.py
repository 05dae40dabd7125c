"""What would a new reference replace, and in which features does it differ from that?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa

from seamark.clock import to_iso
from seamark.errors import Corrupt, Unavailable
from seamark.query.naming import label_of
from seamark.records import rows as columns
from seamark.records.signals import Kind, Role
from seamark.records.wording import counted
from seamark.stats.binset import BinSet
from seamark.stats.description import kind_of
from seamark.store.protocol import Store
from seamark.store.tables import holds_numbers

_NAMED = 5


def reference(store: Store, project: str, model: str) -> dict[str, Any]:
    """`replaced`, a sentence; `features`, name → kind of what windows are compared by now; `of`, what has these.

    A model without any bin set is described by its newest rows. What is damaged is left out: a new reference may be
    the cure, and must not be kept out by it.
    """
    bin_sets = store.slow.bin_sets(project, model)
    if not bin_sets:
        first = f"It is the first reference of {model}."
        return {"replaced": first, "features": _of_rows(store, project, model), "of": "the stored traffic"}
    newest = bin_sets[-1]
    day = to_iso(newest.created_us)[:10]
    features = _of_bins(newest.payload)
    if newest.provisional:
        replaced = f"It replaces the provisional reference of {day}, which was made of the first traffic."
        return {"replaced": replaced, "features": features, "of": "the first traffic"}
    rows = next((each.rows for each in store.slow.baselines(project, model) if each.id == newest.id), 0)
    replaced = f"It replaces the reference of {day}, which has {counted(rows, 'row')}."
    return {"replaced": replaced, "features": features, "of": "the reference it replaces"}


def notes_on(present: Mapping[str, Any], features: Mapping[str, str]) -> list[str]:
    """What a new reference with `features` (name → kind) replaces and, where they differ, one sentence on how."""
    known: Mapping[str, str] = present["features"]
    changed = [
        f"{name} (was {known[name]}, is {kind})"
        for name, kind in sorted(features.items())
        if known.get(name, kind) != kind
    ]
    parts = {
        "missing": sorted(known.keys() - features.keys()),
        "new": sorted(features.keys() - known.keys()) if known else [],
        "of another kind": changed,
    }
    said = "; ".join(f"{what} {_listed(names)}" for what, names in parts.items() if names)
    return [present["replaced"], *([f"Its features, beside those of {present['of']}: {said}."] if said else [])]


def _of_bins(payload: bytes) -> dict[str, str]:
    with suppress(Corrupt):
        bin_set = BinSet.from_bytes(payload)
        kinds = {
            label_of(each.name): each.kind for each in bin_set.signals if each.role == Role.FEATURE and not each.group
        }
        return kinds | {label_of(name): kind_of(each) for name, each in bin_set.described.items()}
    return {}


def _of_rows(store: Store, project: str, model: str) -> dict[str, str]:
    schema: Iterable[pa.Field] = ()
    with suppress(Corrupt, Unavailable):
        newest = store.rows.files("predictions", project, model)[-1:]
        schema = next((table.schema for table in store.rows.scan(newest)), ())
    return {
        label_of(each.name): str(Kind.NUMERIC if holds_numbers(each.type) else Kind.CATEGORICAL)
        for each in schema
        if each.name.startswith(columns.FEATURE)
    }


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED:,} more"
