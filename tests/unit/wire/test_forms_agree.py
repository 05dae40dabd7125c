"""One batch in three forms — rows, columns, Arrow — is one canonical table; and a canonical table is its own form."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, NOW, outcomes, predictions, request

from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.wire import arrow, documents
from seamark.wire.batch import encode

UTC = pa.timestamp("us", "UTC")
FIRST, LAST = dt.datetime(1970, 1, 2), dt.datetime(2026, 10, 30)  # noqa: DTZ001 zones are drawn
numbers = st.floats(allow_nan=False) | st.none()
texts = st.text("abcdé €", max_size=5).filter(lambda text: text not in ("NaN", "Infinity", "-Infinity")) | st.none()
truths = st.booleans() | st.none()
moments = st.integers(0, NOW)


@st.composite
def batches(draw):
    """A batch as lists by canonical name; ids are distinct, so that no two collide."""
    count = draw(st.integers(1, 6))

    def column(values):
        return draw(st.lists(values, min_size=count, max_size=count))

    found = {
        "id": draw(st.lists(st.text("abc123", min_size=1, max_size=8), min_size=count, max_size=count, unique=True)),
        "time": column(moments),
    }
    kinds = {"feature.n": numbers, "feature.t": texts, "feature.b": truths, "prediction": numbers, "score": numbers}
    kinds |= {"score.yes": numbers, "segment.s": texts, "latency_ms": numbers}
    for name, values in kinds.items():
        if draw(st.booleans()):
            found[name] = column(values)
    if draw(st.booleans()):
        found["weight"] = column(st.floats(0.001, 1000))
    # a column without any value says nothing about its type, and is another test
    return {name: values for name, values in found.items() if any(value is not None for value in values)}


def iso(moment):
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=moment)).isoformat()


def sayable(values):
    return [
        {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(v, v) if isinstance(v, float) else v for v in values
    ]


def from_columns(found):
    columns = {name: sayable(values) for name, values in found.items()} | {"time": list(map(iso, found["time"]))}
    body = {"model": "m", "version": "7", "columns": columns}
    return documents.predictions(json.dumps(body).encode(), request(), LIMITS).table


def from_rows(found):
    rows = []
    for place, id in enumerate(found["id"]):
        row = {"id": id, "time": iso(found["time"][place])}
        for name, values in found.items():
            head, dot, tail = name.partition(".")
            group = {"feature": "features", "score": "scores", "segment": "segment"}.get(head) if dot else None
            value = sayable(values)[place]
            if group is not None:
                row.setdefault(group, {})[tail] = value
            elif name not in ("id", "time"):
                row[name] = value
        rows.append(row)
    body = {"model": "m", "version": "7", "predictions": rows}
    return documents.predictions(json.dumps(body).encode(), request(), LIMITS).table


def from_arrow(found):
    arrays = {name: pa.array(values) for name, values in found.items()}
    arrays["time"] = pa.array(found["time"], pa.int64()).cast(UTC)
    return arrow.decode(encode(pa.table(arrays)), request(version="7"), LIMITS).table


@settings(max_examples=150)
@given(batches())
def test_rows_columns_and_arrow_are_the_same_table(found):
    table = from_columns(found)
    assert from_rows(found).equals(table)
    assert from_arrow(found).equals(table)


@settings(max_examples=100)
@given(batches())
def test_a_canonical_table_sent_again_is_itself(found):
    table = from_columns(found)
    assert arrow.decode(encode(table), request(), LIMITS).table.equals(table)


@settings(max_examples=100)
@given(batches())
def test_the_columns_stand_in_the_order_of_the_records(found):
    columns = from_columns(found).column_names
    assert columns[:3] == [names.ID, names.TIME, names.VERSION]
    order = [
        names.FEATURE,
        names.PREDICTION,
        names.SCORE,
        names.CLASS_SCORE,
        names.SEGMENT,
        names.LATENCY,
        names.WEIGHT,
    ]
    places = [next(i for i, head in reversed(list(enumerate(order))) if name.startswith(head)) for name in columns[3:]]
    assert places == sorted(places)


@settings(max_examples=100)
@given(batches(), st.data())
def test_a_partial_batch_is_the_batch_of_its_good_rows(found, data):
    """Breaking some rows' times and leaving those rows out altogether come to the same."""
    broken = data.draw(st.sets(st.integers(0, len(found["id"]) - 1), max_size=len(found["id"]) - 1))
    times = ["never" if place in broken else iso(moment) for place, moment in enumerate(found["time"])]
    columns = {name: sayable(values) for name, values in found.items()} | {"time": times}
    body = json.dumps({"model": "m", "version": "7", "columns": columns}).encode()
    batch = documents.predictions(body, request(partial=True), LIMITS)
    kept = [place for place in range(len(times)) if place not in broken]
    assert batch.table.equals(from_columns(found).take(kept))
    assert [each.row for each in batch.refused] == sorted(broken)


