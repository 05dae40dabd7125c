"""Each limit holds at its very edge: one less is accepted, one more is not."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from tests.unit.wire.batches import LIMITS, NOW, TIME, arrow_batch, columns, predictions, request, table

from seamark.clock import SECOND_US, to_iso
from seamark.errors import InvalidInput, TooLarge
from seamark.records.log import EntryKind
from seamark.wire import documents
from seamark.wire.arrow import arrays
from seamark.wire.limits import Limits
from seamark.wire.refusal import Refusals


def accepted(decode) -> bool:
    try:
        decode()
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize(("rows", "fine"), [(2, True), (3, False)])
def test_rows(rows, fine):
    few = Limits(max_rows=2)
    assert accepted(lambda: predictions(*[{}] * rows, limits=few)) is fine
    assert accepted(lambda: columns(score=[0.5] * rows, limits=few)) is fine
    assert accepted(lambda: arrow_batch(table(rows), few)) is fine


@pytest.mark.parametrize(("count", "fine"), [(3, True), (4, False)])
def test_columns(count, fine):
    """Ids and times are columns too."""
    few = Limits(max_columns=5)
    features = {f"f{place}": 1 for place in range(count)}
    assert accepted(lambda: predictions({"features": features}, limits=few)) is fine
    arrays = {f"feature.{name}": pa.array([1]) for name in features}
    assert accepted(lambda: arrow_batch(table(1, **arrays), few)) is fine


@pytest.mark.parametrize(("chars", "fine"), [(256, True), (257, False)])
def test_names(chars, fine):
    name = "é" * chars
    assert accepted(lambda: predictions({"id": name})) is fine
    assert accepted(lambda: predictions({"version": name})) is fine
    assert accepted(lambda: predictions({}, version=name)) is fine
    assert accepted(lambda: predictions({}, model=name)) is fine
    assert accepted(lambda: arrow_batch(table(1).set_column(0, "id", pa.array([name])))) is fine


@pytest.mark.parametrize(("chars", "fine"), [(256 - len("feature."), True), (257 - len("feature."), False)])
def test_column_names(chars, fine):
    assert accepted(lambda: predictions({"features": {"x" * chars: 1}})) is fine


@pytest.mark.parametrize(("seconds", "fine"), [(600, True), (601, False)])
def test_the_future(seconds, fine):
    assert accepted(lambda: predictions({"time": to_iso(NOW + seconds * SECOND_US)})) is fine


def test_the_future_is_measured_from_the_clock_that_is_given():
    later = Limits(max_future_seconds=10**9)
    assert accepted(lambda: predictions({"time": "2050-01-01T00:00:00Z"}, limits=later))


@pytest.mark.parametrize(("levels", "fine"), [(32, True), (33, False)])
def test_nesting(levels, fine):
    value = 1
    for _ in range(levels):
        value = {"a": value}
    assert accepted(lambda: predictions({"features": {"x": value}})) is fine


@pytest.mark.parametrize(("chars", "cut"), [(10, 0), (11, 1)])
def test_texts(chars, cut):
    short = Limits(max_string_chars=10)
    batch = columns(feature_x=["ß" * chars, None], segment_s=["s", None], limits=short)
    assert batch.shortened == cut
    assert len(batch.table["feature.x"][0].as_py()) == 10


def test_texts_are_cut_wherever_they_stand():
    short = Limits(max_string_chars=3)
    batch = predictions(
        {"features": {"a": "12345", "b": ["12345"]}, "segment": {"s": "12345"}, "prediction": "12345"}, limits=short
    )
    row = batch.table.to_pylist()[0]
    assert [row[name] for name in ("feature.a", "segment.s", "prediction", "mistyped.b")] == [
        "123",
        "123",
        "123",
        '["1',
    ]
    assert batch.shortened == 3  # what was mistyped is shown, not kept


def test_ids_are_never_cut():
    batch = predictions({"id": "1234567"}, limits=Limits(max_string_chars=3))
    assert batch.table["id"].to_pylist() == ["1234567"]


def test_a_cut_never_splits_a_character():
    batch = columns(feature_x=["a" + "😀" * 10], limits=Limits(max_string_chars=5))
    assert batch.table["feature.x"][0].as_py() == "a" + "😀" * 4


def test_decoded_bytes():
    texts = pa.array(["x" * 100] * 10).dictionary_encode()
    assert accepted(lambda: arrow_batch(table(10, **{"feature.x": texts}), Limits(max_decoded_bytes=4_000)))
    expanding = pa.record_batch({"feature.x": texts})
    with pytest.raises(TooLarge, match="takes 1,000 bytes when expanded; at most 999 are accepted"):
        arrays(expanding, EntryKind.PREDICTIONS, Refusals(), Limits(max_decoded_bytes=999))


def test_a_change_has_limits_too():
    def change(**changed):
        body = {"kind": "deploy", "time": TIME, "summary": "x", **changed}
        return lambda: documents.change(json.dumps(body).encode(), "p", NOW, LIMITS)

    assert accepted(change(summary="x" * 2_000))
    assert not accepted(change(summary="x" * 2_001))
    assert accepted(change(service="x" * 256))
    assert not accepted(change(service="x" * 257))
    assert not accepted(change(url="x" * 2_001))


def test_the_message_of_a_limit_says_what_to_do():
    with pytest.raises(TooLarge) as caught:
        predictions({}, {}, limits=Limits(max_rows=1))
    assert caught.value.message == "The batch has 2 rows; at most 1 are accepted, so send it in parts."
    assert caught.value.accepted == "at most 1 rows"
    assert request().now_us == NOW
