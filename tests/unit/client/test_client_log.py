"""What a host calls: it returns at once, never raises, and everything it took arrives as it was at that moment."""

import contextlib
import json
import math
import random
import signal
import threading
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.client.odd_values import NAIVE, ODD, Bomb
from tests.unit.client.scripted_server import HANG

import seamark
from seamark.clock import from_iso, now_us


def columns_of(server) -> dict[str, list]:
    (request,) = server.accepted
    return request.body["columns"]


def test_what_is_logged_arrives(server, connect):
    client = connect(version="2026-11-01")
    returned = client.log(
        id="p1",
        features={"amount": 12.5, "country": "FR"},
        prediction=1,
        score=0.87,
        segment={"country": "FR"},
        time=datetime(2026, 11, 1, 12, tzinfo=UTC),
        latency_ms=3,
        weight=2,
    )
    assert returned == "p1"
    assert client.flush()
    (request,) = server.accepted
    assert request.path == "/v1/predictions?partial=true"
    assert request.body["model"] == "fraud"
    assert request.body["version"] == "2026-11-01"
    assert request.body["columns"] == {
        "id": ["p1"],
        "time": ["2026-11-01T12:00:00.000000Z"],
        "feature.amount": [12.5],
        "feature.country": ["FR"],
        "prediction": [1],
        "score": [0.87],
        "segment.country": ["FR"],
        "latency_ms": [3.0],
        "weight": [2.0],
    }


def test_vectors_and_long_texts_arrive_whole(server, connect):
    client = connect()
    client.log("p1", features={"vector": np.arange(3, dtype=np.float32), "prompt": "x" * 5_000})
    client.log("p2", features={"vector": [0.5, float("nan"), None], "prompt": "y"})
    assert client.flush()
    columns = columns_of(server)
    assert columns["feature.vector"] == [[0.0, 1.0, 2.0], [0.5, None, None]]
    assert [len(text) for text in columns["feature.prompt"]] == [5_000, 1]


def test_a_row_without_a_time_is_of_the_moment_it_was_logged(server, connect):
    client = connect(flush_seconds=0.05)
    before = now_us()
    client.log()
    after = now_us()
    assert client.flush()
    assert before <= from_iso(columns_of(server)["time"][0]) <= after


def test_a_row_without_an_id_gets_one_of_its_own(server, connect):
    client, other = connect(), connect()
    ids = [each.log(features={"x": 1.0}) for each in (client, other) for _ in range(100)]
    assert client.flush()
    assert other.flush()
    assert len(set(ids)) == 200
    assert set(server.ids) == set(ids)


def test_what_the_host_changes_afterwards_does_not_change_what_was_logged(server, connect):
    client = connect()
    features, segment, scores = {"x": 1.0, "tags": ["a"]}, {"s": "1"}, {"cat": 0.5}
    client.log("p1", features=features, segment=segment, scores=scores)
    features["x"] = 2.0
    features["tags"].append("b")
    segment["s"] = "2"
    scores["cat"] = 0.25
    assert client.flush()
    columns = columns_of(server)
    assert (columns["feature.x"], columns["feature.tags"]) == ([1.0], ['["a"]'])
    assert (columns["segment.s"], columns["score.cat"]) == (["1"], [0.5])


def test_rows_of_many_calls_arrive_in_the_order_of_the_calls(server, connect):
    client = connect(batch_rows=7)
    for i in range(100):
        client.log(f"p{i}", features={"x": float(i)})
    assert client.flush()
    assert server.ids == [f"p{i}" for i in range(100)]


