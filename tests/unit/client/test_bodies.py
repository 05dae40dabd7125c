"""What the server decodes is exactly what was logged, whichever form a batch takes."""

import math
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.client.bodies import encode
from seamark.client.entries import Chunk, Note, Outcome, Prediction
from seamark.client.values import NOTHING, snapshot
from seamark.records.log import EntryKind
from seamark.wire import documents
from seamark.wire.canonical import Request
from seamark.wire.limits import Limits

NOW_US = 1_793_534_400_000_000
CLIENT = {"sdk": "seamark-python/1", "instance": "ab", "dropped": {}}


def prediction(id="p1", features=None, **parts):
    known = {"time_us": NOW_US, "prediction": None, "score": None, "latency_ms": None, "weight": None, "size": 0}
    mappings = {name: snapshot(parts.pop(name, None)) for name in ("scores", "segment")}
    return Prediction(id=id, features=snapshot(features), **(known | mappings | parts))


def outcome(id="p1", prediction_time_us=None, **values):
    return Outcome(id, NOW_US, snapshot(values), prediction_time_us, 0)


def decoded(entries, kind=EntryKind.PREDICTIONS) -> list[dict]:
    """The rows as the server's own decoder understands the body."""
    body = encode(entries, "fraud", "3", CLIENT)
    decode = documents.predictions if kind is EntryKind.PREDICTIONS else documents.outcomes
    batch = decode(body, Request(kind, "", NOW_US), Limits())
    assert (batch.model, batch.refused, batch.client.sdk) == ("fraud", (), "seamark-python/1")
    return batch.table.to_pylist()


def form(entries) -> str:
    body = msgspec.json.decode(encode(entries, "fraud", "3", CLIENT))
    return "columns" if "columns" in body else "rows"


def test_a_whole_prediction_arrives_whole():
    (row,) = decoded(
        [
            prediction(
                "p1",
                {"amount": 12.5, "country": "FR", "new": True, "gone": None},
                prediction="fraud",
                score=0.87,
                scores={"fraud": 0.87, "fine": 0.13},
                segment={"country": "FR", "tier": 2},
                latency_ms=3.5,
                weight=20.0,
            )
        ]
    )
    assert row == {
        "id": "p1",
        "time": datetime(2026, 11, 1, 12, tzinfo=UTC),
        "version": "3",
        "feature.amount": 12.5,
        "feature.country": "FR",
        "feature.new": True,
        "feature.gone": None,
        "prediction": "fraud",
        "score": 0.87,
        "score.fraud": 0.87,
        "score.fine": 0.13,
        "segment.country": "FR",
        "segment.tier": "2",
        "latency_ms": 3.5,
        "weight": 20.0,
    }


def test_a_model_may_log_nothing_but_that_it_answered():
    assert decoded([prediction()]) == [{"id": "p1", "time": datetime(2026, 11, 1, 12, tzinfo=UTC), "version": "3"}]


@given(
    st.lists(
        st.fixed_dictionaries({"a": st.floats(allow_nan=False) | st.none(), "b": st.floats(allow_nan=False)}),
        min_size=1,
    )
)
def test_every_float_arrives_bit_for_bit_in_its_row(features):
    rows = decoded([prediction(f"p{i}", each) for i, each in enumerate(features)])
    assert [(row["id"], row["feature.a"], row["feature.b"]) for row in rows] == [
        (f"p{i}", each["a"], each["b"]) for i, each in enumerate(features)
    ]


@given(
    st.lists(st.dictionaries(st.sampled_from("abcdefghij"), st.floats(-1e9, 1e9), max_size=4), min_size=1, max_size=30)
)
def test_rows_of_different_kinds_keep_their_values_in_either_form(features):
    rows = decoded([prediction(f"p{i}", each) for i, each in enumerate(features)])
    for number, (row, each) in enumerate(zip(rows, features, strict=True)):
        found = {name.removeprefix("feature."): value for name, value in row.items() if name.startswith("feature.")}
        assert row["id"] == f"p{number}"
        assert {name: value for name, value in found.items() if value is not None} == each


