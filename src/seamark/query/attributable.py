"""Do uploaded attributions belong to a model? Asked before they are logged, so that who sends them is told."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from seamark.errors import Conflict, InvalidInput
from seamark.records import rows as columns
from seamark.records.attribution import Explained, Scale
from seamark.records.signals import Role
from seamark.stats.attribution import resolved
from seamark.stats.binning import CategoricalBins
from seamark.stats.binset import BinSet
from seamark.store.protocol import Store

_NAMED = 5


def attributable(store: Store, project: str, model: str, table: pa.Table) -> list[str]:
    """A sentence on what will be used of a canonical table of attributions, and on what will not.

    Raises Conflict for a model without bins and InvalidInput for attributions that are not about it.
    """
    newest = max(store.slow.bin_sets(project, model), key=lambda stored: stored.id, default=None)
    if newest is None:
        raise Conflict(
            f"Model {model!r} has no bins yet to put attributions on; send its reference first, or wait for its first "
            "1,000 predictions."
        )
    bin_set = BinSet.from_bytes(newest.payload)
    explained = Explained.from_metadata(table.schema.metadata)
    resolved(bin_set, explained.target, log_odds=explained.scale is Scale.LOG_ODDS)
    known = [signal.name for signal in bin_set.signals if signal.role == Role.FEATURE]
    sent = [name for name in table.column_names if name.startswith(columns.FEATURE)]
    used, unknown = [name for name in sent if name in known], [name for name in sent if name not in known]
    if not used:
        raise InvalidInput(
            f"Not one is a feature of {model}: {_listed(unknown) or 'all are dropped'}. It has {_listed(known)}.",
            field="features",
            accepted=_listed(known),
        )
    if explained.per_bin:
        for name in used:
            _check_bins(table, bin_set, name)
    notes = [f"Attributions of {_listed(used)} are put on the bins of {model} at the next tick."]
    return [*notes, f"Not a feature of {model}, and not used: {_listed(unknown)}."] if unknown else notes


def _check_bins(table: pa.Table, bin_set: BinSet, name: str) -> None:
    """Raise for categories of a number, edges of a category, and categories of which the model knows none."""
    bins, values = bin_set.signals[bin_set.position(name)].bins, table[name].drop_null()
    label, texts = name.removeprefix(columns.FEATURE), pa.types.is_string(values.type)
    if not isinstance(bins, CategoricalBins):
        if texts:
            raise _misfit(label, f"{label} is a number in this model; send edges and not categories.", "edges")
        return
    if not texts:
        raise _misfit(label, f"{label} is a category in this model; send categories and not edges.", "categories")
    if (bins.index_texts(values.to_pylist()) == bins.unseen).all():
        accepted = ", ".join(bins.categories[:_NAMED])
        raise _misfit(label, f"The model knows none of the categories of {label}; it knows {accepted}.", accepted)


def _misfit(label: str, sentence: str, accepted: str) -> InvalidInput:
    return InvalidInput(sentence, field=f"features.{label}", accepted=accepted)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name.removeprefix(columns.FEATURE) for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED:,} more"
