"""Small records to store: every argument that a test does not care about has a value."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import Alert, AlertState, Outcome
from seamark.records.blocks import EvaluationBlock, ProfileBlock, ProfileKey, SlowStep
from seamark.records.delivery import Delivery, FastStep
from seamark.records.evaluation import Status
from seamark.records.incident import Cause, Incident, IncidentState
from seamark.records.log import Change, EntryKind, LogEntry
from seamark.records.model import Model
from seamark.records.monitor import Priority, Severity
from seamark.records.signals import Layer
from seamark.records.window import Window
from seamark.store.protocol import JoinIndex

NOW_US = 20_000 * DAY_US + 5 * HOUR_US
TODAY = Window(20_000 * DAY_US, 20_001 * DAY_US)
EVER = Window(0, 2**62)


def entry(payload=b"batch", *, kind=EntryKind.PREDICTIONS, rows=3, key=None, project="shop", received_us=NOW_US):
    return LogEntry(kind, project, "fraud", received_us, rows, payload, key)


def rows(*times_us, **columns):
    """A table with ids `r0`, `r1`, … at the given times."""
    return pa.table(
        {
            "id": pa.array([f"r{number}" for number in range(len(times_us))], pa.string()),
            "time": pa.array(times_us, pa.timestamp("us", "UTC")),
        }
        | columns
    )


def ipc(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def listed(store, table, *, kind="predictions", project="shop", model="fraud", last_seq=0):
    """Write a table's files and list them; returns all listed files of that model."""
    files = store.rows.write(kind, project, model, table, last_seq)
    commit(store, new_files=tuple(files))
    return store.rows.files(kind, project, model)


def commit(store, **parts):
    """A slow step that leaves the watermark where it is."""
    store.slow.commit(SlowStep(store.slow.watermark(), **parts))


def fast_commit(store, **parts):
    store.fast.commit(FastStep(store.fast.evaluations_through(), **parts))


def seen(tables):
    """The rows of a scan, whatever the sizes of its tables."""
    return [row for table in tables for row in table.to_pylist()]


def block(hour=0, *, payload=b"profile", version="1", segment="", bin_set=1, model="fraud", rows=10):
    key = ProfileKey("shop", model, bin_set, version, segment, TODAY.start_us + hour * HOUR_US)
    return ProfileBlock(key, rows, payload)


def hours(first, last):
    return Window(TODAY.start_us + first * HOUR_US, TODAY.start_us + last * HOUR_US)


def evaluation(window=TODAY, *, payload=b"evaluated", version="", segment="", late=False, of_outcomes=False):
    return EvaluationBlock("shop", "fraud", version, segment, window, 1, 10, payload, late, of_outcomes)


MODEL = Model("shop", "fraud", NOW_US, versions=("1", "2"), rows=10, first_time_us=NOW_US, bin_set=1)

ALERT = Alert(
    id="alt_1",
    fingerprint="v1:00",
    project="shop",
    model="fraud",
    version="",
    segment="",
    monitor="feature.amount:psi",
    signal="feature.amount",
    statistic="psi",
    layer=Layer.DATA,
    severity=Severity.WARNING,
    priority=Priority.P2,
    state=AlertState.FIRING,
    evidence=TODAY,
    detected_us=NOW_US,
    updated_us=NOW_US,
    value=0.3,
    threshold=0.2,
    effect=0.3,
    n=500.0,
    evaluation_seq=7,
    recent=(Outcome(TODAY, Status.BREACH),),
)

INCIDENT = Incident(
    id="inc_1",
    project="shop",
    model="fraud",
    title="amount drifted",
    state=IncidentState.OPEN,
    severity=Severity.WARNING,
    priority=Priority.P2,
    layers=(Layer.DATA, Layer.MODEL),
    alerts=("alt_1",),
    evidence=TODAY,
    opened_us=NOW_US,
    updated_us=NOW_US,
    causes=(Cause("feature", "feature.amount", 0.9, "amount doubled", evidence=("JS 0.4",)),),
)

DELIVERY = Delivery("inc_1", 1, "team", "opened", b'{"title": "amount drifted"}', created_us=NOW_US)

CHANGE = Change("chg_1", "shop", "deploy", NOW_US, "fraud 2 is live", model="fraud", version="2")


def numbered(record, number, **changes):
    """A copy with another id, made `number` microseconds later."""
    stem = record.id.split("_")[0]
    return replace(record, id=f"{stem}_{number}", **changes)


def _keyed(table):
    ids = table["id"].combine_chunks()
    return table.append_column("key", pa.array([int(text.lstrip("r") or 0) for text in ids.to_pylist()], pa.uint64()))


BY_NUMBER = JoinIndex("number of the id", lambda names: [name for name in names if name != "weight"], _keyed)


def found(store, files, *numbers, index=BY_NUMBER):
    """The rows that an index of `r0`, `r1`, … finds by their numbers, without the key."""
    keys = np.array(sorted(set(numbers)), dtype=np.uint64)
    return [{k: v for k, v in row.items() if k != "key"} for row in seen(store.rows.find(files, index, keys))]
