"""Columns of any type as the arrays that are counted."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.profile.conform import numbers, text_values, texts


def test_text_that_holds_a_number_is_read_and_the_rest_is_mistyped():
    read = numbers(pa.array(["1", " 2.5e3 ", "-.5", "inf", "abc", "", None, "1,5"]))
    assert np.array_equal(read.values[:4], [1, 2500, -0.5, np.inf])
    assert np.isnan(read.values[4:]).all()
    assert read.mistyped.tolist() == [False] * 4 + [True, True, False, True]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([True, False, None]),
        pa.array([1, 0, None], pa.int64()),
        pa.array([1, 0, None], pa.uint8()),
        pa.array([1.0, 0.0, None], pa.float32()),
        pa.array(["1", "0", None], pa.large_string()),
        pa.array(["1", "0", None]).dictionary_encode(),
        pa.chunked_array([["1"], ["0", None]]),
    ],
)
def test_every_type_reads_as_the_same_numbers(column):
    read = numbers(column)
    assert read.values[:2].tolist() == [1.0, 0.0]
    assert np.isnan(read.values[2])
    assert read.mistyped is None


def test_a_column_of_nothing_is_all_missing():
    assert np.isnan(numbers(pa.nulls(3)).values).all()
    assert texts(pa.nulls(3)).missing.all()


def test_whole_numbers_and_booleans_print_as_people_write_them():
    assert text_values(pa.array([1.0, 2.5, None])).to_pylist() == ["1", "2.5", None]
    assert text_values(pa.array([True, None])).to_pylist() == ["true", None]
    assert text_values(pa.array([7], pa.int32())).to_pylist() == ["7"]


@pytest.mark.parametrize("type", [pa.string(), pa.large_string(), pa.string_view()])
def test_text_buffers_follow_slices(type):
    read = texts(pa.array(["skipped", "ab", None, "c"], type).slice(1))
    words = [bytes(read.data[a:b]).decode() for a, b in zip(read.offsets, read.offsets[1:], strict=False)]
    assert [words[0], words[2]] == ["ab", "c"]
    assert read.missing.tolist() == [False, True, False]


@given(st.lists(st.none() | st.floats(allow_nan=False), max_size=30))
def test_numbers_survive_the_way_through_text(values):
    direct = numbers(pa.array(values, pa.float64())).values
    through = numbers(text_values(pa.array(values, pa.float64()))).values
    assert np.array_equal(direct, through, equal_nan=True)


@given(st.lists(st.none() | st.text(max_size=10), max_size=30))
def test_any_text_is_a_number_or_missing_or_mistyped(words):
    read = numbers(pa.array(words, pa.string()))
    for place, word in enumerate(words):
        if word is not None and np.isnan(read.values[place]) and (read.mistyped is None or not read.mistyped[place]):
            assert word.strip().lower().lstrip("+-") == "nan"
