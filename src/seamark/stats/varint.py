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
    sizes = np.ones(len(numbers), dtype=np.int64)
    for step in range(1, _LONGEST):
        sizes += zigzag >> np.uint64(_BITS * step) != 0
    ends = np.cumsum(sizes)
    starts = ends - sizes
    out = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    for step in range(int(sizes.max(initial=0))):
        rows = np.flatnonzero(sizes > step)
        digit = (zigzag[rows] >> np.uint64(_BITS * step)).astype(np.uint8) & 0x7F
        out[starts[rows] + step] = digit | np.where(sizes[rows] > step + 1, 0x80, 0).astype(np.uint8)
    return out.tobytes()


def decode(payload: bytes, count: int) -> npt.NDArray[np.int64]:
    """Read `count` numbers that fill `payload` exactly; raises Corrupt otherwise."""
    octets = np.frombuffer(payload, dtype=np.uint8)
    ends = np.flatnonzero(octets < 0x80) + 1
    if len(ends) != count or (count and ends[-1] != len(octets)) or (not count and len(octets)):
        raise Corrupt(f"A number list of {len(octets)} bytes holds {len(ends)} numbers; expected {count}.")
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)[:count]
    sizes = ends - starts
    if sizes.max(initial=0) > _LONGEST:
        raise Corrupt(f"A number list has a number of {sizes.max()} bytes; the longest takes {_LONGEST}.")
    zigzag = np.zeros(count, dtype=np.uint64)
    for step in range(int(sizes.max(initial=0))):
        rows = np.flatnonzero(sizes > step)
        digit = (octets[starts[rows] + step] & 0x7F).astype(np.uint64)
        zigzag[rows] |= digit << np.uint64(_BITS * step)
    return (zigzag >> np.uint64(1)).view(np.int64) ^ -(zigzag & np.uint64(1)).view(np.int64)
