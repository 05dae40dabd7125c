"""The forms in which models are asked and answer, one by one, and whatever else may come."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, NOW, request
from tests.unit.wire.test_fuzz import values

from seamark.errors import InvalidInput
from seamark.wire.exchanges import Exchange, Gathering, batch_of, columns_of
from seamark.wire.inference_events import halves
from seamark.wire.inference_logs import FORMATS, open_any
from seamark.wire.log_format import Told
from seamark.wire.payloads import Payload, read
from seamark.wire.roles import Roles
from seamark.wire.sheets import LONGEST_VECTOR, MOST_COLUMNS, Naming


def payload(document, media="application/json"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Payload(media, body)


def exchange(asked, said, **changed):
    return Exchange("e", NOW, "m", payload(asked), payload(said), **changed)


def rows(asked, said, naming=None, **changed):
    return columns_of(exchange(asked, said, **changed), naming or Naming())


def tensor(name, shape, data, datatype="FP64"):
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


@pytest.mark.parametrize(
    "document",
    [
        {"instances": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]},
        {"inputs": {"a": [1, 2], "b": ["x", "y"]}},
        {"inputs": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]},
        {"inputs": [tensor("a", [2], [1, 2]), tensor("b", [2, 1], ["x", "y"], "BYTES")]},
        {"dataframe_split": {"index": [0, 1], "columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}},
        {"dataframe_records": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]},
        {"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]},
        {"data": {"names": ["a", "b"], "ndarray": [[1, "x"], [2, "y"]]}},
        [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
    ],
)
def test_every_form_of_the_same_two_rows_is_the_same_sheet(document):
    sheet = read(payload(document))
    assert (sheet.rows, {name: list(each) for name, each in sheet.columns.items()}) == (
        2,
        {"a": [1, 2], "b": ["x", "y"]},
    )


@pytest.mark.parametrize(
    "document",
    [
        {"instances": [[1, 2], [3, 4]]},
        {"inputs": [tensor("x", [2, 2], [1, 2, 3, 4])]},
        {"inputs": [tensor("x", [2, 2], [[1, 2], [3, 4]])]},
        {"data": {"ndarray": [[1, 2], [3, 4]]}},
        {"data": {"tensor": {"shape": [2, 2], "values": [1, 2, 3, 4]}}},
        [[1, 2], [3, 4]],
    ],
)
def test_places_without_names_are_numbered_and_named_by_the_owner(document):
    plain = rows(document, {"predictions": [0, 1]})
    assert (plain["feature.input_0"], plain["feature.input_1"]) == ([1, 3], [2, 4])
    named = rows(document, {"predictions": [0, 1]}, Naming(("age", "income")))
    assert (named["feature.age"], named["feature.income"]) == ([1, 3], [2, 4])
    with pytest.raises(InvalidInput, match="inputs are 3"):
        rows(document, {"predictions": [0, 1]}, Naming(("a", "b", "c")))


def test_several_rows_are_numbered_and_one_keeps_the_id():
    assert rows([[1], [2]], [0, 1])["id"] == ["e:0", "e:1"]
    assert rows([[1]], [0])["id"] == ["e"]


def test_a_csv_answer_on_one_line_is_one_value_for_each_row():
    said = Payload("text/csv", b"0.5,0.25")
    found = columns_of(Exchange("e", NOW, "m", Payload("text/csv", b"1,2\n3,4\n"), said), Naming())
    assert found["prediction"] == [0.5, 0.25]


def test_a_long_row_is_one_vector_and_a_very_long_one_is_left_out():
    found = rows([[0.5] * (MOST_COLUMNS + 1)], [1])
    assert len(found["feature.input_0"][0]) == MOST_COLUMNS + 1
    assert [name for name in rows([[0.5] * (LONGEST_VECTOR + 1)], [1]) if name.startswith("feature")] == []


def test_the_owner_says_what_answers_are_however_they_are_cut():
    naming = Naming(outputs=("", "score", "prediction"))
    for said in ([[0.25, 0.75, 1]], {"outputs": [tensor("p", [1, 2], [0.25, 0.75]), tensor("l", [1], [1], "INT64")]}):
        found = rows([[1]], said, naming)
        assert (found["score"], found["prediction"]) == ([0.75], [1])
    with pytest.raises(InvalidInput, match="2 values a row, and the model's outputs are 3"):
        rows([[1]], [[0.5, 0.5]], naming)


def test_the_version_an_answer_names_stands_where_the_sender_names_none():
    said = {"model_version": 3, "outputs": [tensor("y", [1], [1])]}
    assert rows([[1]], said)["version"] == ["3"]
    assert rows([[1]], said, version="canary")["version"] == ["canary"]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ({"instances": []}, "holds no rows"),
        ({"instances": [[1], 2]}, "mixes"),
        ({"instances": [[1], [2, 3]]}, "different lengths"),
        ({"inputs": {"a": [1, 2], "b": [1]}}, "equally long"),
        ({"inputs": [tensor("x", [2, 2], [1, 2, 3])]}, "3 values for the shape"),
        ({"inputs": [tensor("x", [-1], [1])]}, "has the shape"),
        ({"inputs": [tensor("x", [0], [])]}, "empty"),
        ({"inputs": [tensor("x", [1], [1], "FP8")]}, "datatype 'FP8'"),
        ({"inputs": [tensor("x", [1], [1]), tensor("y", [2], [1, 2])]}, "rows"),
        ({"inputs": [{"name": "x", "shape": [1], "datatype": "FP32"}]}, "no list of data"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, "1 names for 2 columns"),
        ({"data": {"tensor": {"shape": [3], "values": [1]}}}, "1 values for the shape"),
        ({"instances": [{f"x{row}": 1} for row in range(3_000)]}, "3,000 rows of 3,000 columns"),
        ({"inputs": [{**tensor("x", [1, 1], []), "parameters": {"binary_data_size": 4}}]}, "binary form"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_a_payload_that_cannot_be_read_is_refused_with_a_sentence(document, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read(payload(document))


def test_nested_lists_are_flattened_only_so_deep():
    deep = 1
    for _ in range(40):
        deep = [deep]
    with pytest.raises(InvalidInput, match="levels deep"):
        read(payload({"instances": [[deep]]}))


tensors = st.lists(
    st.fixed_dictionaries(
        {"datatype": st.sampled_from(["FP32", "INT64", "BOOL", "BYTES", "X"])},
        optional={
            "name": values,
            "shape": st.lists(st.integers(-1, 3), max_size=3) | values,
            "data": st.lists(values, max_size=6) | values,
            "parameters": values | st.just({"content_type": "base64"}),
        },
    ),
    max_size=3,
)
keys = st.sampled_from(["instances", "predictions", "inputs", "outputs", "data", "dataframe_split", "columns", "x"])
inner = (
    values | tensors | st.fixed_dictionaries({"names": values, "tensor": values, "ndarray": values, "columns": values})
)
documents = values | st.dictionaries(keys, inner, max_size=3)
bodies = documents.map(lambda each: json.dumps(each).encode()) | st.binary(max_size=40)
medias = st.sampled_from(["application/json", "text/csv", "application/jsonlines", "", "image/png"])


@settings(max_examples=300, deadline=None)
@given(bodies, bodies, medias, medias, st.sampled_from([Naming(), Naming(("a",), ("prediction",))]))
def test_whatever_is_logged_becomes_rows_or_a_sentence(asked, said, asked_media, said_media, naming):
    found = Exchange("e", NOW, "m", Payload(asked_media, asked), Payload(said_media, said))
    try:
        columns = columns_of(found, naming)
        batch = batch_of(columns, request(partial=True), LIMITS)
    except InvalidInput:
        pass
    else:
        assert batch.table.num_rows + len(batch.refused) == len(columns["id"])


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["ce-id", "ce-type", "ce-time", "content-type", "ce-inferenceservicename", "ce-requestid"]),
        st.text(max_size=8)
        | st.sampled_from(["application/cloudevents+json", "application/cloudevents-batch+json"])
        | st.sampled_from(["org.kubeflow.serving.inference.request", "io.seldon.serving.inference.response"]),
    ),
    bodies,
)
def test_whatever_event_arrives_is_halves_or_a_sentence(headers, body):
    try:
        found = halves(headers, body)
    except InvalidInput:
        pass
    else:
        assert all(half.id and half.model for half in found)


def test_rows_with_other_columns_are_another_batch():
    gathering = Gathering()
    for asked in ([{"a": 1}], [{"b": 1}], [{"a": 2}]):
        gathering.add("m", columns_of(exchange(asked, [0]), Naming()))
    assert [len(group.columns["id"]) for group in gathering.take()] == [2, 1]
    assert gathering.take() == []


records = st.dictionaries(
    st.sampled_from(
        [
            "captureData",
            "eventMetadata",
            "timestamp",
            "request_id",
            "trace_id",
            "x",
            "prediction",
            "label",
            "databricks_request_id",
            "request",
            "response",
            "timestamp_ms",
            "sampling_fraction",
            "status_code",
        ]
    ),
    values | documents.map(json.dumps) | st.just("2026-11-01T11:00:00Z") | st.integers(1, 10**15),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(records, max_size=6), st.sampled_from(sorted(FORMATS)), st.binary(max_size=30))
def test_whatever_stands_in_a_log_every_record_is_rows_left_out_or_refused(found, form, rest):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.0.log"
        path.write_bytes(b"".join(json.dumps(each).encode() + b"\n" for each in found) + rest)
        opened = open_any(form, Told(path, "m"), Roles(), request(), LIMITS, batch_rows=2)
        refused = [batch.first_row + each.row for batch in opened.batches for each in batch.predictions.refused]
    assert all(0 <= row <= len(found) + rest.count(b"\n") for row in refused)
