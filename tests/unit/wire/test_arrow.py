"""Arrow IPC streams: canonical where they can be, refused where they must be, never trusted."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, NOW, arrow_batch, predictions, request, table

from seamark.errors import InvalidInput, Malformed, TooLarge
from seamark.records.log import EntryKind
from seamark.wire import arrow
from seamark.wire.arrow_messages import decompressed_bytes
from seamark.wire.batch import encode
from seamark.wire.limits import Limits

UTC = pa.timestamp("us", "UTC")


def stream(found, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, found.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(found)
    return bytes(sink.getvalue())


def read(array, name="feature.x"):
    found = arrow_batch(table(len(array), **{name: array})).table
    return found[name].type, found[name].to_pylist()


def test_a_canonical_table_comes_through_unchanged():
    canonical = predictions(
        {"features": {"a": 1, "b": "x", "c": True}, "score": 0.5, "segment": {"d": "y"}, "prediction": "spam"},
        {"features": {"a": None, "b": None, "c": None}, "scores": {"spam": 0.25}, "latency_ms": 2, "weight": 3},
    ).table
    assert arrow_batch(canonical).table.equals(canonical)


@pytest.mark.parametrize(
    ("array", "kind", "values"),
    [
        (pa.array([1, None], pa.int8()), pa.float64(), [1.0, None]),
        (pa.array([2**53 + 1], pa.uint64()), pa.float64(), [float(2**53)]),
        (pa.array([1.5], pa.float32()), pa.float64(), [1.5]),
        (pa.array([decimal.Decimal("1.25")]), pa.float64(), [1.25]),
        (pa.array([1.0, math.nan, None]), pa.float64(), [1.0, None, None]),
        (pa.array([math.nan, math.inf, -math.inf]), pa.float64(), [None, math.inf, -math.inf]),
        (pa.array([None], pa.null()), pa.float64(), [None]),
        (pa.array(["a", None], pa.large_string()), pa.string(), ["a", None]),
        (pa.array(["a", "a long enough text"], pa.string_view()), pa.string(), ["a", "a long enough text"]),
        (pa.array(["a", None, "a"]).dictionary_encode(), pa.string(), ["a", None, "a"]),
        (pa.array([True, None]), pa.bool_(), [True, None]),
        (pa.array([dt.date(1970, 1, 2)]), pa.float64(), [86_400.0]),
        (pa.array([1_500], pa.timestamp("ms")), pa.float64(), [1.5]),
        (pa.array([90], pa.duration("s")), pa.float64(), [90.0]),
        (pa.array([dt.time(0, 1)], pa.time32("s")), pa.float64(), [60.0]),
    ],
)
def test_a_feature_of_any_scalar_type_is_watched(array, kind, values):
    assert read(array) == (kind, values)


@pytest.mark.parametrize(
    ("array", "name"),
    [
        (pa.array([["a"], None]), "<list<item: string>>"),
        (pa.array([{"a": 1}, None]), "<struct<a: int64>>"),
        (pa.array([b"x", None]), "<binary>"),
    ],
)
def test_a_feature_of_a_nested_or_binary_type_is_mistyped(array, name):
    found = arrow_batch(table(**{"feature.x": array})).table
    assert found["feature.x"].to_pylist() == [None, None]
    assert found["mistyped.x"].to_pylist() == [name, None]


@pytest.mark.parametrize(
    ("array", "values"),
    [
        (pa.array([7, -1]), ["7", "-1"]),
        (pa.array([2**53 + 1, 2**63 - 1]), ["9007199254740993", "9223372036854775807"]),  # exact: nobody rounded them
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
    ],
)
def test_ids_may_be_texts_or_integers(array, values):
    found = table().set_column(0, "id", array)
    assert arrow_batch(found).table["id"].to_pylist() == values


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit_and_zone_are_microseconds_utc(unit):
    local = (
        pa.array([NOW // 10**6], pa.int64())
        .cast(pa.timestamp("s", "America/New_York"))
        .cast(pa.timestamp(unit, "America/New_York"))
    )
    found = arrow_batch(table(1).set_column(1, "time", local)).table
    assert found["time"].type == pa.timestamp("us", "UTC")
    assert found["time"].cast("int64").to_pylist() == [NOW]


def test_times_may_be_texts_with_a_zone():
    texts = pa.array(["2026-11-01T11:00:00+01:00", "2026-11-01T10:00:00Z"])
    found = arrow_batch(table().set_column(1, "time", texts)).table
    assert len(found["time"].unique()) == 1


@pytest.mark.parametrize(
    ("place", "name", "array", "sentence"),
    [
        (0, "id", pa.array([1.5, 2.5]), "Column 'id' has type double; send texts or integers."),
        (0, "id", pa.array(["a", None]), "Row 1: id is missing;"),
        (0, "id", pa.array(["a", ""]), "Row 1: id '' has 0 characters;"),
        (1, "time", pa.array([0, 0], pa.timestamp("us")), "Column 'time' has type timestamp[us], which has no time"),
        (1, "time", pa.array([0, 1]), "Column 'time' has type int64; send timestamps with a time zone."),
        (1, "time", pa.array([0, -1], UTC), "Row 1: time '1969-12-31T23:59:59.999999Z' is before 1970"),
        (1, "time", pa.array([0, NOW * 2], UTC), "Row 1: time '2083-09-02T00:00:00Z' is more than"),
        (1, "time", pa.array([0, 2**62], UTC), "Row 1: time '4611686018427387904 µs since 1970' is"),
        (1, "time", pa.array(["x", "y"]), "Row 0: time 'x' is not a time;"),
    ],
)  # fmt: skip
def test_identity_and_time_refuse_the_batch(place, name, array, sentence):
    with pytest.raises(InvalidInput) as caught:
        arrow_batch(table().set_column(place, name, array))
    assert sentence in caught.value.message


@pytest.mark.parametrize(
    ("name", "array", "sentence"),
    [
        ("score", pa.array(["a", "b"]), "Column 'score' has type string; send numbers."),
        ("weight", pa.array([1.0, 0.0]), "Row 1: weight 0.0 is no weight;"),
        ("prediction", pa.array([[1], [2]]), "Column 'prediction' has type list<item: int64>; send numbers, texts or"),
        ("segment.a", pa.array([b"a", b"b"]), "Column 'segment.a' has type binary; send texts."),
        ("amount", pa.array([1, 2]), "'amount' is not a column of predictions;"),
    ],
)
def test_other_columns_have_types_too(name, array, sentence):
    with pytest.raises(InvalidInput) as caught:
        arrow_batch(table(**{name: array}))
    assert sentence in caught.value.message


def test_a_partial_batch_drops_rows_not_columns():
    found = table(3, weight=pa.array([1.0, -1.0, 2.0]), **{"feature.x": pa.array([1, 2, 3])})
    batch = arrow_batch(found, partial=True)
    assert batch.table["feature.x"].to_pylist() == [1.0, 3.0]
    assert [each.row for each in batch.refused] == [1]


def test_outcomes_come_as_arrow_too():
    found = table(**{"value.label": pa.array([1, 0]), "value.note": pa.array(["a", None])})
    batch = arrow_batch(found, kind=EntryKind.OUTCOMES)
    assert batch.table.column_names == ["id", "time", "value.label", "value.note"]


def test_several_record_batches_are_one_table():
    parts = pa.concat_tables([table(2), table(3)])
    assert arrow_batch(parts).table.num_rows == 5


def test_an_empty_stream_and_a_column_twice_are_refused():
    with pytest.raises(InvalidInput, match="The batch holds no rows"):
        arrow_batch(table(0))
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["feature.x", "feature.x"])
    with pytest.raises(InvalidInput, match=r"Column 'feature.x' is there twice"):
        arrow_batch(twice)


def test_too_many_rows_are_refused_before_they_are_expanded():
    nothing = pa.table({"feature.x": pa.nulls(10_000_000)})
    with pytest.raises(TooLarge, match="The batch has 10,000,000 rows"):
        arrow_batch(nothing)


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_compressed_buffers_are_read_and_their_claims_added_up(compression):
    found = table(1_000, **{"feature.x": pa.array(np.zeros(1_000))})
    plain, small = stream(found), stream(found, compression=compression)
    assert len(small) < len(plain)
    assert decompressed_bytes(small) >= found.nbytes
    assert (
        arrow.decode(small, request(), LIMITS)
        .table["feature.x"]
        .equals(arrow.decode(plain, request(), LIMITS).table["feature.x"])
    )


def test_a_compressed_bomb_is_refused_by_its_claim():
    bomb = stream(table(50_000, **{f"feature.{n}": pa.array(np.zeros(50_000)) for n in range(20)}), compression="zstd")
    assert len(bomb) < 300_000
    with pytest.raises(TooLarge, match=r"The batch takes [89],\d{3},\d{3} bytes when expanded"):
        arrow.decode(bomb, request(), Limits(max_decoded_bytes=1_000_000))


@pytest.mark.parametrize("kind", [pa.string(), pa.string_view()])
def test_a_dictionary_that_repeats_a_long_text_is_refused(kind):
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int8()), pa.array(["x" * 10_000], kind))
    with pytest.raises(TooLarge, match=r"The batch takes 20,000,000 bytes when expanded"):
        arrow_batch(table(2_000, **{"feature.x": long}), Limits(max_decoded_bytes=1_000_000))


def test_views_that_share_a_long_text_are_refused():
    text = b"x" * 10_000
    view = np.frombuffer(np.array([10_000], np.int32).tobytes() + text[:4] + bytes(8), np.uint8)
    shared = pa.Array.from_buffers(
        pa.string_view(), 2_000, [None, pa.py_buffer(np.tile(view, 2_000)), pa.py_buffer(text)]
    )
    shared.validate(full=True)
    with pytest.raises(TooLarge, match=r"The batch takes 20,000,000 bytes when expanded"):
        arrow.arrays(
            pa.record_batch({"feature.x": shared}), EntryKind.PREDICTIONS, None, Limits(max_decoded_bytes=1_000_000)
        )


def test_the_slot_of_a_missing_view_may_hold_anything():
    """Regression: casting such a column followed the stray pointer and killed the process."""
    stray = np.array([[1, 97, 0, 0], [2_000_000_000, 0, 77, 2_000_000_000]], np.int32)
    views = pa.Array.from_buffers(pa.string_view(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(stray)])
    assert read(views) == (pa.string(), ["a", None])
    assert read(pa.DictionaryArray.from_arrays(pa.array([0, 1]), views)) == (pa.string(), ["a", None])


def test_a_time_zone_that_is_no_text_is_malformed():
    """Regression: names inside a schema are only decoded when somebody asks for them."""
    good = encode(table())
    assert good.count(b"UTC") == 1
    with pytest.raises(Malformed, match="The body is not an Arrow IPC stream"):
        arrow.decode(good.replace(b"UTC", b"\xc3\x28\xff"), request(), LIMITS)


def test_a_time_too_far_away_for_microseconds_is_refused():
    far = pa.array([0, 2**62], pa.timestamp("s", "UTC"))
    with pytest.raises(InvalidInput, match="Column 'time' holds a time that is no microsecond of any calendar"):
        arrow_batch(table().set_column(1, "time", far))


def test_offsets_that_point_outside_are_found_before_they_are_followed():
    good = encode(table(2, **{"feature.x": pa.array(["abc", "defghi"])}))
    right, wrong = np.array([0, 3, 9], np.int32).tobytes(), np.array([0, 3, 1_000_000], np.int32).tobytes()
    assert good.count(right) == 1
    with pytest.raises(Malformed, match=r"[Oo]ffset"):
        arrow.decode(good.replace(right, wrong), request(), LIMITS)


def test_text_that_is_no_utf8_is_malformed():
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"\xff\xfe")]
    )
    with pytest.raises(Malformed, match="Invalid UTF8"):
        arrow_batch(table(2, **{"feature.x": broken}))


def test_a_file_instead_of_a_stream_is_explained():
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table().schema) as writer:
        writer.write_table(table())
    with pytest.raises(Malformed, match="The body is an Arrow file; send an Arrow IPC stream"):
        arrow.decode(bytes(sink.getvalue()), request(), LIMITS)


def test_a_stream_without_a_model_says_where_to_put_it():
    with pytest.raises(InvalidInput, match=r"add \?model=NAME to the address"):
        arrow.decode(encode(table()), request(model=""), LIMITS)


WHOLE = encode(
    table(3, **{"feature.x": pa.array([1.0, 2.0, 3.0]), "feature.s": pa.array(["a", "b", "c"]).dictionary_encode()})
)


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.integers(0, len(WHOLE)))
def test_a_damaged_stream_is_refused_or_read_but_never_harms(place, byte, end):
    damaged = bytearray(WHOLE)
    damaged[place] = byte
    with suppress(InvalidInput):
        assert arrow.decode(bytes(damaged[: max(end, place)]), request(), LIMITS).table.num_rows > 0
