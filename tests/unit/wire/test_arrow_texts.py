"""Every Arrow text type becomes plain strings, and what it expands to is known before it is expanded."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.wire.arrow_texts import as_strings, expanded_bytes, is_text, plain_type

TYPES = (pa.string(), pa.large_string(), pa.string_view())
texts = st.lists(st.none() | st.text(max_size=30), max_size=12)
cuts = st.tuples(st.integers(0, 12), st.integers(0, 12))


def forms(values):
    """The same texts in every type that can hold them, plain and in a dictionary."""
    for kind in TYPES:
        yield pa.array(values, kind)
        distinct = list(dict.fromkeys(value for value in values if value is not None)) or [""]
        places = [None if value is None else distinct.index(value) for value in values]
        for index in (pa.int8(), pa.uint16(), pa.int64()):
            yield pa.DictionaryArray.from_arrays(pa.array(places, index), pa.array(distinct, kind))


@given(texts)
def test_the_texts_are_the_same_in_every_form(values):
    for array in forms(values):
        assert as_strings(array).type == pa.string()
        assert as_strings(array).to_pylist() == values


@given(texts)
def test_the_expansion_is_counted_exactly(values):
    bytes_in_all = sum(len(value.encode()) for value in values if value is not None)
    for array in forms(values):
        assert expanded_bytes(array) == bytes_in_all


@given(texts, cuts)
def test_a_slice_is_only_what_it_shows(values, cut):
    """Slices share the buffers of the whole and begin somewhere inside them."""
    start, length = cut
    for array in forms(values):
        part = array.slice(min(start, len(array)), length)
        shown = values[start : start + length]
        assert as_strings(part).to_pylist() == shown
        assert expanded_bytes(part) == sum(len(value.encode()) for value in shown if value is not None)


def test_a_dictionary_may_hold_a_missing_value():
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array(["a", None]))
    assert as_strings(array).to_pylist() == ["a", None, None]
    assert expanded_bytes(array) == 1


def test_unused_entries_of_a_dictionary_cost_nothing():
    array = pa.DictionaryArray.from_arrays(pa.array([0, 0]), pa.array(["a", "x" * 10_000]))
    assert expanded_bytes(array) == 2


def test_missing_views_cost_nothing_whatever_their_slot_says():
    stray = np.array([[3, 0x636261, 0, 0], [1_000_000, 0, 9, 9]], np.int32)
    array = pa.Array.from_buffers(pa.string_view(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(stray)])
    assert expanded_bytes(array) == 3
    assert as_strings(array).to_pylist() == ["abc", None]


@pytest.mark.parametrize("array", [pa.array([1.5]), pa.array([True]), pa.array([[1]]), pa.array([b"x"]), pa.nulls(3)])
def test_other_types_expand_to_nothing(array):
    assert expanded_bytes(array) == 0
    assert not is_text(array.type)


def test_the_plain_type_is_that_of_the_values():
    assert plain_type(pa.dictionary(pa.int8(), pa.large_string())) == pa.large_string()
    assert plain_type(pa.float32()) == pa.float32()
