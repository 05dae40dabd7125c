"""A reference becomes a bin set, a static baseline and the monitors, adopted together under one id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seamark.clock import to_iso
from seamark.profile.cells import index_of
from seamark.profile.conform import flat, numbers, text_values
from seamark.profile.counting import count_all
from seamark.profile.describing import DESCRIPTIONS, learned, read_descriptions, texts_without_vocabulary
from seamark.profile.duplicates import times_us
from seamark.profile.effects import mean_scores
from seamark.profile.scores import confidence
from seamark.profile.segments import Segments
from seamark.records import rows as columns
from seamark.records.blocks import SlowStep
from seamark.records.model import AttributionSource, Model, StoredAttribution, StoredBaseline, StoredBinSet, Task
from seamark.records.options import Handling, ModelOptions
from seamark.records.signals import Kind, Role
from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, SignalBins, categorical_signal, numeric_signal
from seamark.stats.description import Description, Descriptions, series_of
from seamark.stats.joint import joint_projections

SCORE_BINS = 100
MAX_CLASSES = 20  # more distinct whole predictions than this are a regression's
# "Near ½" is |p - ½| < 0.1; the open lower end is the next float, because bins are closed on the left.
_NONE: Final[Descriptions] = MappingProxyType({})
NEAR_HALF = (float(np.nextafter(0.4, 1.0)), 0.6)


def adopt(
    step: SlowStep,
    model: Model,
    table: pa.Table,
    options: ModelOptions,
    *,
    id: int,
    now_us: int,
    provisional: bool,
    before: Descriptions = _NONE,
) -> SlowStep:
    """The step with a bin set, a baseline and mean scores per bin made from `table` under `id`.

    A model without rows uses them at once; otherwise `rebin` counts the stored rows first. `before` is how the model
    measures its embeddings and texts so far.
    """
    table, descriptions = _with_descriptions(table, before, options)
    task = options.task if options.task is not Task.UNKNOWN else infer_task(table)
    bin_set = build_bin_set(table, task, options, descriptions)
    baseline = count_all(table, bin_set)
    made = "first traffic" if provisional else "reference"
    stored = StoredBinSet(
        id=id,
        project=model.project,
        model=model.name,
        created_us=now_us,
        provisional=provisional,
        covered_seq=0,
        payload=bin_set.to_bytes(),
    )
    times = times_us(table)
    against = StoredBaseline(
        id=id,
        project=model.project,
        model=model.name,
        bin_set=id,
        kind="static",
        created_us=now_us,
        rows=table.num_rows,
        source=f"{made} of {table.num_rows:,} rows, adopted {to_iso(now_us)}",
        payload=baseline.to_bytes(),
        first_time_us=int(times.min()),
        last_time_us=int(times.max()),
    )
    attributions = tuple(
        StoredAttribution(
            id, model.project, model.name, each.target, AttributionSource.REFERENCE, now_us, each.to_bytes()
        )
        for each in mean_scores(table, bin_set, baseline)
    )
    segments = Segments.of_reference(options.segments, table)
    model = replace(model, task=task, building_segments=segments.names)
    return replace(
        step,
        models=(*step.models, model),
        bin_sets=(*step.bin_sets, stored),
        baselines=(*step.baselines, against),
        attributions=(*step.attributions, *attributions),
    )


def infer_task(table: pa.Table) -> Task:
    """From scores where there are any, else from the kind and number of distinct predictions."""
    names = table.column_names
    if sum(name.startswith(columns.CLASS_SCORE) for name in names) > 1:
        return Task.MULTICLASS
    if columns.SCORE in names:
        return Task.BINARY
    if columns.PREDICTION not in names or table[columns.PREDICTION].null_count == table.num_rows:
        return Task.UNKNOWN
    predictions = table[columns.PREDICTION].drop_null()
    distinct = pc.unique(predictions)
    if pa.types.is_floating(predictions.type) or pa.types.is_integer(predictions.type):
        values = numbers(distinct).values
        if len(values) > MAX_CLASSES or not np.equal(values, np.floor(values)).all():
            return Task.REGRESSION
    return Task.BINARY if len(distinct) <= 2 else Task.MULTICLASS


def _with_descriptions(
    table: pa.Table, before: Descriptions, options: ModelOptions
) -> tuple[pa.Table, dict[str, Description]]:
    """The rows, and how their embeddings and texts are measured: as the door has said, else as the rows say."""
    said = (table.schema.metadata or {}).get(DESCRIPTIONS)
    if said is not None:
        return table, read_descriptions(said)
    known = {**texts_without_vocabulary(table.column_names), **before}
    found = learned({name: flat(table[name]) for name in table.column_names}, known, options.features)
    return pa.table(found.columns), found.descriptions


def build_bin_set(table: pa.Table, task: Task, options: ModelOptions, descriptions: Descriptions = _NONE) -> BinSet:
    """Bins for every feature, the prediction, the scores, the confidence and the joint projections.

    Of an embedding or a text the joint projections take the first series: it would drown the others.
    """
    features = list(_features(table, options, descriptions))
    answers = list(_answers(table, task, options))
    signals = tuple(features + answers)
    first: dict[str, int] = {}
    for place, each in enumerate(features):
        first.setdefault(each.group or each.name, place)
    leads = list(first.values())
    indices = [index_of(table, features[place]) for place in leads]
    counts = [
        np.bincount(index, minlength=features[place].bins.count)[: features[place].bins.count]
        for place, index in zip(leads, indices, strict=True)
    ]
    joint = joint_projections(leads, counts)
    if not joint.count:
        return BinSet(signals, described=descriptions)
    projected = joint.project(indices)
    projections = tuple(
        numeric_signal(f"joint.{number:02d}", Role.JOINT, projected[:, number]) for number in range(joint.count)
    )
    return BinSet(signals + projections, joint, descriptions)


def _features(table: pa.Table, options: ModelOptions, descriptions: Descriptions) -> Iterator[SignalBins]:
    grouped = {name + columns.SERIES + series for name, each in descriptions.items() for series in series_of(each)}
    for name in sorted({name for name in table.column_names if name.startswith(columns.FEATURE)} | set(descriptions)):
        if name in descriptions:
            yield from _series(table, name, descriptions[name])
            continue
        if name in grouped:
            continue
        stated = options.features.get(name.removeprefix(columns.FEATURE))
        if stated is not None and stated.handling is Handling.DROP:
            continue
        kind = stated.kind if stated is not None and stated.kind != "auto" else _kind(table[name].type)
        yield _signal(table, name, Role.FEATURE, kind)


def _series(table: pa.Table, name: str, description: Description) -> Iterator[SignalBins]:
    """The series of an embedding or a text that the reference has values of, and always the first."""
    for number, series in enumerate(series_of(description)):
        column = name + columns.SERIES + series
        values = numbers(table[column]).values if column in table.column_names else np.full(table.num_rows, np.nan)
        if number == 0 or np.isfinite(values).any():
            yield numeric_signal(column, Role.FEATURE, values, group=name)


def _answers(table: pa.Table, task: Task, options: ModelOptions) -> Iterator[SignalBins]:
    if columns.PREDICTION in table.column_names:
        yield _signal(
            table, columns.PREDICTION, Role.PREDICTION, Kind.NUMERIC if task is Task.REGRESSION else Kind.CATEGORICAL
        )
    edges = (*options.decision_thresholds, *NEAR_HALF)
    for name in table.column_names:
        if name == columns.SCORE or name.startswith(columns.CLASS_SCORE):
            yield numeric_signal(name, Role.SCORE, numbers(table[name]).values, bins=SCORE_BINS, extra_edges=edges)
    for name, values in confidence(table).items():
        yield numeric_signal(name, Role.CONFIDENCE, values)


def _signal(table: pa.Table, name: str, role: Role, kind: str) -> SignalBins:
    if kind == Kind.NUMERIC:
        return numeric_signal(name, role, numbers(table[name]).values)
    counted = pc.value_counts(text_values(table[name]).drop_null())
    return categorical_signal(
        name,
        role,
        categorical_bins(counted.field("values").to_pylist(), counted.field("counts").to_numpy(zero_copy_only=False)),
    )


def _kind(type: pa.DataType) -> Kind:
    numeric = pa.types.is_floating(type) or pa.types.is_integer(type) or pa.types.is_decimal(type)
    return Kind.NUMERIC if numeric else Kind.CATEGORICAL
