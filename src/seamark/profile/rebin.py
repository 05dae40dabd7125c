"""Counting rows that are already stored: for a model's first bin set, and for every later one.

A bin set that is newer than the active one is *building*: its blocks hold the stored rows up to
`covered_seq`. Each call counts a bounded number of row files more; when none is left, the bin set
becomes the active one. Rows that arrive meanwhile are counted in the active set and, through their
files, in the building one: each exactly once in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

import pyarrow as pa

from seamark.profile.bins import BinSets
from seamark.profile.counting import grown_blocks
from seamark.profile.joining import join_tables
from seamark.profile.reference import adopt
from seamark.profile.segments import Segments
from seamark.records.blocks import RowFile, SlowStep
from seamark.records.model import Model, StoredBinSet
from seamark.records.options import ModelOptions
from seamark.store.protocol import Slow, Store

PROVISIONAL_ROWS = 1_000
_SEED_ROWS = 20_000  # of the first stored rows, at most, make a provisional reference


def seed(store: Store, model: Model, options: ModelOptions, now_us: int) -> SlowStep | None:
    """A provisional bin set, once a model without a reference has 1,000 rows."""
    waits = model.bin_set is None and model.rows >= PROVISIONAL_ROWS
    if not waits or store.slow.bin_sets(model.project, model.name):
        return None
    step = SlowStep(watermark_seq=store.slow.watermark())
    table = _first_rows(store, model)
    return adopt(step, model, table, options, id=store.slow.next_id(), now_us=now_us, provisional=True)


def rebin(store: Store, bin_sets: BinSets, model: Model, options: ModelOptions, slice_rows: int) -> SlowStep | None:
    """Count the next stored rows in the building bin set, or make it the active one; None if none builds."""
    building = _building(store.slow, model)
    return None if building is None else _continue(store, bin_sets, model, building, options, slice_rows)


def is_building(slow: Slow, model: Model) -> bool:
    """Whether a newer bin set is on its way."""
    return _building(slow, model) is not None


def _building(slow: Slow, model: Model) -> StoredBinSet | None:
    newest = max(slow.bin_sets(model.project, model.name), key=lambda stored: stored.id, default=None)
    return newest if newest is not None and newest.id > (model.bin_set or 0) else None


def _continue(
    store: Store, bin_sets: BinSets, model: Model, building: StoredBinSet, options: ModelOptions, slice_rows: int
) -> SlowStep:
    step = SlowStep(watermark_seq=store.slow.watermark())
    listed = store.rows.files("predictions", model.project, model.name)
    waiting = sorted((f for f in listed if f.last_seq > building.covered_seq), key=lambda file: file.last_seq)
    if not waiting:
        return replace(step, models=(_activated(store.slow, model, building),))
    chosen = slice_of(waiting, slice_rows)
    table = join_tables(list(store.rows.scan(chosen)))
    segments = Segments(options.segments, model.building_segments).grown(table)
    model = replace(model, building_segments=segments.names)
    blocks = grown_blocks(bin_sets, model, building.id, table, segments)
    if len(chosen) == len(waiting):  # steady traffic brings a file a step: do not wait for a pause
        model = _activated(store.slow, model, building)
    covered = replace(building, covered_seq=chosen[-1].last_seq)
    return replace(step, models=(model,), bin_sets=(covered,), blocks=tuple(blocks))


def _activated(slow: Slow, model: Model, building: StoredBinSet) -> Model:
    """The model on its new bin set. Verdicts against early traffic are taken again; others stand."""
    provisional = next((s.provisional for s in slow.bin_sets(model.project, model.name) if s.id == model.bin_set), True)
    through_us = None if provisional else model.evaluated_through_us
    return replace(
        model,
        bin_set=building.id,
        baseline=building.id,
        segments=model.building_segments,
        building_segments=(),
        evaluated_through_us=through_us,
    )


def slice_of(waiting: Sequence[RowFile], slice_rows: int) -> list[RowFile]:
    """Whole log steps (files of one last_seq belong together) up to `slice_rows`, at least one."""
    rows, end = 0, waiting[0].last_seq
    for file in waiting:
        if file.last_seq != end and rows >= slice_rows:
            break
        rows, end = rows + file.rows, file.last_seq
    return list(takewhile(lambda file: file.last_seq <= end, waiting))


def _first_rows(store: Store, model: Model) -> pa.Table:
    """The rows stored first, in whole tables, until they are enough."""
    tables: list[pa.Table] = []
    for part in store.rows.scan(store.rows.files("predictions", model.project, model.name)):
        tables.append(part)
        if sum(table.num_rows for table in tables) >= _SEED_ROWS:
            break
    return join_tables(tables).slice(0, _SEED_ROWS)
