"""Short numbers in few bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import Corrupt
from seamark.stats import varint

NUMBERS = st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-70, 70)), max_size=50)


@given(NUMBERS)
def test_what_is_written_is_read(numbers):
    array = np.array(numbers, dtype=np.int64)
    assert varint.decode(varint.encode(array), len(array)).tolist() == numbers


@pytest.mark.parametrize(
    ("number", "size"), [(0, 1), (-1, 1), (63, 1), (-64, 1), (64, 2), (2**61, 9), (2**63 - 1, 10), (-(2**63), 10)]
)
def test_size_grows_with_magnitude(number, size):
    assert len(varint.encode(np.array([number], dtype=np.int64))) == size


@given(NUMBERS.filter(bool))
def test_a_wrong_count_is_corrupt(numbers):
    payload = varint.encode(np.array(numbers, dtype=np.int64))
    for count in (len(numbers) - 1, len(numbers) + 1):
        with pytest.raises(Corrupt, match=f"expected {count}"):
            varint.decode(payload, count)


def test_an_unfinished_number_is_corrupt():
    with pytest.raises(Corrupt, match="holds 1 numbers; expected 1"):
        varint.decode(b"\x01\x80", 1)


def test_a_number_of_eleven_bytes_is_corrupt():
    with pytest.raises(Corrupt, match="11 bytes"):
        varint.decode(b"\x80" * 10 + b"\x01", 1)
