"""CSV columns are texts until most of their values turn out to be numbers."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.records.log import EntryKind
from seamark.wire.csv_text import answers_as_numbers, features_as_numbers, numbers_in_texts, read_texts


def read(values):
    found, unread = numbers_in_texts(pa.array(values, pa.string()))
    return found.type, found.to_pylist(), None if unread is None else unread.to_pylist()


@given(st.lists(st.floats() | st.integers(-(2**60), 2**60), min_size=1, max_size=10))
def test_every_number_python_writes_is_read(numbers):
    kind, found, unread = read([repr(number) for number in numbers])
    assert (kind, unread) == (pa.float64(), None)
    for number, value in zip(numbers, found, strict=True):
        assert value == float(number) or (value is None and math.isnan(number))


@given(st.lists(st.none() | st.text(max_size=6), min_size=1, max_size=10))
def test_nothing_is_lost_whatever_the_column_becomes(values):
    kind, found, unread = read(values)
    if kind == pa.string():
        assert found == values
    else:
        for value, number, text in zip(values, found, unread or [None] * len(values), strict=True):
            assert (number is None) or (text is None)
            assert text in (None, value)
            if value is not None and number is None and text is None:
                assert value.strip().lower().lstrip("+-") == "nan"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "x"], pa.float64()),
        (["1", "x"], pa.float64()),
        (["1", "x", "y"], pa.string()),
        (["", ""], pa.string()),
        ([None, None], pa.string()),
        (["1", None, None, None], pa.float64()),
        (["0x10", "1_000", "1,5", "--1", "1e", ".", "e5", "\u0661"], pa.string()),
        (["+1", "-.5", "5.", "1E-3", "Infinity", "-inf", "NAN"], pa.float64()),
    ],
)
def test_most_values_decide(values, kind):
    assert read(values)[0] == kind


def test_blanks_around_a_number_are_no_part_of_it():
    assert read([" 1", "2\t", " 3 "])[1] == [1.0, 2.0, 3.0]


def test_answers_are_numbers_only_where_all_of_them_are():
    table = pa.table(
        {"score": ["0.5", "1"], "prediction": ["1", "spam"], "weight": ["2", None], "segment.s": ["1", "2"]}
    )
    found = answers_as_numbers(table, EntryKind.PREDICTIONS)
    assert [str(kind) for kind in found.schema.types] == ["double", "string", "double", "string"]


def test_features_keep_what_is_no_number_beside_them():
    found = features_as_numbers(
        {"feature.a": pa.array(["1", "x"]), "score": pa.array([0.5]), "feature.b": pa.array(["x"])}
    )
    assert found["feature.a"].to_pylist() == [1.0, None]
    assert found["mistyped.a"].to_pylist() == [None, "x"]
    assert found["feature.b"].to_pylist() == ["x"]
    assert list(found) == ["feature.a", "mistyped.a", "score", "feature.b"]


def test_a_file_is_read_block_by_block_as_texts():
    rows = "\n".join(f"{n},text {n},{n % 2 == 0}" for n in range(20_000))
    batches = list(read_texts(lambda: pa.BufferReader(f"a,b,c\n{rows}\n".encode()), block_bytes=50_000))
    assert len(batches) > 3
    assert sum(batch.num_rows for batch in batches) == 20_000
    assert {str(kind) for batch in batches for kind in batch.schema.types} == {"string"}


def test_quoted_cells_may_hold_commas_and_empty_cells_are_missing():
    (batch,) = read_texts(lambda: pa.BufferReader(b'a,b\n"x, y",\n"",z\n'))
    assert batch.to_pydict() == {"a": ["x, y", None], "b": [None, "z"]}


def test_every_row_is_read_however_often_a_file_is():
    """Two readers of one open file raced: the closed one still read ahead, and the other found nothing left."""
    body = ("a,b\n" + "1,2\n" * 300_000).encode()
    for _ in range(10):
        assert sum(batch.num_rows for batch in read_texts(lambda: pa.BufferReader(body))) == 300_000