def test_rows_alike_travel_as_columns_and_rows_with_little_in_common_as_rows():
    alike = [prediction(f"p{i}", {"a": 1.0, "b": 2.0}) for i in range(50)]
    assert form(alike) == "columns"
    assert form([*alike, prediction("odd", {"c": 3.0})]) == "columns"
    assert form([prediction(f"p{i}", {f"name{i}": 1.0}) for i in range(50)]) == "rows"
    assert form([prediction(f"p{i}", {"a": 1.0}, segment={f"user{i}": "x"}) for i in range(50)]) == "rows"
    assert form([outcome(f"p{i}", **{f"name{i}": 1.0}) for i in range(50)]) == "rows"


def test_a_host_that_invents_names_cannot_make_a_body_of_holes():
    entries = [prediction(f"p{i}", {f"name{i}_{j}": 1.0 for j in range(20)}) for i in range(200)]
    assert len(encode(entries, "fraud", "", CLIENT)) < 200 * 20 * 30


def test_what_json_cannot_say_of_a_number_arrives_as_the_server_means_it():
    infinite, missing = decoded([prediction("p1", {"x": math.inf}, score=0.5), prediction("p2", {"x": math.nan})])
    assert infinite["feature.x"] == math.inf
    assert missing["feature.x"] is None
    assert missing["score"] is None


def test_sparse_rows_arrive_whole_too():
    entries = [
        prediction(f"p{i}", {f"name{i}": math.inf}, prediction=i, score=0.5, scores={"a": 0.25}, segment={"s": True})
        for i in range(40)
    ]
    assert form(entries) == "rows"
    row = decoded(entries)[7]
    assert (row["feature.name7"], row["feature.name8"]) == (math.inf, None)
    assert (row["prediction"], row["score"], row["score.a"], row["segment.s"]) == (7, 0.5, 0.25, "true")


def test_names_that_differ_only_before_they_were_texts_become_one():
    (row,) = decoded([prediction("p1", {1: 0.5, "1": 0.75})])
    assert row["feature.1"] == 0.75


def test_outcomes_arrive_whole():
    first, second = decoded(
        [outcome("p1", label=1, revenue=3.25), outcome("p2", label=0, prediction_time_us=NOW_US - 5)],
        EntryKind.OUTCOMES,
    )
    assert (first["id"], first["value.label"], first["value.revenue"], first["prediction_time"]) == (
        "p1",
        1,
        3.25,
        None,
    )
    assert (second["value.label"], second["value.revenue"]) == (0, None)
    assert second["prediction_time"] == datetime(2026, 11, 1, 11, 59, 59, 999_995, tzinfo=UTC)


def test_outcomes_with_little_in_common_keep_the_time_of_their_prediction():
    entries = [outcome(f"p{i}", prediction_time_us=NOW_US - i, **{f"name{i}": i}) for i in range(40)]
    assert form(entries) == "rows"
    assert decoded(entries, EntryKind.OUTCOMES)[3]["prediction_time"].microsecond == 999_997


def test_a_chunk_of_columns_is_sent_as_it_is():
    columns = {"id": ["a", "b"], "time": ["2026-11-01T12:00:00Z"] * 2, "feature.x": [1.0, None]}
    assert [row["feature.x"] for row in decoded([Chunk(columns, 2, 0)])] == [1.0, None]


def test_a_change_is_one_object():
    members = {"kind": "deploy", "model": "fraud", "time": "2026-11-01T12:00:00Z", "summary": "new model"}
    change = documents.change(encode([Note(members, 0)], "fraud", "3", CLIENT), "default", NOW_US, Limits())
    assert (change.kind, change.model, change.time_us, change.summary) == ("deploy", "fraud", NOW_US, "new model")


@pytest.mark.parametrize("count", [1, 2, 500])
def test_a_batch_has_as_many_rows_as_entries(count):
    assert len(decoded([prediction(f"p{i}", {"x": float(i)}) for i in range(count)])) == count


def test_nothing_is_shared_by_all_that_have_nothing():
    assert snapshot({}) is NOTHING