def test_threads_that_share_a_client_lose_nothing(server, connect):
    client = connect(batch_rows=50)
    threads = [
        threading.Thread(target=lambda name=name: [client.log(f"{name}-{i}", features={"x": i}) for i in range(300)])
        for name in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush()
    assert sorted(server.ids) == sorted(f"{name}-{i}" for name in range(6) for i in range(300))
    stats = client.stats
    assert (stats.logged, stats.acknowledged, stats.waiting) == (1800, 1800, 0)


def test_outcomes_arrive(server, connect):
    client = connect()
    client.outcome("p1", label=0, revenue=math.inf)
    client.outcome(7, time="2026-11-01T12:00:00Z", prediction_time=1_793_534_400, label=np.int64(1))
    assert client.flush()
    (request,) = server.accepted
    assert request.path == "/v1/outcomes?partial=true"
    assert "version" not in request.body
    columns = request.body["columns"]
    assert columns["id"] == ["p1", "7"]
    assert columns["time"][1] == "2026-11-01T12:00:00.000000Z"
    assert columns["value.label"] == [0, 1]
    assert columns["value.revenue"] == ["Infinity", None]
    assert columns["prediction_time"] == [None, "2026-11-01T12:00:00.000000Z"]


def test_changes_arrive_one_by_one(server, connect):
    client = connect()
    client.change("deploy", "version 7", version="7", url="https://ci/7", time="2026-11-01T12:00:00Z")
    client.change("config", "threshold .5 → .6", service="checkout")
    assert client.flush()
    first, second = (request.body for request in server.accepted)
    assert first == {
        "kind": "deploy",
        "model": "fraud",
        "time": "2026-11-01T12:00:00.000000Z",
        "summary": "version 7",
        "version": "7",
        "url": "https://ci/7",
    }
    assert (second["kind"], second["service"], second["summary"]) == ("config", "checkout", "threshold .5 → .6")
    assert {request.path for request in server.accepted} == {"/v1/changes"}


def test_a_batch_of_columns_arrives(server, connect):
    client = connect(batch_rows=400)
    frame = pd.DataFrame({"id": range(1000), "amount": np.arange(1000) / 8, "prediction": 1})
    assert client.log_batch(frame) == 1000
    assert client.flush()
    assert [len(request.rows) for request in server.accepted] == [400, 400, 200]
    assert server.ids == [str(i) for i in range(1000)]
    assert server.accepted[0].body["columns"]["feature.amount"][:3] == [0.0, 0.125, 0.25]


def test_a_batch_larger_than_the_buffer_is_taken_whole_by_a_job_that_may_wait(server, connect):
    client = connect(batch_rows=50, buffer_rows=100)
    assert client.log_batch({"x": list(range(2000))}, wait_seconds=30) == 2000
    assert client.flush()
    assert len(server.ids) == 2000


def test_a_batch_larger_than_the_buffer_loses_what_finds_no_room(server, connect):
    server.otherwise = HANG
    client = connect(batch_rows=50, buffer_rows=100)
    assert client.log_batch({"x": list(range(2000))}) == 100
    assert client.stats.dropped == {"buffer_full": 1900}


def test_a_batch_counts_the_rows_it_cannot_read(server, connect):
    client = connect()
    assert client.log_batch({"id": ["a", "x" * 999], "x": [1, 2]}) == 1
    assert client.log_batch({"x": [1], "y": []}) == 0
    assert client.log_batch("no frame") == 0
    assert client.flush()
    assert client.stats.dropped == {"invalid_id": 1, "invalid_batch": 2}
    assert server.ids == ["a"]


def test_logging_while_the_server_hangs_only_fills_the_buffer(server, connect):
    server.otherwise = HANG
    client = connect(batch_rows=10)
    client.log("p0")
    client.flush(0.01)
    server.wait_for(requests=1)
    for i in range(1, 1000):
        client.log(f"p{i}")
    assert client.stats.waiting == 1000
    assert client.stats.acknowledged == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"id": ""}, "invalid_id"),
        ({"id": "x" * 257}, "invalid_id"),
        ({"time": NAIVE}, "invalid_time"),
        ({"time": "noon"}, "invalid_time"),
        ({"weight": 0}, "invalid_weight"),
        ({"features": 7}, "unreadable"),
        ({"features": Bomb()}, "unreadable"),
        ({"id": Bomb()}, None),
        ({"features": {"x": Bomb()}}, None),
    ],
    ids=lambda value: repr(value)[:30] if "Bomb" not in str(type(value)) else "bomb",
)
def test_what_cannot_be_logged_is_counted_by_reason_and_never_raised(connect, arguments, reason):
    client = connect()
    client.log(**arguments)
    assert client.stats.dropped == ({reason: 1} if reason else {})


