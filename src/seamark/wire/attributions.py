"""POST /v1/models/{model}/attributions → the canonical table of attributions (`records.rows`).

Explained predictions come as columns `feature.X` and `attribution.X` in any format; means per bin as JSON alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import msgspec
import pyarrow as pa
from msgspec import UNSET, Raw, UnsetType

from seamark.errors import InvalidInput
from seamark.records import rows as names
from seamark.records.attribution import Explained
from seamark.records.log import EntryKind
from seamark.wire import arrow, lists
from seamark.wire.batch import Batch
from seamark.wire.bodies import FeatureMeans
from seamark.wire.canonical import within_limits
from seamark.wire.columns import arrays
from seamark.wire.csv_text import answers_as_numbers, features_as_numbers
from seamark.wire.limits import Limits
from seamark.wire.media import Media
from seamark.wire.parse import parse
from seamark.wire.refusal import Refusals
from seamark.wire.shapes import check_names
from seamark.wire.tabular import read_table

KIND: Final = EntryKind.ATTRIBUTIONS
_PAIR: Final = "pairs of columns feature.NAME and attribution.NAME"
_NAMED: Final = 5


class _RawBody(msgspec.Struct, forbid_unknown_fields=True):
    """A body whose features are still bytes, so that what is wrong in one is said with its name."""

    features: dict[str, Raw] | UnsetType = UNSET
    columns: dict[str, list[Any]] | UnsetType = UNSET


_BODY: Final = msgspec.json.Decoder(_RawBody)
_MEANS: Final = msgspec.json.Decoder(FeatureMeans)


def read(media: Media, body: bytes, model: str, explained: Explained, limits: Limits) -> tuple[Batch, tuple[str, ...]]:
    """The canonical table, and a sentence for what of the body is not used.

    Raises InvalidInput (Malformed, TooLarge).
    """
    refusals = Refusals()
    if media is not Media.JSON:
        columns, notes = _table(read_table(media, body, limits), media, refusals, limits)
    else:
        features, lists_of = _document(body)
        if features is not None:
            columns, notes, explained = _per_bin(features, limits), (), replace(explained, per_bin=True)
        else:
            used, notes = _used(list(lists_of))
            columns = arrays(KIND, {name: lists_of[name] for name in used}, refusals, limits)
    for refusal in refusals.sorted()[:1]:
        raise refusal.error()
    kept, shortened = within_limits({name: columns[name] for name in columns if _is_ours(name)}, limits)
    table = pa.table(kept).replace_schema_metadata(explained.to_metadata())
    return Batch(KIND, model, table, shortened=shortened), notes


def _document(body: bytes) -> tuple[dict[str, Raw] | None, dict[str, list[Any]]]:
    """The features of a JSON body or, where it has none, its columns."""
    document = parse(_BODY, body)
    if isinstance(document.features, UnsetType) and not isinstance(document.columns, UnsetType):
        return None, document.columns
    if isinstance(document.columns, UnsetType) and not isinstance(document.features, UnsetType):
        return document.features, {}
    found = "neither 'features' nor" if document.features is UNSET else "both 'features' and"
    raise InvalidInput(
        f"The body has {found} 'columns'; send exactly one of them.", field="features", accepted="features or columns"
    )


def _table(
    table: pa.Table, media: Media, refusals: Refusals, limits: Limits
) -> tuple[dict[str, pa.Array], tuple[str, ...]]:
    used, notes = _used(table.column_names)
    table = table.select(used)
    if media is Media.CSV:
        table = answers_as_numbers(table, KIND)
    found = arrow.arrays(arrow.as_batch(table), KIND, refusals, limits)
    return (features_as_numbers(found) if media is Media.CSV else found), notes


def _used(columns: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The pairs of columns, and a sentence for the others; raises InvalidInput for an attribution without values."""
    attributed = [name.removeprefix(names.ATTRIBUTION) for name in columns if name.startswith(names.ATTRIBUTION)]
    for name in attributed:
        if names.FEATURE + name not in columns:
            raise InvalidInput(
                f"There is a column 'attribution.{name}' but no 'feature.{name}', so nobody knows at which values it"
                " was attributed.",
                field=names.FEATURE + name,
                accepted=_PAIR,
            )
    if not attributed:
        shown = ", ".join(columns[:_NAMED]) + (", …" if len(columns) > _NAMED else "")
        raise InvalidInput(f"No column is named 'attribution.NAME'; the columns are {shown}.", accepted=_PAIR)
    used = [prefix + name for name in attributed for prefix in (names.FEATURE, names.ATTRIBUTION)]
    left = [name for name in columns if name not in used]
    shown = ", ".join(left[:_NAMED]) + (f" and {len(left) - _NAMED:,} more" if len(left) > _NAMED else "")
    return used, (f"Not used: {shown}. Only {_PAIR} are.",) if left else ()


