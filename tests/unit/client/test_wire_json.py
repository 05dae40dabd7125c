"""What a client writes is strict JSON that the server's own types read, with nothing lost that JSON can say."""

import json
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.wire import bodies
from seamark.wire import json as wire

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text()


def strict(encoded: bytes):
    """Read as a strict server does: no NaN, no Infinity, valid UTF-8."""
    return msgspec.json.decode(encoded)


def said(value):
    """What JSON should say of a scalar."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


@given(st.dictionaries(st.text(), st.lists(scalars, max_size=5), max_size=4), st.text())
def test_columns_read_back_value_by_value(columns, version):
    body = strict(wire.encode_columns("fraud", columns, version))
    assert body["model"] == "fraud"
    assert body["version"] == said(version)
    for name, values in columns.items():
        assert body["columns"][said(name)] == [said(value) for value in values] or len(columns) != len(body["columns"])


@given(st.lists(st.dictionaries(st.text("abc"), scalars, max_size=3)))
def test_rows_read_back_value_by_value(features):
    rows = [{"id": str(number), "features": each} for number, each in enumerate(features)]
    body = strict(wire.encode_rows("fraud", "predictions", rows))
    expected = [{name: said(value) for name, value in each.items()} for each in features]
    assert [row["features"] for row in body["predictions"]] == expected
    assert "version" not in body


def test_infinities_travel_as_texts_and_nan_as_null():
    body = strict(wire.encode_columns("fraud", {"x": [1.5, math.inf, -math.inf, math.nan, None]}))
    assert body["columns"]["x"] == [1.5, "Infinity", "-Infinity", None, None]


def test_one_strange_column_leaves_the_others_as_they_are():
    columns = {"id": ["a", "b"], "x": [math.nan, object], "y": [0.1, 2**53 + 1]}
    body = strict(wire.encode_columns("fraud", columns))
    assert body["columns"]["id"] == ["a", "b"]
    assert body["columns"]["y"] == [0.1, 2**53 + 1]
    assert body["columns"]["x"] == [None, str(object)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.5), 0.5),
        (np.float32("nan"), None),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (10**5000, "Infinity"),
        (-(10**5000), "-Infinity"),
        ("\ud800 half", "? half"),
        (b"raw", "b'raw'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_has_no_word_for_becomes_the_nearest_it_has(value, expected):
    assert strict(wire.encode_columns("fraud", {"x": [value]}))["columns"]["x"] == [expected]
    assert strict(wire.encode_object({"x": value}))["x"] == expected


def test_texts_of_any_script_travel_unescaped():
    encoded = wire.encode_columns("fraude à l'été", {"id": ["naïve 日本 🎉"]})
    assert "naïve 日本 🎉".encode() in encoded
    assert strict(encoded)["model"] == "fraude à l'été"


def test_the_client_object_is_one_the_server_knows():
    client = {"sdk": "seamark-python/1.0", "instance": "ab", "dropped": {"buffer_full": 3}}
    encoded = wire.encode_columns("fraud", {"id": ["a"], "time": ["2026-11-01T12:00:00Z"]}, "1", client)
    read = msgspec.json.decode(encoded, type=bodies.PredictionsBody)
    assert msgspec.to_builtins(read.client) == client
    assert tuple(client) == wire.CLIENT_FIELDS


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (wire.PREDICTION_FIELDS, bodies.PredictionRow),
        (wire.OUTCOME_FIELDS, bodies.OutcomeRow),
        (wire.CLIENT_FIELDS, bodies.ClientNote),
    ],
)
def test_the_names_written_here_are_the_servers(fields, body):
    assert {field.encode_name for field in msgspec.structs.fields(body)} == set(fields)


def test_columns_are_compact():
    assert wire.encode_columns("m", {"id": ["a", "b"]}) == b'{"model":"m","columns":{"id":["a","b"]}}'


def test_the_encoder_writes_what_the_standard_library_reads():
    encoded = wire.encode_columns("m", {"x": [0.1, 1e300, 5e-324, -0.0, 2**62, True, None, 'quote " and \\']})
    assert json.loads(encoded)["columns"]["x"] == [0.1, 1e300, 5e-324, -0.0, 2**62, True, None, 'quote " and \\']


def test_a_models_baseline_has_a_path_whatever_its_name():
    assert wire.baseline_path("fraud/v2 é") == "/v1/models/fraud%2Fv2%20%C3%A9/baseline"