@given(
    st.lists(st.datetimes(FIRST, LAST), min_size=1, max_size=5),
    st.integers(-720, 720),
)
def test_every_time_zone_is_the_same_instant(times, minutes):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    rows = [{"time": moment.replace(tzinfo=dt.UTC).astimezone(zone).isoformat()} for moment in times]
    read = predictions(*rows).table["time"].to_pylist()
    assert [each.replace(tzinfo=None) for each in read] == times


def test_a_batch_may_hold_nothing_but_ids_and_times():
    assert predictions({}, {}).table.column_names == ["id", "time", "version"]


def test_a_field_no_row_fills_makes_no_column_but_a_feature_does():
    table = predictions({"score": None, "prediction": None, "features": {"x": None}}).table
    assert table.column_names == ["id", "time", "version", "feature.x"]
    assert table["feature.x"].type == pa.float64()


def test_a_row_without_a_weight_weighs_one():
    assert predictions({"weight": 2.5}, {}).table["weight"].to_pylist() == [2.5, 1.0]


def test_a_row_may_name_its_own_version():
    table = predictions({}, {"version": "8"}, {"version": 9}, version="7").table
    assert table["version"].to_pylist() == ["7", "8", "9"]


def test_a_version_may_be_a_number():
    assert predictions({}, version=3).table["version"].to_pylist() == ["3"]


def test_segments_are_texts_whatever_they_were():
    rows = [{"segment": {"s": value}} for value in ("x", 1, 2.5, True, None, [1])]
    assert predictions(*rows).table["segment.s"].to_pylist() == ["x", "1", "2.5", "true", None, "[1]"]


def test_a_mixture_of_answers_is_read_as_texts():
    rows = [{"prediction": value} for value in ("spam", 1, 0.5, False, None)]
    assert predictions(*rows).table["prediction"].to_pylist() == ["spam", "1", "0.5", "false", None]


def test_an_infinite_output_leaves_the_others_numbers():
    """Regression: one Infinity among a regression's outputs made texts of them all."""
    rows = [{"prediction": value} for value in (1.5, "Infinity", "NaN", None)]
    assert predictions(*rows).table["prediction"].to_pylist() == [1.5, float("inf"), None, None]
    assert predictions({"prediction": "-Infinity"}).table["prediction"].to_pylist() == [float("-inf")]
    assert predictions({"prediction": "cat"}, {"prediction": "NaN"}).table["prediction"].to_pylist() == ["cat", "NaN"]


def test_scores_outside_zero_and_one_are_data():
    rows = [{"score": value} for value in (-3, 0.5, 17, "Infinity", "NaN", None)]
    assert predictions(*rows).table["score"].to_pylist() == [-3.0, 0.5, 17.0, float("inf"), None, None]


def test_outcomes_have_their_values_and_the_time_of_their_prediction():
    table = outcomes(
        {"values": {"label": 1, "revenue": 3.5}, "prediction_time": "2026-11-01T10:00:00Z"}, {"values": {"label": 0}}
    ).table
    assert table.column_names == ["id", "time", "value.label", "value.revenue", "prediction_time"]
    assert table["prediction_time"].null_count == 1
    assert table["prediction_time"].type == UTC


def test_an_outcome_may_come_as_a_column_in_any_form():
    columns = {"id": ["a"], "time": [iso(NOW)], "value.label": ["spam"]}
    body = json.dumps({"model": "m", "columns": columns}).encode()
    by_column = documents.outcomes(body, request(EntryKind.OUTCOMES), LIMITS).table
    arrays = {"id": pa.array(["a"]), "time": pa.array([NOW], pa.int64()).cast(UTC), "value.label": pa.array(["spam"])}
    by_arrow = arrow.decode(encode(pa.table(arrays)), request(EntryKind.OUTCOMES), LIMITS).table
    assert by_arrow.equals(by_column)
