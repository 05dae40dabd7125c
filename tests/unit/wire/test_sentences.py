"""How faults are said: the place, the value, what is nearest, and what would be accepted."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import InvalidInput, Malformed
from seamark.records.log import EntryKind
from seamark.wire.bodies import OutcomesBody, PredictionsBody
from seamark.wire.parse import parse
from seamark.wire.refusal import Refusals, shorten
from seamark.wire.shapes import Shape, nearest, shape_of

PREDICTIONS = msgspec.json.Decoder(PredictionsBody)
OUTCOMES = msgspec.json.Decoder(OutcomesBody)


def fault(document, decoder=PREDICTIONS):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(InvalidInput) as caught:
        parse(decoder, body)
    return caught.value


@pytest.mark.parametrize(
    ("document", "field", "row", "value", "accepted"),
    [
        ({"model": 1}, "model", None, 1, "`str`"),
        ({"model": "m", "predictions": {}}, "predictions", None, "{}", "`array`"),
        ({"model": "m", "predictions": [{}, {"features": 5}]}, "features", 1, 5, "`object | null`"),
        ({"model": "m", "predictions": [{}, {}, []]}, "row", 2, "[]", "`object`"),
        ({"model": "m", "columns": {"a": 5}}, "columns.[...]", None, None, "`array`"),
        ({"model": "m", "client": {"dropped": {"a": "x"}}}, "client.dropped.[...]", None, None, "`int`"),
    ],
)
def test_a_misfit_names_its_place(document, field, row, value, accepted):
    error = fault(document)
    assert (error.row, error.accepted) == (row, accepted)
    assert error.field == field or error.field.startswith(field.partition(".")[0])
    assert value is None or error.value == value


@pytest.mark.parametrize(
    ("document", "word", "hint", "row"),
    [
        ({"model": "m", "modell": 1}, "modell", "model", None),
        ({"model": "m", "predictions": [{"scroe": 1}]}, "scroe", "score", 0),
        ({"model": "m", "predictions": [{}, {"feature": {}}]}, "feature", "features", 1),
        ({"model": "m", "zzz": 1}, "zzz", None, None),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest_known_one(document, word, hint, row):
    error = fault(document)
    assert (error.field, error.row) == (word, row)
    assert (f"the nearest one is {hint!r}" in error.message) is (hint is not None)
    assert "Known are " in error.message


def test_the_known_fields_of_a_row_are_those_of_its_endpoint():
    error = fault({"model": "m", "outcomes": [{"value": 1}]}, OUTCOMES)
    assert "the nearest one is 'values'. Known are id, time, values, prediction_time." in error.message


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"m","columns":{"feature.x":[NaN,Infinity,-Infinity,1e999,-1e999]}}',
        b'{"model":"m","columns":{"feature.x":[1e400, 1, 2, 3, 4]}}',
        b'{"model":"m","columns":{"feature.x":[' + b"9" * 5_000 + b",1,2,3,4]}}",
    ],
)
def test_what_python_writes_but_json_forbids_is_read(body):
    assert len(parse(PREDICTIONS, body).columns["feature.x"]) == 5


def test_lenient_reading_finds_the_same_faults():
    error = fault(b'{"model":"m","predictions":[{"score":NaN},{"features":7}]}')
    assert (error.row, error.field) == (1, "features")
    assert isinstance(fault(b'{"model":"m","columns":{"x":[NaN,]}}'), Malformed)
    assert isinstance(fault(b'{"model":"m","columns":{"x":[NaN' + b"]" * 3), Malformed)
    assert isinstance(fault(b'{"model":"NaN","columns":{"x":[\xff]}}'), Malformed)


def test_a_byte_order_mark_is_no_json():
    assert isinstance(fault(b'\xef\xbb\xbf{"model":"m"}'), Malformed)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None), (True, True), (1.5, 1.5), (7, 7), ("short", "short"), ([1, "a"], "[1, 'a']"),
        (2**63, 2**63), (2**70, str(2**70)), ("x" * 81, "x" * 79 + "…"), (["x" * 100], "['" + "x" * 77 + "…"),
    ],
)  # fmt: skip
def test_a_value_is_quoted_short(value, shown):
    assert shorten(value) == shown


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_whatever_is_quoted_fits_a_line_and_json(value):
    assert len(msgspec.json.encode(shorten(value))) < 600


def test_the_first_refusal_of_a_row_stands_and_rows_come_in_order():
    refusals = Refusals()
    refusals.add(5, "time", "x", "is not a time", "a time")
    refusals.add(2, "id", None, "is missing", "an id")
    refusals.add(5, "id", 1.5, "is not a text", "a text")
    refusals.add_error(7, InvalidInput("features: expected an object.", field="features"))
    assert len(refusals) == 3
    assert [(each.row, each.field) for each in refusals.sorted()] == [(2, "id"), (5, "time"), (7, "features")]
    assert refusals.sorted()[0].message == "id is missing; send an id."
    assert refusals.sorted()[1].error().message == "Row 5: time 'x' is not a time; send a time."


@pytest.mark.parametrize(
    ("kind", "column", "shape"),
    [
        (EntryKind.PREDICTIONS, "id", Shape.ID),
        (EntryKind.PREDICTIONS, "feature.a.b", Shape.FEATURE),
        (EntryKind.PREDICTIONS, "score", Shape.NUMBER),
        (EntryKind.PREDICTIONS, "score.a", Shape.NUMBER),
        (EntryKind.PREDICTIONS, "mistyped.a", Shape.TEXT),
        (EntryKind.REFERENCE, "segment.a", Shape.TEXT),
        (EntryKind.OUTCOMES, "value.label", Shape.ANSWER),
        (EntryKind.OUTCOMES, "prediction_time", Shape.TIME),
    ],
)
def test_a_column_has_a_shape(kind, column, shape):
    assert shape_of(kind, column) is shape


@pytest.mark.parametrize(
    ("kind", "column", "hint"),
    [
        (EntryKind.PREDICTIONS, "value.label", "a feature of that name is the column 'feature.value.label'"),
        (EntryKind.PREDICTIONS, "predicton", "the nearest one is 'prediction'"),
        (EntryKind.PREDICTIONS, "segment.", "the nearest one is 'segment.NAME'"),
        (EntryKind.OUTCOMES, "label", "'label' is not a column of outcomes"),
        (EntryKind.OUTCOMES, "feature.a", "'feature.a' is not a column of outcomes"),
    ],
)
def test_a_column_no_batch_has_is_refused_with_a_hint(kind, column, hint):
    with pytest.raises(InvalidInput) as caught:
        shape_of(kind, column)
    assert hint in caught.value.message
    assert caught.value.field == column


def test_nearest_knows_when_nothing_is_near():
    assert nearest("amuont", ["amount", "country"]) == "amount"
    assert nearest("xyz", ["amount", "country"]) is None
    assert nearest("a", []) is None
