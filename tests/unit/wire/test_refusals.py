"""What refuses a batch: structure, id, time. The sentence names row, field, value and what would be accepted."""

from __future__ import annotations

import json

import pytest
from tests.unit.wire.batches import LIMITS, NOW, TIME, columns, outcomes, predictions, request

from seamark.clock import SECOND_US, to_iso
from seamark.errors import InvalidInput, Malformed, TooLarge
from seamark.wire import documents
from seamark.wire.limits import Limits


def refusal(*rows, **body):
    with pytest.raises(InvalidInput) as caught:
        predictions(*rows, **body)
    return caught.value


def refused_body(body: bytes):
    with pytest.raises(InvalidInput) as caught:
        documents.predictions(body, request(), LIMITS)
    return caught.value


@pytest.mark.parametrize(
    ("row", "field", "sentence"),
    [
        ({"id": None}, "id", "Row 1: id is missing; send a text of 1 to 256 characters, or an integer up to 2^53."),
        ({"id": ""}, "id", "Row 1: id '' has 0 characters;"),
        ({"id": "x" * 257}, "id", "has 257 characters;"),
        ({"id": 1.5}, "id", "Row 1: id 1.5 is not a text or an integer;"),
        ({"id": True}, "id", "Row 1: id True is not a text or an integer;"),
        ({"id": ["a"]}, "id", "Row 1: id \"['a']\" is not a text or an integer;"),
        (
            {"id": 2**53 + 1},
            "id",
            "id 9007199254740993 is beyond 2^53, where JSON clients round; send the id as a text.",
        ),
        ({"id": -(2**53) - 1}, "id", "is beyond 2^53"),
        ({"time": None}, "time", "Row 1: time is missing; send ISO 8601 with a zone, like 2026-11-01T12:00:00Z."),
        ({"time": 1_760_000_000}, "time", "Row 1: time 1760000000 is not a text;"),
        ({"time": "yesterday"}, "time", "Row 1: time 'yesterday' is not a time;"),
        ({"time": "2026-11-01T11:00:00"}, "time", "Row 1: time '2026-11-01T11:00:00' has no time zone;"),
        ({"time": "2026-02-30T11:00:00Z"}, "time", "is not a time;"),
        ({"time": "1969-12-31T23:59:59Z"}, "time", "Row 1: time '1969-12-31T23:59:59Z' is before 1970;"),
        ({"time": "2026-11-01T12:10:01Z"}, "time", "is more than 600 s ahead of now (2026-11-01T12:00:00Z);"),
        ({"weight": 0}, "weight", "Row 1: weight 0.0 is no weight; send a finite number above 0."),
        ({"weight": -1}, "weight", "is no weight"),
        ({"weight": "Infinity"}, "weight", "is no weight"),
        ({"score": "high"}, "score", "Row 1: score 'high' is not a number; send a number or null."),
        ({"score": True}, "score", "score True is not a number"),
        ({"latency_ms": "3 ms"}, "latency_ms", "latency_ms '3 ms' is not a number"),
        ({"prediction": [1]}, "prediction", "Row 1: prediction '[1]' is nested;"),
        ({"version": "v" * 257}, "version", "is too long;"),
        ({"scores": {"a": "x"}}, "score.a", "Row 1: score.a 'x' is not a number;"),
        ({"features": [1]}, "features", "Row 1: features: expected `object | null`, got `array`."),
        ({"feature": {}}, "feature", "Row 1: 'feature' is not a known field; the nearest one is 'features'."),
    ],
)
def test_a_row_is_refused_with_its_place(row, field, sentence):
    error = refusal({}, row)
    assert sentence in error.message
    assert (error.row, error.field) == (1, field)


def test_an_integer_id_up_to_2_53_is_a_text():
    assert predictions({"id": 2**53}, {"id": -5}).table["id"].to_pylist() == ["9007199254740992", "-5"]


def test_a_time_at_the_limit_is_accepted():
    latest = to_iso(NOW + 600 * SECOND_US)
    assert predictions({"time": latest}, {"time": "1970-01-01T00:00:00Z"}).table.num_rows == 2


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("2026-11-01T12:30:00+02:00", "2026-11-01T10:30:00Z"),
        ("2026-11-01T10:30:00.123456789Z", "2026-11-01T10:30:00.123456Z"),
        ("20261101T103000Z", "2026-11-01T10:30:00Z"),
        ("2026-11-01 10:30:00+00:00", "2026-11-01T10:30:00Z"),
    ],
)
def test_the_forms_of_iso_8601_are_one_instant(time, utc):
    read = predictions({"time": time}).table["time"].cast("int64")[0].as_py()
    assert to_iso(read) == utc


