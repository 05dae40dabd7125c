"""Every Arrow type has a reading, and its values come out as numbers or hashed texts."""

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from arro3.core import Table
from tests.unit.compare.readings import values_of

from seamark.compare.arrow_columns import column_of, read_batch
from seamark.compare.chunks import SLICE_ROWS, Numbers, Reading
from seamark.stats.hashing import hash_text

DAY = 86_400.0
NEW_YEAR = 1_577_836_800.0  # 2020-01-01T00:00Z


def read(array):
    """(column, values) of one array; None where missing."""
    table = Table.from_arrow(pa.table({"x": array}) if not isinstance(array, pl.Series) else array.to_frame("x"))
    column = column_of("x", table.schema.field("x").type)
    values = []
    for batch in table.to_batches():
        for (chunk,) in read_batch(batch, [column]):
            values += values_of(chunk)
            assert isinstance(chunk, Numbers) or hashes_fit(chunk)
    return column, values


def hashes_fit(chunk):
    places = range(len(chunk.hashes))
    return [int(key) for key in chunk.hashes] == [hash_text(chunk.text(place)) for place in places]


@pytest.mark.parametrize(
    ("array", "reading", "values"),
    [
        (pa.array([1, None, 3], pa.int8()), Reading.NUMBER, [1.0, None, 3.0]),
        (pa.array([1, None, 3], pa.uint64()), Reading.NUMBER, [1.0, None, 3.0]),
        (pa.array([1.5, None], pa.float32()), Reading.NUMBER, [1.5, None]),
        (pa.array([1.5], pa.float16()), Reading.NUMBER, [1.5]),
        (pa.array([1.5, float("nan")]), Reading.NUMBER, [1.5, None]),
        (pa.array([True, None, False]), Reading.NUMBER, [1.0, None, 0.0]),
        (pa.array([True, None, False] * 5)[9:], Reading.NUMBER, [1.0, None, 0.0] * 2),
        (pa.array([Decimal("1.25"), None], pa.decimal32(7, 2)), Reading.NUMBER, [1.25, None]),
        (pa.array([Decimal("1.25"), None], pa.decimal128(20, 2)), Reading.NUMBER, [1.25, None]),
        (pa.array([Decimal("1.25"), None], pa.decimal256(70, 2)), Reading.NUMBER, [1.25, None]),
        (pa.array([dt.time(1), None]), Reading.NUMBER, [3600.0, None]),
        (pa.array([3, None], pa.time32("s")), Reading.NUMBER, [3.0, None]),
        (pa.array([dt.timedelta(1), None]), Reading.NUMBER, [DAY, None]),
        (pa.array([dt.date(2020, 1, 1), None]), Reading.TIME, [NEW_YEAR, None]),
        (pa.array([dt.date(2020, 1, 1)], pa.date64()), Reading.TIME, [NEW_YEAR]),
        (pa.array([dt.datetime(2020, 1, 1, tzinfo=dt.UTC), None], pa.timestamp("ns")), Reading.TIME, [NEW_YEAR, None]),
        (pa.array([1_577_836_800], pa.timestamp("s", "Asia/Tokyo")), Reading.TIME, [NEW_YEAR]),
        (pa.array(["a", None, "bb"]), Reading.TEXT, ["a", None, "bb"]),
        (pa.array(["q", None, "z"])[1:], Reading.TEXT, [None, "z"]),
        (pa.array(["a", "b"], pa.large_string()), Reading.TEXT, ["a", "b"]),
        (
            pa.array(["a", None, "longer than a view holds"], pa.string_view()),
            Reading.TEXT,
            ["a", None, "longer than a view holds"],
        ),
        (pa.array([b"a", None]), Reading.TEXT, ["a", None]),
        (pa.array([b"ab", None], pa.binary(2)), Reading.TEXT, ["ab", None]),
        (pa.array(["a", None, "a"]).dictionary_encode(), Reading.TEXT, ["a", None, "a"]),
        (
            pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array(["a", None])),
            Reading.TEXT,
            ["a", None, None],
        ),
        (pa.array([1, None, 1]).dictionary_encode(), Reading.NUMBER, [1.0, None, 1.0]),
        (pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["a", None])), Reading.TEXT, ["a", "a", None]),
        (pa.RunEndEncodedArray.from_arrays([2, 3], pa.array([7, None])), Reading.NUMBER, [7.0, 7.0, None]),
        (pl.Series(["a", None, "a"]), Reading.TEXT, ["a", None, "a"]),
        (pl.Series(["a", None, "a"], dtype=pl.Categorical), Reading.TEXT, ["a", None, "a"]),
        (pl.Series(["a", None, "a"], dtype=pl.Enum(["a"])), Reading.TEXT, ["a", None, "a"]),
        (pa.nulls(2), Reading.NOTHING, [None, None]),
        (pa.array([], pa.string()), Reading.TEXT, []),
    ],
    ids=lambda value: str(getattr(value, "type", value))[:40],
)
def test_values_of_every_type(array, reading, values):
    column, found = read(array)
    assert column.reading is reading
    assert found == values


def test_bytes_that_are_no_text_are_shown_as_well_as_can_be():
    table = Table.from_arrow(pa.table({"x": pa.array([b"\xff"], pa.binary_view())}))
    column = column_of("x", table.schema.field("x").type)
    (chunk,) = next(read_batch(table.to_batches()[0], [column]))
    assert chunk.text(0) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "array",
    [
        pa.array([["a"], None]),
        pa.array([[[1, 2]]], pa.list_(pa.list_(pa.int64(), 2))),
        pa.array([{"a": 1}]),
        pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]),
    ],
    ids=lambda array: str(array.type)[:20],
)
def test_nested_and_odd_types_are_unreadable_and_say_why(array):
    column = column_of("x", Table.from_arrow(pa.table({"x": array})).schema.field("x").type)
    assert column.reading is Reading.UNREADABLE
    assert column.type in column.reason


def test_chunks_of_several_columns_stay_aligned_whatever_their_own_chunks_are():
    rows = SLICE_ROWS + 10
    numbers_ = pa.chunked_array([np.arange(7.0), np.arange(7.0, rows)])
    texts_ = pa.chunked_array([[str(i) for i in range(rows - 3)], [str(i) for i in range(rows - 3, rows)]])
    table = Table.from_arrow(pa.table({"n": numbers_, "t": texts_}))
    columns = [column_of(name, table.schema.field(name).type) for name in ("n", "t")]
    at = 0
    for batch in table.to_batches():
        for number, text in read_batch(batch, columns):
            assert number.rows == text.rows <= SLICE_ROWS
            assert number.values[0] == at
            assert text.text(0) == str(at)
            at += number.rows
    assert at == rows
