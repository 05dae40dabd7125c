"""Every durable backend answers every question as the memory backend does, whatever was done before."""

import shutil
import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from tests.conformance.stored import ALERT, BY_NUMBER, EVER, INCIDENT, found, rows, seen

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import SeamarkError
from seamark.plugins import discover
from seamark.records.alert import AlertState
from seamark.records.answer import Answer, AnswerKind
from seamark.records.blocks import EvaluationBlock, ProfileBlock, ProfileKey, SlowStep
from seamark.records.delivery import Delivery, DeliveryState, FastStep, PostStep, Thread
from seamark.records.incident import IncidentState
from seamark.records.log import Change, EntryKind, LogEntry
from seamark.records.metric import Component, ComponentKind
from seamark.records.model import (
    AttributionSource,
    Model,
    StoredAttribution,
    StoredBaseline,
    StoredBinSet,
    StoredCalibration,
    StoredMonitorSet,
    StoredScorecard,
)
from seamark.records.monitor import Priority
from seamark.records.token import StoredToken
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window

BACKENDS = discover("seamark.store.backends", "BACKEND")

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # thousands of syncs: what they cost is not the point

# Few values, so that deeds meet each other, windows touch and times are equal.
START_US = 20_000 * DAY_US
PROJECTS, MODELS, VERSIONS, SEGMENTS = ["shop", "bänk/'"], ["fraud", ""], ["10", "2"], ["", "country=FR"]
KINDS = ["predictions", "outcomes"]
TIMES_US = [START_US + hours * HOUR_US for hours in (0, 1, 2, 24, 25)]
WINDOWS = [Window(TIMES_US[start], TIMES_US[end]) for start, end in ((0, 1), (1, 2), (0, 3), (1, 4), (3, 4))]

COMPONENTS = [Component(project, ComponentKind.SERVICE, name) for project in PROJECTS for name in ("api", "bänk/'")]

projects, models = st.sampled_from(PROJECTS), st.sampled_from(MODELS)
versions, segments = st.sampled_from(VERSIONS), st.sampled_from(SEGMENTS)
times, windows = st.sampled_from(TIMES_US), st.sampled_from(WINDOWS)
count, ids, flags = st.integers(0, 5), st.integers(1, 3), st.booleans()
words, payloads = st.text(max_size=5), st.binary(max_size=40)

entries = st.builds(
    LogEntry,
    kind=st.sampled_from(EntryKind),
    project=projects,
    model=models,
    received_us=times,
    rows=count,
    payload=payloads,
    idempotency_key=st.none() | st.sampled_from(["k1", "k2"]),
)
keys = st.builds(ProfileKey, projects, models, ids, versions, segments, times)
parts = {
    "models": st.builds(Model, projects, models, times, rows=count, bin_set=st.none() | ids),
    "blocks": st.builds(ProfileBlock, keys, count, payloads),
    "dirty": st.tuples(projects, models, times),
    "cleaned": st.tuples(projects, models, times),
    "evaluations": st.builds(
        EvaluationBlock, projects, models, versions, segments, windows, ids, count, payloads, flags, flags
    ),
    "bin_sets": st.builds(StoredBinSet, ids, projects, models, times, flags, count, payloads),
    "baselines": st.builds(StoredBaseline, ids, projects, models, ids, words, times, count, words, payloads),
    "attributions": st.builds(
        StoredAttribution,
        ids,
        projects,
        models,
        st.sampled_from(["score", "score.a"]),
        st.sampled_from(AttributionSource),
        times,
        payloads,
    ),
    "calibrations": st.builds(
        StoredCalibration, ids, projects, models, ids, times, times, count, words, words, payloads
    ),
    "answers": st.builds(
        Answer,
        id=st.sampled_from(["ans_1", "ans_2"]),
        project=projects,
        model=models,
        alert=words,
        fingerprint=words,
        kind=st.sampled_from(AnswerKind),
        version=versions,
        segment=segments,
        monitor=words,
        signal=words,
        from_us=times,
        at_us=times,
        comment=words,
    ),
    "scorecards": st.builds(StoredScorecard, ids, projects, models, times, ids, count, payloads),
    "monitor_sets": st.builds(StoredMonitorSet, ids, projects, models, payloads),
    "changes": st.builds(Change, st.sampled_from(["c1", "c2"]), projects, words, times, words, st.none() | models),
}
components = st.sampled_from(COMPONENTS)
verdicts = st.builds(VerdictBlock, components, times, payloads)
deliveries = st.builds(
    Delivery,
    incident=st.sampled_from(["inc_1", "inc_2"]),
    revision=st.integers(1, 2),
    receiver=st.sampled_from(["team", "boss"]),
    reason=words,
    payload=payloads,
    created_us=times,
    state=st.sampled_from(DeliveryState),
    attempts=count,
    next_attempt_us=times,
    last_error=words,
    occasion=st.sampled_from(["", "reminder_1"]),
    priority=st.sampled_from(Priority),
    released_us=times,
)
threads = st.builds(
    Thread,
    incident=st.sampled_from(["inc_1", "inc_2"]),
    receiver=st.sampled_from(["team", "boss"]),
    open=flags,
    revision=count,
    priority=st.sampled_from(Priority),
    told_us=times,
)
alerts = st.builds(
    lambda number, **fields: replace(ALERT, id=f"alt_{number}", **fields),
    ids,
    project=projects,
    model=models,
    state=st.sampled_from(AlertState),
    evidence=windows,
)
incidents = st.builds(
    lambda number, **fields: replace(INCIDENT, id=f"inc_{number}", **fields),
    ids,
    project=projects,
    model=models,
    state=st.sampled_from(IncidentState),
    opened_us=times,
    evidence=windows,
)