def test_one_id_at_two_times_is_a_collision():
    error = refusal({"id": "a"}, {"id": "b"}, {"id": "a", "time": "2026-11-01T10:00:00Z"})
    assert error.message == (
        "Row 2: id 'a' is also the id of row 0, at another time; send every prediction under an id of its own."
    )


def test_the_same_row_twice_is_no_collision():
    assert predictions({"id": "a"}, {"id": "a"}).table.num_rows == 2


def test_two_versions_may_predict_one_id_at_different_times():
    table = predictions({"id": "a", "version": "1"}, {"id": "a", "version": 2, "time": "2026-11-01T10:00:00Z"}).table
    assert table["version"].to_pylist() == ["1", "2"]


def test_two_outcomes_of_one_prediction_are_a_correction():
    batch = outcomes({"id": "a"}, {"id": "a", "time": "2026-11-01T10:00:00Z"})
    assert batch.table.num_rows == 2


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is not JSON: Input data was truncated."),
        (b"{", "The body is not JSON: Input data was truncated."),
        (b'{"model": "m"} x', "The body is not JSON: trailing characters (byte 16)."),
        (b'{"model": oops}', "The body is not JSON: invalid character (byte 10)."),
        (b'{"model": "\xff"}', "The body is not UTF-8: invalid start byte at byte 11."),
        (b'{"model":"m","columns":{"feature.x":[NaN,}}', "The body is not JSON:"),
        (b'{"model":"m","columns":{"feature.x":' + b"[" * 100_000, "The body is nested too deeply to be read."),
        (b'{"model":"\\ud800"}', "The body is not JSON:"),
    ],
)
def test_bytes_that_are_no_json_are_malformed(body, sentence):
    error = refused_body(body)
    assert isinstance(error, Malformed)
    assert error.message.startswith(sentence)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "body: expected `object`, got `array`."),
        ({"predictions": []}, "missing required field `model`"),
        ({"model": 5, "predictions": []}, "model: expected `str`, got `int`."),
        ({"model": "", "predictions": []}, "model: expected `str` of length >= 1."),
        ({"model": "a\nb", "predictions": [{}]}, "model 'a\\nb' is not a name;"),
        ({"model": "m", "prediction": []}, "'prediction' is not a known field; the nearest one is 'predictions'."),
        ({"model": "m"}, "The body has neither 'predictions' nor 'columns'; send exactly one of them."),
        ({"model": "m", "predictions": [], "columns": {}}, "The body has both 'predictions' and 'columns';"),
        ({"model": "m", "predictions": []}, "The batch holds no rows; send at least one."),
        ({"model": "m", "columns": {}}, "The batch holds no rows; send at least one."),
        ({"model": "m", "columns": {"id": [], "time": []}}, "The batch holds no rows; send at least one."),
        ({"model": "m", "predictions": [7]}, "Row 0: row: expected `object`, got `int`."),
        (
            {"model": "m", "version": "v" * 300, "predictions": [{"id": "a", "time": TIME}]},
            "version has 300 characters",
        ),
        ({"model": "m", "version": [1], "predictions": []}, "version: expected `int | str | null`, got `array`."),
        ({"model": "m", "columns": {"id": ["a"]}}, "The batch has no time column."),
        ({"model": "m", "columns": {"time": [TIME]}}, "The batch has no id column."),
        (
            {"model": "m", "columns": {"id": ["a", "b"], "time": [TIME]}},
            "Column 'time' has 1 value where column 'id' has 2; the columns of one batch are equally long.",
        ),
        (
            {"model": "m", "columns": {"id": ["a"], "time": [TIME], "amount": [1]}},
            "'amount' is not a column of predictions; a feature of that name is the column 'feature.amount'.",
        ),
        (
            {"model": "m", "columns": {"id": ["a"], "time": [TIME], "scor": [1]}},
            "'scor' is not a column of predictions; the nearest one is 'score'.",
        ),
        ({"model": "m", "columns": {"id": ["a"], "feature.": [1]}}, "'feature.' is not a column of predictions"),
        ({"model": "m", "columns": {"feature." + "x" * 300: [1]}}, "A column name is 308 characters long"),
    ],
)
def test_a_wrong_structure_is_named(document, sentence):
    error = refused_body(json.dumps(document).encode())
    assert sentence in error.message
    assert not isinstance(error, Malformed)


