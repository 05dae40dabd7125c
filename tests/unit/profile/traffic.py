"""Small tables of predictions, and a slow lane to put them through."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from seamark.clock import HOUR_US
from seamark.profile.absorb import Absorber
from seamark.profile.bins import BinSets
from seamark.profile.duplicates import SeenRows
from seamark.profile.joining import join_tables
from seamark.profile.rebin import rebin, seed
from seamark.records.log import EntryKind, LogEntry
from seamark.records.options import ModelOptions
from seamark.store.backends.memory import BACKEND

START_US = 20_000 * 24 * HOUR_US
FRAUD = ("default", "fraud")


def predictions(rows, *, hours=3, seed=1, first_hour=0, version="1", ids=None, shift=0.0, **columns):
    """A table of `rows` predictions spread over `hours`, with two numeric features and one categorical."""
    rng = np.random.default_rng(seed)
    times = START_US + first_hour * HOUR_US + np.sort(rng.integers(0, hours * HOUR_US, rows))
    score = rng.beta(2, 5, rows)
    names = ids if ids is not None else [f"{seed}-{number}" for number in range(rows)]
    made = {
        "id": pa.array(names, pa.string()),
        "time": pa.array(times, pa.timestamp("us", "UTC")),
        "version": pa.array([version] * rows),
        "feature.amount": pa.array(rng.normal(shift, 1, rows)),
        "feature.age": pa.array(rng.normal(40, 10, rows)),
        "feature.country": pa.array(rng.choice(["FR", "US", "BR"], rows)),
        "prediction": pa.array((score > 0.5).astype(np.float64)),
        "score": pa.array(score),
    }
    return pa.table({**made, **columns})


def ipc(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def entry(table, kind=EntryKind.PREDICTIONS, model="fraud"):
    return LogEntry(kind, "default", model, START_US, table.num_rows, ipc(table))


def memory_store():
    return BACKEND.open(Path(tempfile.gettempdir()))


def absorber(store, options=None, slice_rows=200_000):
    return Absorber(
        store, lambda _project, _model: options or ModelOptions(), SeenRows(store.rows), BinSets(store.slow), slice_rows
    )


def absorb_all(store, lane, now_us=START_US):
    """Absorb until nothing is left; the number of slices."""
    slices = 0
    while (step := lane.absorb(now_us)) is not None:
        store.slow.commit(step)
        slices += 1
    return slices


def settle(store, lane, options=None, slice_rows=200_000):
    """Seed and rebin until nothing is left to do."""
    options = options or ModelOptions()
    while True:
        model = store.slow.model(*FRAUD)
        step = seed(store, model, options, START_US) or rebin(store, lane.bin_sets, model, options, slice_rows)
        if step is None:
            return
        store.slow.commit(step)


def stored_rows(store):
    """All predictions in the row files."""
    return join_tables(list(store.rows.scan(store.rows.files("predictions", *FRAUD))))
