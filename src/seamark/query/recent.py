"""Evaluation blocks that were unpacked lately: a page that follows the present asks for the same month every hour."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.stats import columns

MOST_BYTES: Final = 64_000_000
Arrays = dict[str, NDArray[np.generic]]


class Recent:
    """Unpacked payloads, the ones asked for longest ago forgotten first; never more than `most_bytes` of arrays."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._known: OrderedDict[bytes, Arrays] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def unpacked(self, payload: bytes) -> Arrays:
        """`columns.unpack(payload)`; not to be written to. Raises Corrupt as that does."""
        with self._lock:
            if payload in self._known:
                self._known.move_to_end(payload)
                return self._known[payload]
        arrays = columns.unpack(payload)
        with self._lock:
            if payload not in self._known:
                self._known[payload] = arrays
                self._bytes += _size(arrays)
            while self._bytes > self._most_bytes:
                _, oldest = self._known.popitem(last=False)
                self._bytes -= _size(oldest)
        return arrays

    def __len__(self) -> int:
        """How many are known."""
        return len(self._known)


def _size(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())