def test_too_many_rows_or_columns_are_too_large():
    few = Limits(max_rows=1, max_columns=3)
    with pytest.raises(TooLarge, match="The batch has 2 rows; at most 1 are accepted, so send it in parts"):
        predictions({}, {}, limits=few)
    with pytest.raises(TooLarge, match="The batch has 4 columns; at most 3 are accepted"):
        columns(feature_a=[1], feature_b=[2], limits=few)
    with pytest.raises(TooLarge, match="The rows name 5 different keys under feature"):
        predictions({"features": {"a": 1}}, {"features": dict.fromkeys("bcde")}, limits=Limits(max_columns=3))


def test_the_first_refused_row_is_the_one_named():
    assert refusal({}, {"weight": -1}, {"id": 1.5}).row == 1


def test_a_partial_batch_keeps_the_good_rows_and_lists_the_others():
    batch = predictions({}, {"time": "x"}, {"id": 3.5}, {"features": 7}, {"colour": 1}, {"score": 0.5}, partial=True)
    assert batch.table["id"].to_pylist() == ["p0", "p5"]
    assert [(each.row, each.field) for each in batch.refused] == [
        (1, "time"),
        (2, "id"),
        (3, "features"),
        (4, "colour"),
    ]


def test_a_partial_batch_of_columns_keeps_the_good_rows():
    batch = columns(score=[0.5, "x", 0.25], partial=True)
    assert batch.table["score"].to_pylist() == [0.5, 0.25]
    assert [each.row for each in batch.refused] == [1]


def test_a_partial_batch_refuses_a_colliding_row_but_not_the_first_of_its_id():
    batch = predictions({"id": "a"}, {"id": "a", "time": "2026-11-01T10:00:00Z"}, partial=True)
    assert batch.table["id"].to_pylist() == ["a"]
    assert batch.refused[0].row == 1


def test_what_concerns_the_whole_batch_refuses_a_partial_one_too():
    with pytest.raises(InvalidInput, match="is not a known field"):
        predictions({}, partial=True, colour=1)


def test_values_are_quoted_short():
    error = refusal({"time": "x" * 10_000})
    assert len(error.message) < 300
    assert len(error.value) == 80


def test_a_change_is_read_and_its_faults_named():
    good = {"kind": "deploy", "time": TIME, "summary": "v2 out", "model": "m", "version": 2}
    change = documents.change(json.dumps(good).encode(), "p", NOW, LIMITS)
    assert (change.project, change.kind, change.version, change.model) == ("p", "deploy", "2", "m")
    for wrong, sentence in [
        ({"kind": "deployed"}, "kind 'deployed' is not a kind of change; the nearest one is 'deploy'."),
        ({"time": "2026-11-01"}, "time: '2026-11-01' has no time zone;"),
        ({"time": 5}, "time is not a text;"),
        ({"time": "2027-11-01T00:00:00Z"}, "time '2027-11-01T00:00:00Z' is before 1970 or more than 600 s ahead"),
        ({"summary": ""}, "summary: expected `str` of length >= 1."),
        ({"model": " \x00"}, "is not a name"),
    ]:
        with pytest.raises(InvalidInput) as caught:
            documents.change(json.dumps(good | wrong).encode(), "p", NOW, LIMITS)
        assert sentence in caught.value.message


def test_a_baseline_of_stored_traffic_names_its_range():
    body = {"from": "2026-10-01T00:00:00Z", "to": "2026-10-02T00:00:00Z", "version": "3"}
    window, version = documents.baseline_window(json.dumps(body).encode(), NOW, LIMITS)
    assert (to_iso(window.start_us), to_iso(window.end_us), version) == (body["from"], body["to"], "3")
    with pytest.raises(InvalidInput, match="from 2026-10-02T00:00:00Z is not before to 2026-10-02T00:00:00Z"):
        documents.baseline_window(json.dumps(body | {"from": body["to"]}).encode(), NOW, LIMITS)
    with pytest.raises(InvalidInput, match="missing required field `to`"):
        documents.baseline_window(json.dumps({"from": body["from"]}).encode(), NOW, LIMITS)
