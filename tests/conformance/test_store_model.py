"""Every durable backend answers every question as the memory backend does, whatever was done before."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.conformance.stored import ALERT, INCIDENT, rows, seen

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import SeamarkError
from seamark.plugins import discover
from seamark.records.alert import AlertState
from seamark.records.blocks import EvaluationBlock, ProfileBlock, ProfileKey, SlowStep
from seamark.records.delivery import Delivery, DeliveryState, FastStep
from seamark.records.incident import IncidentState
from seamark.records.log import Change, EntryKind, LogEntry
from seamark.records.model import Model, StoredBaseline, StoredBinSet, StoredMonitorSet
from seamark.records.token import StoredToken
from seamark.records.window import Window

BACKENDS = discover("seamark.store.backends", "BACKEND")
START_US = 20_000 * DAY_US
WINDOWS = [Window(START_US, START_US + DAY_US), Window(START_US + HOUR_US, START_US + 3 * HOUR_US), Window(0, 2**62)]

projects = st.sampled_from(["shop", "bänk/'"])
models = st.sampled_from(["fraud", "Fraud", ""])
versions = st.sampled_from(["", "1", "2", "10"])
segments = st.sampled_from(["", "country=FR"])
small = st.integers(0, 5)
times = st.integers(0, 3 * 24).map(lambda hour: START_US + hour * HOUR_US)
payloads = st.binary(max_size=40)
kinds = st.sampled_from(["predictions", "outcomes"])


@st.composite
def windows(draw):
    start = draw(times)
    return Window(start, start + draw(st.sampled_from([1, 6, 24])) * HOUR_US)


entries = st.builds(
    LogEntry,
    kind=st.sampled_from(EntryKind),
    project=projects,
    model=models,
    received_us=times,
    rows=small,
    payload=payloads,
    idempotency_key=st.none() | st.sampled_from(["k1", "k2"]),
)
hours = st.tuples(projects, models, times)
ids = st.integers(1, 6)
steps = {
    "models": st.builds(
        Model, projects, models, times, rows=small, bin_set=st.none() | ids, versions=st.tuples(versions)
    ),
    "blocks": st.builds(
        ProfileBlock, st.builds(ProfileKey, projects, models, ids, versions, segments, times), small, payloads
    ),
    "dirty": hours,
    "cleaned": hours,
    "evaluations": st.builds(
        EvaluationBlock, projects, models, versions, segments, windows(), ids, small, payloads, st.booleans()
    ),
    "bin_sets": st.builds(StoredBinSet, ids, projects, models, times, st.booleans(), small, payloads),
    "baselines": st.builds(
        StoredBaseline, ids, projects, models, ids, st.just("static"), times, small, st.text(), payloads
    ),
    "monitor_sets": st.builds(StoredMonitorSet, ids, projects, models, payloads),
    "changes": st.builds(
        Change,
        st.sampled_from(["c1", "c2"]),
        projects,
        st.just("deploy"),
        times,
        st.text(max_size=5),
        st.none() | models,
    ),
}
deliveries = st.builds(
    Delivery,
    incident=st.sampled_from(["inc_1", "inc_2"]),
    revision=st.integers(1, 2),
    receiver=st.sampled_from(["team", "boss"]),
    reason=st.just("opened"),
    payload=payloads,
    created_us=times,
    state=st.sampled_from(DeliveryState),
    attempts=small,
    next_attempt_us=times,
    last_error=st.text(max_size=5),
)


@st.composite
def alerts(draw):
    id_ = f"alt_{draw(small)}"
    return replace(
        ALERT, id=id_, project=draw(projects), state=draw(st.sampled_from(AlertState)), evidence=draw(windows())
    )


@st.composite
def incidents(draw):
    return replace(
        INCIDENT,
        id=f"inc_{draw(small)}",
        project=draw(projects),
        model=draw(models),
        state=draw(st.sampled_from(IncidentState)),
        opened_us=draw(times),
        evidence=draw(windows()),
    )


def answer(store, ask):
    """What a store says, or the kind of its refusal; file names and sizes are its own business."""
    try:
        return ask(store)
    except SeamarkError as error:
        return type(error)


def anonymous(files):
    return [replace(file, path="", size_bytes=0) for file in files]


class Comparison(RuleBasedStateMachine):
    """The same deeds done to a durable backend and to the oracle."""

    name: str

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.real = BACKENDS[self.name].open(self.folder)
        self.oracle = BACKENDS["memory"].open(self.folder)
        self.written = []  # (real, oracle) pairs of files that are not listed yet

    def teardown(self):
        assert self.real.check() == []
        self.real.close()
        shutil.rmtree(self.folder)

    def both(self, ask):
        real, expected = answer(self.real, ask), answer(self.oracle, ask)
        assert real == expected
        return real

    @rule(batch=st.lists(entries, max_size=4))
    def append(self, batch):
        self.both(lambda store: store.log.append(batch))

    @rule(data=st.data(), ahead=st.integers(-1, 3), names=st.sets(st.sampled_from(sorted(steps)), max_size=4))
    def commit(self, data, ahead, names):
        parts = {name: tuple(data.draw(st.lists(steps[name], max_size=3), name)) for name in sorted(names)}
        self.both(lambda store: store.slow.commit(SlowStep(store.slow.watermark() + ahead, **parts)))

    @rule(
        kind=kinds,
        project=projects,
        model=models,
        moments=st.lists(times, max_size=4),
        extra=st.none() | st.sampled_from(["feature.a", "weight"]),
        seq=small,
    )
    def write(self, kind, project, model, moments, extra, seq):
        columns = {} if extra is None else {extra: pa.array(range(len(moments)), pa.float64())}
        table = rows(*moments, **columns)
        real = self.real.rows.write(kind, project, model, table, seq)
        expected = self.oracle.rows.write(kind, project, model, table, seq)
        assert anonymous(real) == anonymous(expected)
        self.written += zip(real, expected, strict=True)

    @precondition(lambda self: self.written)
    @rule(drop=st.lists(st.integers(1, 6), max_size=2, unique=True))
    def list_files(self, drop):
        for store, files in zip((self.real, self.oracle), zip(*self.written, strict=True), strict=True):
            listed = {file.id for file in self.listed(store)}
            known = tuple(id_ for id_ in drop if id_ in listed)
            store.slow.commit(SlowStep(store.slow.watermark(), new_files=files, dropped_files=known))
        self.written = []

    @rule(id_=st.integers(1, 6))
    def drop(self, id_):
        self.both(lambda store: store.slow.commit(SlowStep(store.slow.watermark(), dropped_files=(id_,))))

    @rule(kind=kinds, project=projects, model=models, day=st.integers(0, 2))
    def compact(self, kind, project, model, day):
        window = Window(START_US + day * DAY_US, START_US + (day + 1) * DAY_US)
        for store in (self.real, self.oracle):
            files = store.rows.files(kind, project, model, window)
            if files:
                merged = tuple(store.rows.compact(files))
                dropped = tuple(file.id for file in files)
                store.slow.commit(SlowStep(store.slow.watermark(), new_files=merged, dropped_files=dropped))

    @rule(
        ahead=st.integers(-1, 2),
        changed=st.lists(alerts(), max_size=3),
        dropped=st.lists(small.map("alt_{}".format), max_size=1),
        opened=st.lists(incidents(), max_size=2),
        messages=st.lists(deliveries, max_size=2),
    )
    def fast(self, ahead, changed, dropped, opened, messages):
        parts = (tuple(changed), tuple(dropped), tuple(opened), tuple(messages))
        self.both(lambda store: store.fast.commit(FastStep(store.fast.evaluations_through() + ahead, *parts)))

    @rule(delivery=deliveries)
    def record_delivery(self, delivery):
        self.both(lambda store: store.fast.record_delivery(delivery))

    @rule(id_=small, created_us=times, revoked_us=st.none() | times)
    def put_token(self, id_, created_us, revoked_us):
        token = StoredToken(f"tok_{id_}", "laptop", "shop", "ab", created_us, revoked_us)
        self.both(lambda store: store.accounts.put_token(token))

    @rule()
    def restart(self):
        self.real.close()
        self.real = BACKENDS[self.name].open(self.folder)
        self.written = []  # swept

    @rule(after=st.integers(0, 20), rows_=st.integers(1, 12))
    def ask_the_log(self, after, rows_):
        self.both(lambda store: store.log.read(after, rows_))

    @rule(
        project=projects, model=models, version=versions, segment=segments, bin_set=ids, window=st.sampled_from(WINDOWS)
    )
    def ask_the_slow_lane(self, project, model, version, segment, bin_set, window):
        scope = {"version": version, "segment": segment}
        self.both(lambda store: store.slow.profiles(project, model, bin_set, window, **scope))
        self.both(lambda store: store.slow.profiles(project, model, bin_set, window, segment=segment))
        self.both(lambda store: store.slow.evaluations(project, model, window, **scope))
        self.both(lambda store: store.slow.traffic(project, model, window))
        self.both(lambda store: store.slow.changes(project, window, model))
        self.both(lambda store: store.slow.changes(project, window))
        self.both(lambda store: store.slow.bin_sets(project, model))
        self.both(lambda store: store.slow.baselines(project, model))
        self.both(lambda store: store.slow.model(project, model))
        self.both(lambda store: store.slow.monitor_set(bin_set))

    @rule(
        project=projects,
        model=models,
        state=st.none() | st.sampled_from(IncidentState),
        window=st.sampled_from(WINDOWS),
    )
    def ask_the_fast_lane(self, project, model, state, window):
        self.both(lambda store: store.fast.incidents(project, model=model, state=state, window=window))
        self.both(lambda store: store.fast.alerts(project, live=True))
        self.both(lambda store: store.fast.due_deliveries(window.end_us, 2))
        self.both(lambda store: store.fast.deliveries(DeliveryState.PENDING, "inc_1"))

    @rule(kind=kinds, project=projects, model=models, window=st.none() | st.sampled_from(WINDOWS))
    def ask_the_rows(self, kind, project, model, window):
        real, expected = (store.rows.files(kind, project, model, window) for store in (self.real, self.oracle))
        assert anonymous(real) == anonymous(expected)
        for columns in (None, ["weight", "id"]):
            scanned = seen(self.real.rows.scan(real, columns, window))
            assert scanned == seen(self.oracle.rows.scan(expected, columns, window))

    @invariant()
    def everything_short_is_the_same(self):
        self.both(lambda store: (store.log.last_seq(), store.log.pending(), store.slow.watermark()))
        self.both(lambda store: (store.fast.evaluations_through(), store.fast.new_evaluations(0, 100)))
        self.both(lambda store: (store.slow.models(), store.slow.dirty()))
        self.both(lambda store: (store.fast.alerts(), store.fast.incidents(), store.fast.deliveries()))
        self.both(lambda store: store.accounts.tokens())
        self.both(lambda store: {name: store.facts()[name] for name in ("log_pending_rows", "row_files")})

    @staticmethod
    def listed(store):
        owners = [
            (kind, project, model)
            for kind in ("predictions", "outcomes")
            for project in ("shop", "bänk/'")
            for model in ("fraud", "Fraud", "")
        ]
        return [file for owner in owners for file in store.rows.files(*owner)]


@pytest.mark.parametrize("name", [name for name, backend in BACKENDS.items() if backend.durable])
def test_a_durable_backend_cannot_be_told_from_the_oracle(name):
    machine = type("Comparison", (Comparison,), {"name": name})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
