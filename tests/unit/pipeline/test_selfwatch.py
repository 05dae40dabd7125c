"""Seamark's own work, failures and queue are series of a service of its own."""

from contextlib import closing

import numpy as np
import pytest

from seamark.app import build
from seamark.clock import DAY_US, MINUTE_US
from seamark.config import Config, StoreOptions
from seamark.pipeline.selfwatch import COMPONENT, SelfWatch
from seamark.records.measurement import Measurement, MeasurementKind
from seamark.records.window import Window
from seamark.store.backends.memory import MemoryStore

START_US = 20_000 * DAY_US


def measured(batches, refused, steps, failures, commits, entries, rows):
    def one(name, *values):
        samples = tuple(((str(number),), float(value)) for number, value in enumerate(values))
        return Measurement(f"seamark_{name}", "", MeasurementKind.COUNTER, ("of",), samples)

    return [
        one("ingest_batches", batches),
        one("ingest_refused_batches", refused),
        one("lane_steps", steps, steps),
        one("lane_failures", failures),
        one("ingest_failed_commits", commits),
        one("ingest_queue_entries", entries),
        one("ingest_queue_rows", rows),
    ]


def points(store):
    found = store.metrics.read("default", Window(START_US, START_US + DAY_US))
    assert {each.series.component for each in found} <= {COMPONENT}
    return {each.series.metric: each.values[:, np.isfinite(each.values[0])] for each in found}


@pytest.fixture
def store():
    with closing(MemoryStore()) as opened:
        yield opened


def test_a_minute_of_work_is_a_point_of_each_series(store):
    told = [measured(10, 1, 5, 0, 0, 0, 0), measured(30, 2, 8, 2, 1, 4, 50)]
    watch = SelfWatch(store.metrics, lambda: told.pop(0), queue_rows=200)
    watch.note(START_US)
    assert points(store) == {}, "where counters stand at the start says nothing of the last minute"
    watch.note(START_US + MINUTE_US)
    found = points(store)
    assert found["requests"].tolist() == [[20 + 1 + 6 + 2]]
    assert found["server_errors"].tolist() == [[3.0]]
    assert found["queued_requests"].tolist() == [[4.0], [1.0], [4.0], [4.0]]
    assert found["saturation"][0].tolist() == [0.25]
    assert found["cpu_seconds"][0, 0] >= 0


def test_minutes_follow_each_other(store):
    told = [measured(10 * number, 0, 0, 0, 0, 0, 0) for number in (0, 1, 3, 6)]
    watch = SelfWatch(store.metrics, lambda: told.pop(0), queue_rows=1)
    for minute in range(4):
        watch.note(START_US + minute * MINUTE_US)
    assert points(store)["requests"].tolist() == [[10.0, 20.0, 30.0]]


def test_what_it_reads_is_what_the_application_measures(tmp_path):
    """A measurement that was renamed would be read as 0 for ever."""
    app = build(Config(store=StoreOptions(str(tmp_path / "data"))), store=MemoryStore())
    try:
        names = {each.name for each in app.measurements()}
        assert {each.name for each in measured(0, 0, 0, 0, 0, 0, 0)} <= names
        assert "self" in {lane.name for lane in app.lanes}
    finally:
        app.stop()
