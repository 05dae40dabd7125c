"""Blocks of a scorecard as bytes: many sparse integer vectors at once.

A late batch touches a few rows in each of hundreds of hours, so what a block costs is what counts. A vector is written
as pairs (gap to the next place that is not 0, value there), in variable length, behind a header that names the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import Corrupt
from seamark.stats import varint

_MAGIC: Final = b"SMQ\x01"
_DIGEST_BYTES: Final = 8
_HEADER_BYTES: Final = len(_MAGIC) + _DIGEST_BYTES
_LAST_OCTET: Final = 0x80  # of a number is below this

Counts = npt.NDArray[np.int64]


def encode(vectors: Counts, digest: bytes) -> list[bytes]:
    """int64[N, W] → N payloads.

    >>> [payload[12:].hex() for payload in encode(np.array([[0, 3, 0, -1], [0, 0, 0, 0]]), b"12345678")]
    ['02060401', '']
    """
    row, place = np.nonzero(vectors)
    counts = np.bincount(row, minlength=len(vectors))
    before = np.concatenate([[0], place[:-1]])
    starts = np.cumsum(counts) - counts
    before[starts[counts > 0]] = 0
    pairs = np.column_stack([place - before, vectors[row, place]]).reshape(-1)
    octets = varint.encode(pairs)
    ends = np.append(0, np.flatnonzero(np.frombuffer(octets, dtype=np.uint8) < _LAST_OCTET) + 1)
    cuts = ends[2 * np.append(0, np.cumsum(counts))].tolist()
    header = _MAGIC + digest
    return [header + octets[start:stop] for start, stop in pairwise(cuts)]


def decode(payloads: Sequence[bytes], digest: bytes, width: int) -> Counts:
    """int64[N, width] of N payloads; raises Corrupt for bytes of another card, or that are none."""
    vectors = np.zeros((len(payloads), width), dtype=np.int64)
    header = _MAGIC + digest
    for payload in payloads:
        if payload[:_HEADER_BYTES] != header:
            raise Corrupt(f"A block of a scorecard begins with {payload[:_HEADER_BYTES]!r}; expected {header!r}.")
    octets = b"".join(payload[_HEADER_BYTES:] for payload in payloads)
    if not octets:
        return vectors
    ends = np.flatnonzero(np.frombuffer(octets, dtype=np.uint8) < _LAST_OCTET) + 1
    pairs = varint.decode(octets, len(ends)).reshape(-1, 2) if len(ends) % 2 == 0 else None
    stops = np.cumsum([len(payload) - _HEADER_BYTES for payload in payloads])
    numbers = np.searchsorted(ends, stops, side="right")
    if pairs is None or (numbers % 2).any() or not np.isin(stops, np.append(0, ends)).all():
        raise Corrupt("A block of a scorecard is cut short.")
    row = np.repeat(np.arange(len(payloads)), np.diff(numbers // 2, prepend=0))
    gone = np.cumsum(pairs[:, 0])
    first = np.flatnonzero(np.diff(row, prepend=-1))
    place = gone - (gone - pairs[:, 0])[first][np.cumsum(np.diff(row, prepend=-1) > 0) - 1]
    if (pairs[:, 0] < 0).any() or place.max() >= width:
        raise Corrupt(f"A block of a scorecard has a place past its {width:,}.")
    vectors[row, place] = pairs[:, 1]
    return vectors
