"""Requests and responses that serving stacks log: joined in any order, within bounds, and every half accounted for."""

from __future__ import annotations

import json
import logging

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import SECOND_US, from_iso
from seamark.errors import Overloaded, Unavailable
from seamark.ingest.door import Door
from seamark.ingest.inference_log import InferenceLog
from seamark.ingest.joiner import Arrived, Joiner
from seamark.ingest.options import InferenceLogOptions, IngestOptions
from seamark.records.options import FeatureOptions, Handling, ModelOptions
from seamark.store.backends.memory import MemoryStore
from seamark.store.tables import decode
from seamark.wire.halves import Half
from seamark.wire.payloads import Payload

NOW = from_iso("2026-11-01T12:00:00Z")


def half(id="e", *, is_request=True, body=None, model="fraud", time_us=NOW):
    content = body or {"instances": [[1.0]]} if is_request else body or {"predictions": [1]}
    payload = Payload("application/json", content if isinstance(content, bytes) else json.dumps(content).encode())
    return Half(("k", model, id), is_request, id, model, "", time_us, payload)


def both(id="e", asked=None, said=None, **changed):
    return [half(id, body=asked, **changed), half(id, is_request=False, body=said, **changed)]


class Clocked:
    """An inference log over a store in memory, at a moment that the test moves."""

    def __init__(self, models=None, ingest=None, **options):
        self.now_us = NOW
        self.store = MemoryStore()
        models = models or {}

        def options_for(_project, model):
            return models.get(model, ModelOptions())

        self.door = Door(
            self.store.log, ingest or IngestOptions(), now_us=lambda: self.now_us, options_for=options_for,
            known_models=lambda _project: {"fraud"},
        )  # fmt: skip
        self.log = InferenceLog(
            self.door, InferenceLogOptions(**options), now_us=lambda: self.now_us, options_for=options_for
        )

    def take(self, *halves, project="shop"):
        self.log.take(project, halves)
        while self.log.step(self.now_us):
            pass

    def tables(self):
        return [(each.entry.model, decode(each.entry.payload)) for each in self.store.log.read(0, 10**9)]

    def rows(self):
        return [row for _, table in self.tables() for row in table.to_pylist()]

    def counted(self, name="halves"):
        found = next(each for each in self.log.measurements() if each.name == f"seamark_inference_{name}")
        return {"".join(labels): value for labels, value in found.samples}


@pytest.fixture
def logs():
    made = []

    def make(*given, **options):
        made.append(Clocked(*given, **options))
        return made[-1]

    yield make
    for each in made:
        each.door.drain()


def test_a_request_and_its_response_are_a_prediction_whichever_comes_first(logs):
    for halves in (both(), both()[::-1]):
        clocked = logs()
        clocked.take(*halves)
        [row] = clocked.rows()
        assert (row["id"], row["feature.input_0"], row["prediction"]) == ("e", 1.0, 1.0)
        assert clocked.counted() == {"joined": 2}
        assert clocked.counted("exchanges") == {"logged": 1, "unreadable": 0}


def test_halves_of_other_projects_and_models_never_meet(logs):
    clocked = logs()
    clocked.take(half(), project="a")
    clocked.take(half(is_request=False), project="b")
    clocked.take(half(model="churn"), half("other", is_request=False), project="a")
    assert clocked.rows() == []
    assert clocked.counted("waiting_halves") == {"": 4}


def test_the_arrival_of_the_request_stands_for_a_time_that_is_missing(logs):
    clocked = logs()
    clocked.take(half(time_us=None))
    clocked.now_us += 5 * SECOND_US
    clocked.take(half(is_request=False, time_us=None))
    assert [row["time"].timestamp() * SECOND_US for row in clocked.rows()] == [NOW]


def test_a_half_that_waits_too_long_is_let_go_and_counted(logs):
    clocked = logs(join_seconds=60)
    clocked.take(half("asked"), half("said", is_request=False))
    clocked.now_us += 61 * SECOND_US
    clocked.take()
    assert clocked.counted() == {"request_expired": 1, "response_expired": 1}
    clocked.take(half("asked", is_request=False))
    assert (clocked.rows(), clocked.counted("waiting_halves")) == ([], {"": 1})


def test_when_there_is_no_room_the_oldest_half_goes_first(logs):
    clocked = logs(max_waiting_bytes=3_500)
    for name in "abcd":
        clocked.take(half(name))
    assert clocked.counted() == {"request_no_room": 1}
    clocked.take(half("b", is_request=False), half("a", is_request=False))
    assert [row["id"] for row in clocked.rows()] == ["b"]


