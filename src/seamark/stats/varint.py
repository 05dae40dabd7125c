"""Integers in as few bytes as they need: zigzag, then little-endian base 128, vectorised."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import Corrupt

_BITS: Final = 7
_LONGEST: Final = 10  # bytes of a 64-bit number
_SIGN_SHIFT: Final = 63


def encode(numbers: npt.NDArray[np.int64]) -> bytes:
    """Write int64[N]; small magnitudes take one byte.

    >>> encode(np.array([0, -1, 1, 64])).hex()
    '0001028001'
    """
    zigzag = ((numbers << 1) ^ (numbers >> _SIGN_SHIFT)).view(np.uint64)
    longest = max(-(-int(zigzag.max(initial=0)).bit_length() // _BITS), 1)
    if longest == 1:
        return zigzag.astype(np.uint8).tobytes()
    rest = zigzag[:, None] >> (np.arange(longest, dtype=np.uint64) * np.uint64(_BITS))  # of each digit and those after
    digits = (rest & np.uint64(0x7F)).astype(np.uint8)
    digits[:, :-1] |= np.where(rest[:, 1:] != 0, 0x80, 0).astype(np.uint8)
    rest[:, 0] = 1  # a number has at least one digit
    used: npt.NDArray[np.uint8] = digits[rest != 0]
    return used.tobytes()


def decode(payload: bytes, count: int) -> npt.NDArray[np.int64]:
    """Read `count` numbers that fill `payload` exactly; raises Corrupt otherwise."""
    octets = np.frombuffer(payload, dtype=np.uint8)
    ends = np.flatnonzero(octets < 0x80) + 1
    if len(ends) != count or (count and ends[-1] != len(octets)) or (not count and len(octets)):
        raise Corrupt(f"A number list of {len(octets)} bytes holds {len(ends)} numbers; expected {count}.")
    if len(octets) == count:
        zigzag = octets.astype(np.uint64)
    else:
        starts = np.concatenate([[0], ends[:-1]])
        sizes = ends - starts
        if sizes.max() > _LONGEST:
            raise Corrupt(f"A number list has a number of {sizes.max()} bytes; the longest takes {_LONGEST}.")
        zigzag = (octets[starts] & 0x7F).astype(np.uint64)
        step, longer = 1, np.flatnonzero(sizes > 1)
        while len(longer):
            zigzag[longer] |= (octets[starts[longer] + step] & 0x7F).astype(np.uint64) << np.uint64(_BITS * step)
            step += 1
            longer = longer[sizes[longer] > step]
    return (zigzag >> np.uint64(1)).view(np.int64) ^ -(zigzag & np.uint64(1)).view(np.int64)