def few(strategy):
    return st.lists(strategy, min_size=1, max_size=5)


def answer(store, ask):
    """What a store says, or the kind of its refusal."""
    try:
        return ask(store)
    except SeamarkError as error:
        return type(error)


def anonymous(files):
    """Names and sizes of files are each backend's own business."""
    return [replace(file, path="", size_bytes=0) for file in files]


class Comparison(RuleBasedStateMachine):
    """The same deeds done to a durable backend and to the oracle."""

    name: str

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        self.real = BACKENDS[self.name].open(self.folder)
        self.oracle = BACKENDS["memory"].open(self.folder)
        self.written = []  # (real, oracle) pairs of files that are not listed yet

    def teardown(self):
        self.compare_log()
        self.compare_fast_lane()
        self.compare_models()
        self.compare_blocks()
        self.compare_rows()
        for bin_set in (1, 2, 3):
            self.compare_profiles(bin_set, EVER)
        assert self.real.check() == []
        self.real.close()
        shutil.rmtree(self.folder)

    def both(self, ask):
        assert answer(self.real, ask) == answer(self.oracle, ask)

    @rule(batch=few(entries))
    def append(self, batch):
        self.both(lambda store: store.log.append(batch))

    @rule(ahead=st.integers(-1, 3))
    def move_the_watermark(self, ahead):
        self.both(lambda store: store.slow.commit(SlowStep(store.slow.watermark() + ahead)))

    @rule(step=st.fixed_dictionaries({}, optional={name: few(part).map(tuple) for name, part in parts.items()}))
    def commit(self, step):
        self.both(lambda store: store.slow.commit(SlowStep(store.slow.watermark(), **step)))

    @rule(
        kind=st.sampled_from(KINDS),
        project=projects,
        model=models,
        moments=few(times),
        extra=st.sampled_from([(), ("weight",)]),
        seq=count,
        index=st.sampled_from([None, BY_NUMBER]),
    )
    def write(self, kind, project, model, moments, extra, seq, index):
        columns = {name: pa.array(range(len(moments)), pa.float64()) for name in extra}
        table = rows(*moments, **columns)
        seq = min(seq, self.oracle.log.last_seq())  # rows come from the log
        real = self.real.rows.write(kind, project, model, table, seq, index)
        expected = self.oracle.rows.write(kind, project, model, table, seq, index)
        assert anonymous(real) == anonymous(expected)
        self.written += zip(real, expected, strict=True)

    @precondition(lambda self: self.written)
    @rule()
    def list_files(self):
        for store, files in zip((self.real, self.oracle), zip(*self.written, strict=True), strict=True):
            store.slow.commit(SlowStep(store.slow.watermark(), new_files=files))
        self.written = []

    @rule(id_=st.integers(1, 6))
    def drop(self, id_):
        self.both(lambda store: store.slow.commit(SlowStep(store.slow.watermark(), dropped_files=(id_,))))

    @rule(kind=st.sampled_from(KINDS), project=projects, model=models, day=st.integers(0, 1))
    def compact(self, kind, project, model, day):
        window = Window(START_US + day * DAY_US, START_US + (day + 1) * DAY_US)
        for store in (self.real, self.oracle):
            files = store.rows.files(kind, project, model, window)
            if files:
                merged, dropped = tuple(store.rows.compact(files)), tuple(file.id for file in files)
                store.slow.commit(SlowStep(store.slow.watermark(), new_files=merged, dropped_files=dropped))

    @rule(
        ahead=st.integers(-1, 2),
        changed=few(alerts),
        dropped=st.lists(ids.map("alt_{}".format), max_size=1),
        opened=few(incidents),
        messages=few(deliveries),
        said=few(verdicts),
        heard=st.dictionaries(components, count),
        judged_us=st.none() | times,
        before_us=st.just(0) | times,
        told=st.lists(parts["changes"], max_size=2),
    )
    def fast(self, ahead, changed, dropped, opened, messages, said, heard, judged_us, before_us, told):
        about_components = (tuple(said), tuple(heard.items()), judged_us, before_us, tuple(told))
        step = (tuple(changed), tuple(dropped), tuple(opened), tuple(messages), *about_components)
        self.both(lambda store: store.fast.commit(FastStep(store.fast.evaluations_through() + ahead, *step)))

    @rule(delivery=deliveries, known=st.lists(threads, max_size=2))
    def record_delivery(self, delivery, known):
        self.both(lambda store: store.post.record_delivery(delivery, known))

    @rule(decided=few(deliveries), routed=st.lists(deliveries, max_size=2), known=st.lists(threads, max_size=2))
    def post(self, decided, routed, known):
        self.both(lambda store: store.post.commit(PostStep(tuple(decided), tuple(routed), tuple(known))))

    @rule(id_=ids, created_us=times, revoked_us=st.none() | times)
    def put_token(self, id_, created_us, revoked_us):
        token = StoredToken(f"tok_{id_}", "laptop", "shop", "ab", created_us, revoked_us)
        self.both(lambda store: store.accounts.put_token(token))

    @rule()
    def restart(self):
        self.real.close()
        self.real = BACKENDS[self.name].open(self.folder)
        self.written = []  # swept

    @rule()
    def crash(self):
        """The folder as the kernel has it now, as after `kill -9`."""
        self.go_on_with(shutil.copytree(self.folder, tempfile.mkdtemp(dir=IN_MEMORY), dirs_exist_ok=True))

    @rule(
        step=st.fixed_dictionaries({}, optional={name: few(part).map(tuple) for name, part in parts.items()}),
        after=st.integers(1, 400),
    )
    def crash_in_a_commit(self, step, after):
        """Nothing of a step is there when the process ends within it, after so many instructions of SQLite."""
        copies, left = [], [after]

        def count_down():
            left[0] -= 1
            if left[0] == 0:
                copies.append(shutil.copytree(self.folder, tempfile.mkdtemp(dir=IN_MEMORY), dirs_exist_ok=True))

        deed = SlowStep(self.oracle.slow.watermark(), **step)
        self.real._database._writer.set_progress_handler(count_down, 1)
        said = answer(self.real, lambda store: store.slow.commit(deed))
        self.real._database._writer.set_progress_handler(None, 1)
        if copies:
            self.go_on_with(copies[0])
        else:
            assert answer(self.oracle, lambda store: store.slow.commit(deed)) == said

    def go_on_with(self, folder):
        self.real.close()
        shutil.rmtree(self.folder)
        self.folder = Path(folder)
        self.real = BACKENDS[self.name].open(self.folder)
        self.written = []  # swept

    @rule(before_us=times)
    def forget(self, before_us):
        self.both(lambda store: store.forget.profiles(before_us, 100))
        self.both(lambda store: store.forget.evaluations(before_us, 100))
        self.both(lambda store: store.forget.incidents(before_us, 100))

    @rule()
    def compare_log(self):
        self.both(lambda store: (store.log.last_seq(), store.log.pending(), store.slow.watermark()))
        for after, most in product((0, 3, 9), (1, 6, 100)):
            self.both(lambda store, after=after, most=most: store.log.read(after, most))

    @rule()
    def compare_fast_lane(self):
        self.both(lambda store: (store.fast.evaluations_through(), store.fast.new_evaluations(1, 10)))
        self.both(lambda store: (store.fast.alerts(), store.fast.alerts("shop"), store.fast.alerts(live=True)))
        self.both(lambda store: (store.fast.incidents(), store.post.deliveries(), store.accounts.tokens()))
        self.both(lambda store: (store.fast.members(store.fast.incidents()), store.fast.alerts(model="fraud")))
        self.both(lambda store: store.fast.told_through(ALERT.fingerprint))
        self.both(lambda store: [store.post.due_deliveries(now_us, 2) for now_us in TIMES_US])
        self.both(lambda store: [store.fast.incidents("shop", window=window) for window in WINDOWS])
        self.both(lambda store: [store.fast.incidents(model="", state=state) for state in IncidentState])
        self.both(lambda store: [store.post.deliveries(state, "inc_1") for state in DeliveryState])
        self.both(lambda store: (store.post.threads(), store.post.threads(["inc_1"]), store.post.counts()))
        self.both(lambda store: [store.post.held(now_us, 3) for now_us in TIMES_US])
        self.both(lambda store: [store.post.alarms_since(now_us) for now_us in TIMES_US])

    @rule()
    def compare_verdicts(self):
        self.both(lambda store: (store.metrics.judged_us(), store.metrics.heard()))
        for project, window in product(PROJECTS, [*WINDOWS, EVER]):
            place = (project, window)
            self.both(lambda store, place=place: store.metrics.verdicts(*place))
            self.both(lambda store, place=place: store.metrics.verdicts(*place, components=COMPONENTS[:1]))

    @rule()
    def compare_models(self):
        self.both(lambda store: (store.slow.models(), store.slow.models("shop"), store.slow.dirty()))
        self.both(lambda store: [store.slow.monitor_set(id_) for id_ in range(4)])
        for owner in product(PROJECTS, MODELS):
            self.both(lambda store, owner=owner: (store.slow.model(*owner), store.slow.bin_sets(*owner)))
            self.both(lambda store, owner=owner: store.slow.baselines(*owner))
            self.both(lambda store, owner=owner: store.slow.scorecards(*owner))
            self.both(lambda store, owner=owner: store.slow.attributions(*owner))
            self.both(lambda store, owner=owner: store.slow.calibration(*owner))
            self.both(lambda store, owner=owner: store.fast.answers(*owner))

    @rule()
    def compare_blocks(self):
        for project, model, window in product(PROJECTS, MODELS, WINDOWS):
            place = (project, model, window)
            self.both(lambda store, place=place: store.slow.traffic(*place))
            self.both(lambda store, place=place: store.fast.changes(place[0], place[2]))
            self.both(lambda store, place=place: store.fast.changes(place[0], place[2], place[1]))
            for segment, version, of_outcomes in product(SEGMENTS, VERSIONS, (False, True)):
                scope = {"segment": segment, "version": version, "of_outcomes": of_outcomes}
                self.both(lambda store, place=place, scope=scope: store.slow.evaluations(*place, **scope))

    @rule(bin_set=ids, window=st.sampled_from([*WINDOWS, EVER]))
    def compare_profiles(self, bin_set, window):
        for owner, segment, version in product(product(PROJECTS, MODELS), SEGMENTS, (None, *VERSIONS)):
            place, scope = (*owner, bin_set, window), {"segment": segment, "version": version}
            self.both(lambda store, place=place, scope=scope: store.slow.profiles(*place, **scope))

    @rule()
    def compare_rows(self):
        for owner, window in product(product(KINDS, PROJECTS, MODELS), (None, *WINDOWS)):
            real, expected = (store.rows.files(*owner, window) for store in (self.real, self.oracle))
            assert anonymous(real) == anonymous(expected)
            for columns in (None, ["weight", "id"], ["weight"]):
                scanned = seen(self.real.rows.scan(real, columns, window))
                assert scanned == seen(self.oracle.rows.scan(expected, columns, window))
            assert found(self.real, real, 0, 2) == found(self.oracle, expected, 0, 2)


@pytest.mark.parametrize("name", [name for name, backend in BACKENDS.items() if backend.durable])
def test_a_durable_backend_cannot_be_told_from_the_oracle(name):
    machine = type("Comparison", (Comparison,), {"name": name})
    thorough = settings(
        max_examples=100,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=thorough)
