"""A stable 64-bit hash of UTF-8 strings, vectorised over Arrow-style buffers.

Hashes are stored in bin sets, so the function is frozen for ever: the golden values in the tests
must never change. It is fast and well mixed, not cryptographic.

A string of L ≤ 256 bytes is read as little-endian 8-byte words w₀, w₁, …, the last one shifted left
until its bytes fill the top. From h = (L + 1) · LENGTH_STEP each word does (all modulo 2⁶⁴)

    h ← (h ⊕ w) · K₁;   h ← h ⊕ (h ≫ 32);   h ← h · K₂;   h ← h ⊕ (h ≫ 29)

and the empty string is one word of zeros. A longer string is its 8-byte BLAKE2b digest, so that the
cost of a column is bounded by its bytes and not by its longest string times its rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

_LENGTH_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_K1: Final = np.uint64(0xBF58476D1CE4E5B9)
_K2: Final = np.uint64(0x94D049BB133111EB)
_WORD: Final = 8
_LONG_BYTES: Final = 256
_CHUNK_STRINGS: Final = 8192


def hash_strings(
    offsets: npt.NDArray[np.int32] | npt.NDArray[np.int64], data: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint64]:
    """Hash N strings given as Arrow lays them out: string i is `data[offsets[i]:offsets[i + 1]]`.

    `offsets` has N + 1 non-decreasing items and need not start at 0 (a sliced array); nulls are the
    caller's business (their slots hash as whatever text they hold). Returns uint64[N].

    >>> hash_strings(np.array([0, 2, 2, 5]), np.frombuffer(b"FRUSA", dtype=np.uint8))
    array([10345458334744386074, 13957227182602405047,  2869078411276795031],
          dtype=uint64)
    """
    count = max(len(offsets) - 1, 0)
    hashes = np.empty(count, dtype=np.uint64)
    for start in range(0, count, _CHUNK_STRINGS):
        stop = min(start + _CHUNK_STRINGS, count)
        _hash_chunk(offsets[start : stop + 1].astype(np.int64), data, hashes[start:stop])
    return hashes


def hash_texts(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Hash Python strings; lone surrogates are taken as they are. Returns uint64[N]."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)), out=offsets[1:])
    return hash_strings(offsets, np.frombuffer(b"".join(encoded), dtype=np.uint8))


def hash_text(text: str) -> int:
    """Hash one string; equal to `hash_texts([text])[0]`."""
    return int(hash_texts([text])[0])


def _hash_chunk(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], out: npt.NDArray[np.uint64]) -> None:
    lengths = np.diff(offsets)
    long = np.flatnonzero(lengths > _LONG_BYTES)
    words = _overlapping_words(data[offsets[0] : offsets[-1]])
    starts = offsets[:-1] - offsets[0]
    if len(long):
        short = np.flatnonzero(lengths <= _LONG_BYTES)
        out[short] = _hash_short(words, starts[short], lengths[short])
        for row in long.tolist():
            text = data[offsets[row] : offsets[row + 1]].tobytes()
            out[row] = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
    else:
        out[:] = _hash_short(words, starts, lengths)


def _overlapping_words(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """The 8 bytes that start at every byte of `data`, zeros past its end, without a loop."""
    padded = np.zeros(len(data) + _WORD, dtype=np.uint8)
    padded[: len(data)] = data
    return np.ndarray((len(data) + 1,), dtype="<u8", buffer=padded.data, strides=(1,))


def _hash_short(
    words: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    """The word loop over strings that still have bytes; at most 32 rounds."""
    state = (lengths + 1).astype(np.uint64) * _LENGTH_STEP
    longest = int(lengths.max(initial=0))
    active: npt.NDArray[np.intp] | slice = slice(None)
    for at in range(0, max(longest, 1), _WORD):
        if at:
            active = np.flatnonzero(lengths > at)
        left = lengths[active] - at
        spare_bits = ((_WORD - np.minimum(left, _WORD)) * 8).astype(np.uint64)
        # numpy defines a shift by 64 (the empty string) as 0.
        word = np.left_shift(words[starts[active] + at], spare_bits)
        state[active] = _mix(state[active], word)
    return state


def _mix(state: npt.NDArray[np.uint64], word: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed = state ^ word
    mixed *= _K1
    mixed ^= mixed >> np.uint64(32)
    mixed *= _K2
    mixed ^= mixed >> np.uint64(29)
    return mixed