def _is_ours(name: str) -> bool:
    return name.startswith((names.FEATURE, names.ATTRIBUTION))


def _per_bin(features: Mapping[str, Raw], limits: Limits) -> dict[str, pa.Array]:
    """One row per bin: its category or lower edge, and its mean; features with fewer bins end in nulls."""
    if not features:
        raise InvalidInput("'features' names no feature; send at least one.", field="features", accepted="a feature")
    check_names([names.FEATURE + name for name in features], limits)
    found = {name: _bins(name, raw) for name, raw in features.items()}
    length = max(len(means) for _, means in found.values())
    columns: dict[str, pa.Array] = {}
    for name, (values, means) in found.items():
        padding = [None] * (length - len(means))
        kind = pa.string() if any(isinstance(value, str) for value in values) else pa.float64()
        columns[names.FEATURE + name] = pa.array([*values, *padding], kind)
        columns[names.ATTRIBUTION + name] = pa.array([*means, *padding], pa.float64())
    return columns


def _bins(name: str, raw: Raw) -> tuple[list[str | float | None], list[float]]:
    """The bins of one feature (None for missing values) and their means."""
    try:
        found = parse(_MEANS, bytes(raw))
    except InvalidInput as error:
        field = f"features.{name}" + (f".{error.field}" if error.field else "")
        raise InvalidInput(f"features.{name}: {error.message}", field=field, value=error.value) from None
    bins = _categories(name, found) if found.categories is not None else _intervals(name, found)
    if found.missing is None:
        return bins, found.mean
    return [*bins, None], [*found.mean, found.missing]


def _categories(name: str, found: FeatureMeans) -> list[str | float | None]:
    texts = lists.texts(found.categories or [], name, Limits()).to_pylist()
    if found.edges is not None:
        raise _misfit(name, "has edges and categories", "edges or categories")
    if len(set(texts)) < len(texts) or None in texts:
        raise _misfit(name, "has a category twice, or null", "distinct categories")
    if len(texts) != len(found.mean) or not texts:
        raise _misfit(name, f"has {len(texts)} categories and {len(found.mean)} means", "one mean for each")
    return list(texts)


def _intervals(name: str, found: FeatureMeans) -> list[str | float | None]:
    """The lower edges; the first interval reaches down, and the last one up, without end."""
    edges = found.edges
    if edges is None:
        raise _misfit(name, "has neither edges nor categories", "edges or categories")
    if not all(map(math.isfinite, edges)) or not all(low < high for low, high in pairwise(edges)):
        raise _misfit(name, "has edges that do not ascend", "ascending, finite edges")
    if len(found.mean) not in (len(edges) - 1, len(edges) + 1) or not found.mean or not edges:
        accepted = "one mean fewer than edges, or one more for the two outer intervals"
        raise _misfit(name, f"has {len(edges)} edges and {len(found.mean)} means", accepted)
    return [*edges[:-1]] if len(found.mean) < len(edges) else [-math.inf, *edges]


def _misfit(name: str, problem: str, accepted: str) -> InvalidInput:
    return InvalidInput(f"features.{name} {problem}; send {accepted}.", field=f"features.{name}", accepted=accepted)
