"""A read-only hash table from well-mixed 64-bit keys to small numbers, vectorised.

Open addressing with linear probing. A key's home slot is its leading bits, so keys sorted by value are
sorted by slot, and the whole table is laid out with one running maximum instead of one insert per key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.grid import Index

_SPARSENESS: Final = 8  # slots per key: most look-ups end at their first slot
_MIN_BITS: Final = 8
_KEY_BITS: Final = 64
_CHUNK: Final = 8192
_EMPTY: Final = np.uint64(0)  # a key that hashes to 0 cannot be stored: one in 2⁶⁴


@dataclass(frozen=True, slots=True, eq=False)
class HashTable:
    """`keys[slot]` and the number stored with it; empty slots hold `absent`."""

    keys: npt.NDArray[np.uint64]
    numbers: Index
    shift: np.uint64
    absent: int

    def find(self, wanted: npt.NDArray[np.uint64]) -> Index:
        """The number of each of N keys, or `absent`."""
        found = np.empty(len(wanted), dtype=self.numbers.dtype)
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            self._find_chunk(chunk, found[start : start + _CHUNK])
        return found

    def _find_chunk(self, wanted: npt.NDArray[np.uint64], out: Index) -> None:
        slot = np.right_shift(wanted, self.shift).view(np.int64)
        key = np.take(self.keys, slot, mode="clip")
        np.take(self.numbers, slot, out=out, mode="clip")
        going = np.flatnonzero((key != wanted) & (key != _EMPTY))
        while len(going):
            slot[going] += 1
            key = self.keys[slot[going]]
            out[going] = self.numbers[slot[going]]
            going = going[(key != wanted[going]) & (key != _EMPTY)]


def build_table(keys: npt.NDArray[np.uint64], numbers: Index, *, absent: int) -> HashTable:
    """Lay out distinct keys (one number each)."""
    bits = max(_MIN_BITS, (len(keys) * _SPARSENESS).bit_length())
    shift = np.uint64(_KEY_BITS - bits)
    order = np.argsort(keys)
    place = np.arange(len(keys))
    slot = np.maximum.accumulate((keys[order] >> shift).astype(np.int64) - place) + place
    size = max((1 << bits), int(slot[-1]) + 1 if len(slot) else 0) + 1  # the last slot is empty: every probe ends
    table_keys = np.full(size, _EMPTY)
    table_keys[slot] = keys[order]
    table_numbers = np.full(size, absent, dtype=numbers.dtype)
    table_numbers[slot] = numbers[order]
    return HashTable(table_keys, table_numbers, shift, absent)
