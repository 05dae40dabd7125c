"""Outcomes join their predictions exactly once: late, early, out of order, corrected, through restarts and crashes."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.simulation.recount import assert_counted
from tests.unit.profile.traffic import START_US, entry, predictions

from seamark.clock import DAY_US, HOUR_US
from seamark.pipeline.options import PipelineOptions
from seamark.pipeline.tick import Pipeline
from seamark.plugins import discover
from seamark.records.business import BusinessOptions
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions

BACKENDS = discover("seamark.store.backends", "BACKEND")
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
NOW_US = START_US + 200 * DAY_US
IDS = [f"p{number}" for number in range(12)]

METRICS = {
    "worth": BusinessOptions(matrix={"1/1": 3.5, "1/0": -1.0}),
    "amount_per_plan": BusinessOptions("amount", "if(plan is missing, 1, 2)", "country != 'US' or label = 1"),
    "unreviewed": BusinessOptions("reviewed is missing or reviewed = 0", where="prediction = 1 or plan is missing"),
    "old_money": BusinessOptions("feature.amount * note", where="latency_ms < 50 or feature.amount > 3"),
    "misspelt": BusinessOptions("amuont"),
}

ids = st.lists(st.sampled_from(IDS), min_size=1, max_size=6, unique=True)
labels = st.sampled_from([0.0, 1.0, 0.0, 1.0, 2.0, None, float("nan")])
batches = st.fixed_dictionaries(
    {
        "ids": ids,
        "hour": st.sampled_from([0, 1, 2, 25, 95 * 24]),
        "version": st.sampled_from(["1", "2"]),
        "seed": st.integers(0, 3),
    }
)
outcome_batches = st.lists(
    st.tuples(st.sampled_from([*IDS, "nobody"]), st.sampled_from([0, 1, 2, 3, 30, 100 * 24]), labels, labels),
    min_size=1,
    max_size=8,
)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("predictions"), batches),
        st.tuples(st.just("predictions"), batches),
        st.tuples(st.just("outcomes"), outcome_batches),
        st.tuples(st.just("outcomes"), outcome_batches),
        st.tuples(st.just("tick"), st.none()),
        st.tuples(st.just("tick"), st.none()),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("crash"), st.none()),
        st.tuples(st.just("reference"), st.none()),
        st.tuples(st.just("dimensions"), st.sampled_from([(), ("country",), ("country", "plan")])),
        st.tuples(st.just("metrics"), st.sets(st.sampled_from(sorted(METRICS)))),
    ),
    min_size=3,
    max_size=16,
)


def prediction_table(batch):
    rng = np.random.default_rng([batch["seed"], batch["hour"]])
    count = len(batch["ids"])
    extra = {}
    if batch["seed"] != 1:
        extra["segment.country"] = pa.array(rng.choice(["FR", "US", None], count).tolist(), pa.string())
    if batch["seed"] == 2:
        extra["segment.plan"] = pa.array([f"plan {number}" for number in rng.integers(0, 60, count)])
        extra["weight"] = pa.array(rng.uniform(0.5, 3, count))
    if batch["seed"] == 3:
        extra["feature.note"] = pa.array(rng.choice([1.0, 2.0, None], count).tolist(), pa.float64())
        extra["latency_ms"] = pa.array(rng.uniform(0, 100, count))
    table = predictions(count, hours=1, seed=batch["seed"], first_hour=batch["hour"], version=batch["version"], **extra)
    times = START_US + batch["hour"] * HOUR_US + 60_000_000 * np.array([IDS.index(id) for id in batch["ids"]])
    table = table.set_column(1, "time", pa.array(times, pa.timestamp("us", "UTC")))
    return table.set_column(0, "id", pa.array(batch["ids"]))


def outcome_table(rows):
    names, hours, label, other = zip(*rows, strict=True)
    told = {
        "id": pa.array(names),
        "time": pa.array([START_US + hour * HOUR_US for hour in hours], pa.timestamp("us", "UTC")),
        "value.label": pa.array(label, pa.float64()),
        "value.amount": pa.array(other, pa.float64()),
    }
    if len(rows) % 2:
        told["value.reviewed"] = pa.array([hour % 2 == 0 for hour in hours])
    return pa.table(told)


class World:
    """A store and the lanes on it; both can end and begin again."""

    def __init__(self, name):
        self.name = name
        self.folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        # Counted, not judged: that is not the point.
        self.options = ModelOptions(segments=("country",), business=METRICS, retired=True)
        self.store = BACKENDS[name].open(self.folder)
        self.begin()

    def begin(self):
        pace = PipelineOptions(slice_rows=20, compact_files=2)
        self.pipeline = Pipeline(
            self.store, lambda _project, _model: self.options, receivers={}, base_url="http://localhost", options=pace
        )

    def reopen(self):
        if BACKENDS[self.name].durable:
            self.store.close()
            self.store = BACKENDS[self.name].open(self.folder)
        self.begin()

    def do(self, deed, detail):
        if deed == "predictions":
            self.store.log.append([entry(prediction_table(detail))])
        elif deed == "outcomes":
            self.store.log.append([entry(outcome_table(detail), EntryKind.OUTCOMES)])
        elif deed == "reference":
            self.store.log.append([entry(predictions(80, seed=9, first_hour=-99), EntryKind.REFERENCE)])
        elif deed == "dimensions":
            self.options = replace(self.options, segments=detail)
            self.begin()
        elif deed == "metrics":
            self.options = replace(self.options, business={name: METRICS[name] for name in detail})
            self.begin()
        elif deed == "tick":
            self.pipeline.tick(NOW_US)
        elif deed == "restart":
            self.reopen()
        elif deed == "crash":  # after the files are written and before the step is committed
            self.pipeline._absorber.absorb(NOW_US)
            self.reopen()

    def end(self):
        assert self.store.check() == []
        self.store.close()
        shutil.rmtree(self.folder)


@pytest.mark.parametrize("name", BACKENDS)
def test_the_join_equals_a_recount_whatever_comes_whenever(name):
    joined = []

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(deeds)
    def law(history):
        world = World(name)
        try:
            world.do("reference", None)
            world.do("outcomes", [(IDS[0], 1, 1.0, None), ("nobody", 1, 0.0, 3.0)])
            for deed, detail in history:
                world.do(deed, detail)
                if deed == "tick":
                    assert_counted(world.store)
            world.do("tick", None)
            joined.append(assert_counted(world.store))
        finally:
            world.end()

    law()
    assert sum(map(bool, joined)) > len(joined) / 4, "too few histories join anything to prove much"