def test_an_outcome_without_values_and_a_change_of_no_kind_are_counted(connect):
    client = connect()
    client.outcome("p1")
    client.change("party", "x")
    client.change("deploy", "")
    assert client.stats.dropped == {"invalid_outcome": 1, "invalid_change": 2}


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=400)
def test_no_argument_of_any_kind_ever_raises(data, quiet):
    def draw():
        return ODD[data.draw(st.integers(0, len(ODD) - 1))]

    assert isinstance(
        quiet.log(
            draw(),
            features=draw(),
            prediction=draw(),
            score=draw(),
            scores=draw(),
            segment=draw(),
            time=draw(),
            latency_ms=draw(),
            weight=draw(),
        ),
        str,
    )
    quiet.outcome(draw(), draw(), prediction_time=draw(), label=draw())
    quiet.change(draw(), draw(), time=draw(), service=draw(), version=draw(), url=draw())
    assert isinstance(quiet.log_batch(draw(), id=draw(), segment=draw(), scores=draw(), wait_seconds=draw()), int)
    assert quiet.flush(data.draw(st.sampled_from([None, "soon", -1, math.nan, 0]))) in (True, False)
    stats = quiet.stats
    assert stats.logged == stats.acknowledged + stats.waiting + sum(stats.dropped.values())


@pytest.fixture
def quiet(connect):
    """A client whose thread never wakes by itself: only the host's side is under test."""
    client = connect(flush_seconds=1000.0, batch_rows=50_000)
    client._session._thread = threading.current_thread()
    yield client
    client._session._thread = None


def test_everything_that_was_taken_can_be_written_and_read_by_a_strict_server(server, connect):
    client = connect()
    values = [math.nan, math.inf, 10**400, "\ud800", b"\xff", [1, {"a": math.nan}], {1: 2}, object, None, "x" * 9999]
    for i, value in enumerate(values):
        client.log(f"p{i}", features={"x": value, i: value}, prediction=value, segment={"s": value})
    assert client.flush()
    assert client.stats.acknowledged == len(values)
    for request in server.accepted:
        json.loads(request.raw, parse_constant=pytest.fail)


def test_a_host_that_mutates_its_features_while_they_are_logged_is_not_harmed(server, connect):
    client = connect()
    features = {f"name{i}": 1.0 for i in range(50)}
    stop = threading.Event()

    def mutate():
        turn = random.Random(1)
        while not stop.is_set():
            features[f"name{turn.randrange(100)}"] = 2.0
            features.pop(f"name{turn.randrange(100)}", None)

    mutator = threading.Thread(target=mutate)
    mutator.start()
    for _ in range(500):
        client.log(features=features)
    stop.set()
    mutator.join()
    assert client.flush()
    assert client.stats.acknowledged == 500


def test_a_signal_handler_may_log(server, connect):
    client = connect()
    logged = []
    previous = signal.signal(signal.SIGALRM, lambda *_: logged.append(client.log(features={"x": 1.0})))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for i in range(3000):
            client.log(f"p{i}", features={"x": float(i)})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert logged
    assert client.flush()
    assert sorted(server.ids) == sorted([f"p{i}" for i in range(3000)] + logged)


def test_a_disabled_client_does_nothing_at_all(server, connect):
    client = connect(enabled=False)
    assert client.log("p1", features={"x": 1}) == "p1"
    assert client.log()
    assert client.log("") == ""
    client.outcome("p1", label=1)
    client.change("deploy", "x")
    assert client.log_batch({"x": [1]}) == 0
    assert client.flush()
    assert client.stats.logged == 0
    assert client._session._thread is None


def test_leaving_the_context_delivers(server):
    with seamark.Client(server.url, model="fraud", flush_seconds=60) as client:
        client.log("p1")
    assert server.ids == ["p1"]


def test_an_error_of_the_host_passes_through_the_context(server):
    with contextlib.suppress(ZeroDivisionError), seamark.Client(server.url, model="fraud", flush_seconds=60) as client:
        client.log("p1")
        _ = 1 / 0
    assert server.ids == ["p1"]
