"""Arrow memory read through the C data interface says what pyarrow says."""

import gc
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from arro3.core import Array
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare.arrow_buffers import ArrowBuffers

slices = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(values=st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), max_size=40), cut=slices)
def test_integers_and_validity_of_any_slice_are_pyarrows(values, cut):
    array = pa.array(values, pa.int64())[cut[0] : cut[0] + cut[1]]
    memory = ArrowBuffers.of(array)
    valid = memory.validity()
    known = [True] * len(array) if valid is None else valid.tolist()
    items = memory.items(1, np.int64).tolist()
    assert [item if ok else None for item, ok in zip(items, known, strict=True)] == array.to_pylist()


@given(values=st.lists(st.booleans(), max_size=40), cut=slices)
def test_bits_of_any_slice_are_pyarrows(values, cut):
    array = pa.array(values, pa.bool_())[cut[0] : cut[0] + cut[1]]
    assert ArrowBuffers.of(array).bits(1).tolist() == array.to_pylist()


@given(values=st.lists(st.text(max_size=8), max_size=40), cut=slices)
def test_texts_of_any_slice_are_pyarrows(values, cut):
    array = pa.array(values, pa.string())[cut[0] : cut[0] + cut[1]]
    memory = ArrowBuffers.of(array)
    offsets = memory.offsets(np.int32)
    data = memory.text_bytes(int(offsets[-1])).tobytes()
    texts = [data[start:stop].decode() for start, stop in pairwise(offsets)]
    assert texts == array.to_pylist()


def test_a_view_outlives_the_array_it_came_from():
    view = ArrowBuffers.of(Array.from_arrow(pa.array(np.arange(100_000.0)))).items(1, np.float64)
    gc.collect()
    filler = [np.zeros(100_000) for _ in range(20)]  # would land in the freed memory
    assert view.sum() == np.arange(100_000.0).sum()
    assert len(filler) == 20


def test_a_view_cannot_change_the_users_data():
    view = ArrowBuffers.of(pa.array([1.0, 2.0])).items(1, np.float64)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 5.0


def test_an_array_without_nulls_has_no_validity():
    assert ArrowBuffers.of(pa.array([1, 2])).validity() is None


def test_an_empty_array_has_empty_views():
    memory = ArrowBuffers.of(pa.array([], pa.string()))
    assert memory.offsets(np.int32).tolist() == [0]
    assert memory.text_bytes(0).tolist() == []
