"""Packed columns survive storage and nothing else passes for them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seamark.errors import Corrupt, InvalidInput
from seamark.stats.columns import pack, plain, unpack

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="="),
    hnp.unsigned_integer_dtypes(endianness="="),
    hnp.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
SAMPLE = {"value": np.arange(5, dtype=np.float32), "status": np.zeros(5, dtype=np.uint8)}


@given(st.dictionaries(st.text(max_size=8), ARRAYS, max_size=5))
def test_names_order_dtypes_shapes_and_bits_survive(columns):
    again = unpack(pack(columns))
    assert list(again) == list(columns)
    for name, array in columns.items():
        assert again[name].dtype == array.dtype
        assert again[name].shape == array.shape
        assert again[name].tobytes() == array.tobytes()


def test_big_endian_and_strided_arrays_keep_their_values():
    columns = {"big": np.arange(4, dtype=">i4"), "every_other": np.arange(10.0)[::2]}
    again = unpack(pack(columns))
    assert again["big"].tolist() == [0, 1, 2, 3]
    assert again["every_other"].tolist() == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([object()]), np.array([1j]), np.array([1], dtype="M8[s]")])
def test_other_types_are_refused_by_name(array):
    with pytest.raises(InvalidInput, match="Column 'wrong' has dtype"):
        pack({"wrong": array})


@settings(max_examples=200)
@given(st.integers(0, len(pack(SAMPLE)) - 1), st.integers(1, 255))
def test_a_changed_byte_is_corrupt_or_harmless(at, flip):
    payload = bytearray(pack(SAMPLE))
    payload[at] ^= flip
    try:
        again = unpack(bytes(payload))
    except Corrupt as error:
        assert str(error).endswith(".")  # noqa: PT017 - both outcomes are right, the message must be a sentence
    else:
        # Only bits that zlib does not check (its window size) may change without harm.
        assert {name: array.tobytes() for name, array in again.items()} == {
            name: array.tobytes() for name, array in SAMPLE.items()
        }


@pytest.mark.parametrize("length", [0, 2, 3, 4, 10, len(pack(SAMPLE)) - 1])
def test_a_cut_payload_is_corrupt(length):
    with pytest.raises(Corrupt):
        unpack(pack(SAMPLE)[:length])


def test_another_version_is_corrupt_by_name():
    payload = bytearray(pack(SAMPLE))
    payload[3] = 9
    with pytest.raises(Corrupt, match="version 9"):
        unpack(bytes(payload))


def test_plain_bytes_are_equal_for_equal_columns_whatever_their_byte_order_and_strides():
    one = {"x": np.arange(6, dtype=">f8"), "y": np.arange(4, dtype=np.int8)[::2]}
    other = {"x": np.arange(6, dtype="<f8"), "y": np.array([0, 2], dtype=np.int8)}
    assert plain(one) == plain(other)
    assert plain(one) != plain({"x": one["x"]})
