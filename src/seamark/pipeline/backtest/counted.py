"""Rows of the past, counted into the hourly profiles of a store that is made for it.

Profiles add, so the order of the rows does not matter, and nothing is judged yet: the play reads a window only
when its clock has passed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from seamark.clock import HOUR_US
from seamark.detect.windows import choose_length
from seamark.errors import InvalidInput
from seamark.pipeline.backtest.play import span_of
from seamark.profile.absorb import Absorber, count_rows
from seamark.profile.bins import BinSets
from seamark.profile.duplicates import SeenRows
from seamark.profile.rebin import PROVISIONAL_ROWS, rebin, seed
from seamark.profile.reference import adopt
from seamark.records import rows as columns
from seamark.records.blocks import SlowStep
from seamark.records.model import Model
from seamark.records.options import ModelOptions
from seamark.records.wording import counted
from seamark.store.memory.scratch import ScratchStore
from seamark.store.protocol import Store

PROJECT: Final = "default"
_FIRST: Final = SlowStep(watermark_seq=0)
_SHOWN: Final = 5


def count_history(
    name: str, options: ModelOptions, reference: pa.Table | None, tables: Iterable[pa.Table]
) -> ScratchStore:
    """A store with one model, its reference adopted and its rows counted; rows that are repeated count once.

    Without a reference the first 1,000 rows become a provisional one. Raises InvalidInput for fewer than those,
    for no rows at all, and for a reference that shares no column with them.
    """
    store = ScratchStore()
    absorber = Absorber(store, lambda _project, _model: options, SeenRows(store.rows), BinSets(store.slow))
    waiting = (table for table in tables if table.num_rows)
    first = next(waiting, None)
    if first is None:
        raise InvalidInput("There are no rows to play.", accepted="at least one row")
    if reference is None:
        parts = _begin(absorber, name, options, first)
    else:
        _adopt(store, name, options, reference, first)
        parts = iter([first])
    store.rows.whole = False
    number = 1
    for each in (parts, waiting):
        for table in each:
            number += 1
            store.slow.commit(count_rows(absorber, _FIRST, PROJECT, name, table, number, 0))
    pa.default_memory_pool().release_unused()  # which would keep hundreds of megabytes of what has been read
    # Nothing has been judged, so nothing has to be judged again.
    store.slow.commit(SlowStep(watermark_seq=0, cleaned=tuple(store.slow.dirty())))
    return store


def notes_on(reference: pa.Table, rows: pa.Table) -> tuple[str, ...]:
    """What one has and the other lacks, a sentence each."""
    theirs, ours = (_signals(table) for table in (reference, rows))
    notes = []
    if ours - theirs:
        notes.append(f"Not watched, because the reference has no such column: {_named(ours - theirs)}.")
    if theirs - ours:
        notes.append(
            f"Missing in every row, because the data lack the column: {_named(theirs - ours)} (--exclude leaves out)."
        )
    return tuple(notes)


def window_for(store: Store, model: Model, options: ModelOptions) -> tuple[int, str]:
    """The length of the windows to judge in microseconds, and why; raises InvalidInput where no window is whole.

    A live model's window may change with its traffic. Here one length, the one that suits the whole, keeps
    what is found comparable.
    """
    span = span_of(model, HOUR_US)
    hours = range(span.start_us, span.end_us, HOUR_US)
    traffic = store.slow.traffic(model.project, model.name, span)
    rows = np.array([traffic.get(hour, 0) for hour in hours], dtype=np.int64)
    if options.window_seconds is not None:
        length_us, why = options.window_seconds * 1_000_000, "as asked"
    else:
        length_us = choose_length(span.start_us, rows) or HOUR_US
        why = f"the shortest of 1 h, 6 h and 1 d that suits {counted(float(rows.mean()), 'row')} an hour"
    if not span_of(model, length_us).length_us:
        raise InvalidInput(
            f"The data cover {counted(len(rows), 'hour')} and hold no whole window of {length_us // HOUR_US} h; "
            "play a longer time, or name a shorter window.",
            field="window",
            value=length_us // 1_000_000,
        )
    return length_us, why


def _adopt(store: ScratchStore, name: str, options: ModelOptions, reference: pa.Table, rows: pa.Table) -> None:
    if not reference.num_rows:
        raise InvalidInput("The reference holds no rows.", field="reference", accepted="at least one row")
    theirs, ours = (_signals(table) for table in (reference, rows))
    if not theirs & ours:
        raise InvalidInput(
            f"The reference and the data have no column in common: {_named(theirs)} against {_named(ours)}.",
            field="reference",
            accepted="the features, predictions or scores of the data",
        )
    model = Model(PROJECT, name, created_us=0)
    step = adopt(_FIRST, model, reference, options, id=store.slow.next_id(), now_us=0, provisional=False)
    store.slow.commit(step)
    _activate(store, name, options)


def _begin(absorber: Absorber, name: str, options: ModelOptions, first: pa.Table) -> Iterator[pa.Table]:
    """Make a provisional reference of the first rows; what is left of the table."""
    store = absorber.store
    if first.num_rows < PROVISIONAL_ROWS:
        raise InvalidInput(
            f"Without a reference the first {PROVISIONAL_ROWS:,} rows are one, and there are {first.num_rows:,}.",
            field="reference",
            accepted="a reference, or more rows",
        )
    store.slow.commit(count_rows(absorber, _FIRST, PROJECT, name, first.slice(0, PROVISIONAL_ROWS), 1, 0))
    model = store.slow.model(PROJECT, name)
    assert model is not None  # noqa: S101 committed just now
    step = seed(store, model, options, 0)
    if step is None:
        raise InvalidInput(
            f"Of the first {PROVISIONAL_ROWS:,} rows some are repeated, so they make no reference.", field="reference"
        )
    store.slow.commit(step)
    _activate(store, name, options)
    return iter([first.slice(PROVISIONAL_ROWS)] if first.num_rows > PROVISIONAL_ROWS else [])


def _activate(store: Store, name: str, options: ModelOptions) -> None:
    bin_sets = BinSets(store.slow)
    while True:
        model = store.slow.model(PROJECT, name)
        step = None if model is None else rebin(store, bin_sets, model, options, 1)
        if step is None:
            return
        store.slow.commit(step)


def _signals(table: pa.Table) -> set[str]:
    answers = (columns.PREDICTION, columns.SCORE)
    prefixes = (columns.FEATURE, columns.CLASS_SCORE)
    return {name for name in table.column_names if name in answers or name.startswith(prefixes)}


def _named(found: set[str]) -> str:
    names = [name.removeprefix(columns.FEATURE) for name in sorted(found)]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}" if names else "none"
