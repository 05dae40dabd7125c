"""The grid as bytes says what the grid as lists says."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from seamark.query import evaluations, packing

ROWS = arrays.arrays(np.float64, st.integers(0, 40), elements=st.floats(width=32))


def unpacked(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


@given(ROWS)
def test_bytes_hold_the_same_numbers_as_the_list_to_single_precision(row):
    listed = packing.listed("value", row)
    shown = unpacked(packing.packed("value", row), "<f4")
    assert len(shown) == len(listed)
    for number, value in zip(shown.tolist(), listed, strict=True):
        assert np.isnan(number) if value is None else number == pytest.approx(value, rel=1e-5, abs=1e-37)


def test_a_status_is_one_byte_and_what_was_not_evaluated_is_told_apart():
    row = np.array([0, 2, evaluations.NOT_EVALUATED, 4], dtype=np.float64)
    assert packing.listed("status", row) == [0, 2, None, 4]
    assert unpacked(packing.packed("status", row), "u1").tolist() == [0, 2, 255, 4]