def test_more_than_may_wait_unread_is_refused_and_counted(logs):
    clocked = logs(max_waiting_bytes=3_000)
    clocked.log.take("shop", both())
    with pytest.raises(Overloaded, match="this is lost"):
        clocked.log.take("shop", both("late"))
    clocked.take()
    assert [row["id"] for row in clocked.rows()] == ["e"]
    assert clocked.counted() == {"joined": 2, "refused": 2}


def test_what_cannot_be_read_is_counted_and_told_once_an_hour(logs, caplog):
    clocked = logs()
    with caplog.at_level(logging.WARNING):
        for name in "abc":
            clocked.take(*both(name, said={"predictions": [[3.0, 4.0]]}))
        clocked.take(*both("good"))
    assert [row["id"] for row in clocked.rows()] == ["good"]
    assert clocked.counted("exchanges") == {"logged": 1, "unreadable": 3}
    assert len(caplog.records) == 1
    assert "nothing says which is the prediction" in caplog.text


def test_the_owner_names_inputs_and_outputs(logs):
    clocked = logs({"fraud": ModelOptions(inputs=("age", "income"), outputs=("", "score"))})
    clocked.take(*both(asked={"instances": [[40, 900]]}, said={"predictions": [[0.25, 0.75]]}))
    [row] = clocked.rows()
    assert (row["feature.age"], row["feature.income"], row["score"]) == (40.0, 900.0, 0.75)


def test_a_feature_that_is_not_to_be_stored_is_not(logs):
    clocked = logs({"fraud": ModelOptions(features={"name": FeatureOptions(Handling.DROP)})})
    clocked.take(*both(asked={"instances": [{"name": "Ada", "age": 36}]}))
    assert "feature.name" not in clocked.rows()[0]


def test_a_model_that_may_not_be_created_leaves_the_others_alone(logs):
    clocked = logs(ingest=IngestOptions(auto_create=False))
    clocked.take(*both("a", model="unknown"), *both("b"))
    assert [row["id"] for row in clocked.rows()] == ["b"]


def test_what_the_log_could_not_take_is_logged_later(logs, monkeypatch):
    clocked = logs()
    append, broken = clocked.door._queue._append, [True]

    def sometimes(entries):
        if broken:
            raise OSError("the disk is full")
        return append(entries)

    monkeypatch.setattr(clocked.door._queue, "_append", sometimes)
    with pytest.raises(Unavailable):
        clocked.take(*both())
    broken.clear()
    clocked.take()
    assert [row["id"] for row in clocked.rows()] == ["e"]


def test_stopping_logs_what_is_complete_and_takes_nothing_more(logs):
    clocked = logs()
    clocked.log.take("shop", both())
    clocked.log.stop()
    assert [row["id"] for row in clocked.rows()] == ["e"]
    with pytest.raises(Unavailable):
        clocked.log.take("shop", both("late"))


def test_more_models_than_the_queue_has_room_for_are_logged_nevertheless(logs):
    clocked = logs(ingest=IngestOptions(queue_rows=2))
    clocked.take(*(each for place in range(20) for each in both(str(place), model=f"m{place}")))
    assert sorted(model for model, _ in clocked.tables()) == sorted(f"m{place}" for place in range(20))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 40)), max_size=60))
def test_every_half_is_joined_repeated_let_go_or_waits_and_memory_is_bounded(arrivals):
    joiner, now_us, joined = Joiner(4_000, 30), NOW, 0
    for name, is_request, seconds in arrivals:
        now_us += seconds * SECOND_US
        joiner.expire(now_us)
        found = joiner.join(Arrived("shop", half(str(name), is_request=is_request), now_us))
        if found is not None:
            joined += 2
            assert found.request.half.id == found.response.half.id
            assert (found.request.half.is_request, found.response.half.is_request) == (True, False)
        waiting, held, fates = joiner.state()
        assert held <= 4_000
    waiting, _, fates = joiner.state()
    assert fates["joined"] == joined
    assert fates.total() + waiting == len(arrivals)


def test_batches_read_elsewhere_are_counted_as_any(logs):
    clocked = logs()
    clocked.take(*both("a", asked={"instances": [[1], [2]]}, said={"predictions": [0, 1]}))
    rows = next(each for each in clocked.door.measurements() if each.name == "seamark_ingest_rows")
    assert dict(rows.samples) == {("predictions",): 2.0}
    assert clocked.tables()[0][1].schema.field("time").type == pa.timestamp("us", "UTC")
