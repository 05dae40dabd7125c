"""The bytes of number lists are those that one number after the other would have."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats import varint

SMALL = st.integers(-64, 63)  # of one byte
ANY = st.integers(-(2**63), 2**63 - 1)


def plainly(number):
    """Zigzag, then seven bits a byte, the lowest first."""
    rest = number << 1 if number >= 0 else (-number << 1) - 1
    octets = [rest & 0x7F]
    while rest := rest >> 7:
        octets[-1] |= 0x80
        octets.append(rest & 0x7F)
    return bytes(octets)


@given(st.lists(SMALL | ANY | st.integers(-20_000, 20_000), max_size=30))
def test_numbers_are_written_as_one_by_one_and_read_back(numbers):
    written = varint.encode(np.array(numbers, dtype=np.int64))
    assert written == b"".join(map(plainly, numbers))
    assert varint.decode(written, len(numbers)).tolist() == numbers


@given(st.lists(SMALL, max_size=30))
def test_small_numbers_take_a_byte_each(numbers):
    assert len(varint.encode(np.array(numbers, dtype=np.int64))) == len(numbers)
