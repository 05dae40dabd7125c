"""What the client's encoder writes, the server's decoder reads as the same values."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, TIME, request

from seamark.wire import bodies, documents
from seamark.wire import json as words


def roundtrip(**columns):
    rows = len(next(iter(columns.values())))
    named = {name.replace("_", ".", 1): values for name, values in columns.items()}
    body = words.encode_columns("m", {"id": [str(row) for row in range(rows)], "time": [TIME] * rows, **named}, "7")
    return documents.predictions(body, request(), LIMITS).table


def test_the_names_of_fields_are_those_of_the_types_that_decode_them():
    assert bodies.PredictionRow.__struct_fields__ == words.PREDICTION_FIELDS
    assert bodies.OutcomeRow.__struct_fields__ == words.OUTCOME_FIELDS
    assert bodies.ClientNote.__struct_fields__ == words.CLIENT_FIELDS


def test_values_json_has_no_word_for_arrive_all_the_same():
    table = roundtrip(feature_x=[math.nan, math.inf, -math.inf, np.float32(1.5), np.int64(2), None])
    assert table["feature.x"].to_pylist() == [None, math.inf, -math.inf, 1.5, 2.0, None]


def test_unknown_objects_arrive_as_their_text():
    table = roundtrip(feature_x=[decimal.Decimal("1.5"), dt.date(2026, 1, 1), "\ud800"])
    assert table["feature.x"].to_pylist() == ["1.5", "2026-01-01", "?"]


def test_a_number_that_overflows_arrives_as_infinity():
    assert roundtrip(feature_x=[10**500, 1.0])["feature.x"].to_pylist() == [math.inf, 1.0]


def test_the_version_and_the_senders_note_arrive():
    note = {"sdk": "seamark-python/1", "instance": "i", "dropped": {"buffer_full": 3}}
    body = words.encode_columns("m", {"id": ["a"], "time": [TIME]}, "7", note)
    batch = documents.predictions(body, request(), LIMITS)
    assert batch.table["version"].to_pylist() == ["7"]
    assert batch.client.dropped == {"buffer_full": 3}


def test_rows_and_columns_are_the_same_batch():
    rows = [
        {"id": "a", "time": TIME, "features": {"x": 1.5, "y": None}},
        {"id": "b", "time": TIME, "features": {"y": "z"}},
    ]
    by_row = documents.predictions(words.encode_rows("m", "predictions", rows), request(), LIMITS)
    by_column = words.encode_columns(
        "m", {"id": ["a", "b"], "time": [TIME, TIME], "feature.x": [1.5, None], "feature.y": [None, "z"]}
    )
    assert documents.predictions(by_column, request(), LIMITS).table.equals(by_row.table)


@given(st.lists(st.floats() | st.none(), min_size=1, max_size=10))
def test_numbers_survive_the_journey(values):
    read = roundtrip(feature_x=values)["feature.x"].to_pylist()
    assert read == [None if value is None or math.isnan(value) else value for value in values]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=10))
def test_texts_survive_the_journey(values):
    words_for_numbers = {"NaN", "Infinity", "-Infinity"}
    read = roundtrip(feature_x=["text", "text", *values, "text"])["feature.x"].to_pylist()[2:-1]
    expected = [value.encode("utf-8", "replace").decode() for value in values]
    assert read == expected or words_for_numbers & set(values)


def test_the_words_need_the_standard_library_only():
    code = (
        "import sys; import seamark.wire.json; print([m for m in sys.modules if m in ('msgspec', 'pyarrow', 'numpy')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
