"""Named arrays in one compact, versioned byte string: the payload of evaluation blocks.

Layout: magic `SMC`, version byte, zlib of (uint32 header length, JSON header, array bytes in order).
The header lists `[name, dtype, shape]`; arrays are little-endian and C-ordered.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import Corrupt, InvalidInput

_MAGIC: Final = b"SMC"
_VERSION: Final = 1
_LENGTH_BYTES: Final = 4
_KINDS: Final = "biuf"
_LATELY: Final = 64  # headers


def pack(columns: Mapping[str, npt.NDArray[np.generic]]) -> bytes:
    """Write arrays of booleans, integers or floats; names, dtypes and shapes survive exactly.

    Raises InvalidInput for any other dtype.
    """
    return _MAGIC + bytes([_VERSION]) + zlib.compress(plain(columns))


def plain(columns: Mapping[str, npt.NDArray[np.generic]]) -> bytes:
    """What `pack` compresses: equal columns give equal bytes on any machine, so it is what to take a digest of.

    Compressed bytes are not: they depend on the version of zlib.
    """
    header: list[tuple[str, str, tuple[int, ...]]] = []
    parts: list[bytes] = []
    for name, array in columns.items():
        if array.dtype.kind not in _KINDS or array.dtype.itemsize > 8:
            raise InvalidInput(
                f"Column {name!r} has dtype {array.dtype}; only booleans, integers and floats to 64 bits are kept.",
                field=name,
                value=str(array.dtype),
                accepted="bool, int8..int64, uint8..uint64, float16..float64",
            )
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        header.append((name, little.dtype.str, array.shape))
        parts.append(little.tobytes())
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return b"".join([len(text).to_bytes(_LENGTH_BYTES, "little"), text, *parts])


def unpack(payload: bytes) -> dict[str, npt.NDArray[np.generic]]:
    """Read what `pack` wrote, in its order; raises Corrupt when the bytes are anything else."""
    body = _body(payload)
    size = int.from_bytes(body[:_LENGTH_BYTES], "little")
    at = _LENGTH_BYTES + size
    columns: dict[str, npt.NDArray[np.generic]] = {}
    try:
        for name, dtype, shape, count in _header(body[_LENGTH_BYTES:at]):
            columns[name] = np.frombuffer(body, dtype=dtype, count=count, offset=at).reshape(shape)
            at += count * dtype.itemsize
    except (ValueError, TypeError, RecursionError) as error:
        raise Corrupt(f"Packed columns have an unreadable header or are cut short: {error}.") from error
    if at != len(body):
        raise Corrupt(f"Packed columns hold {len(body)} bytes where their header accounts for {at}.")
    return columns


@lru_cache(_LATELY)
def _header(text: bytes) -> tuple[tuple[str, np.dtype[np.generic], tuple[int, ...], int], ...]:
    """(name, dtype, shape, items) of each array; many blocks have the same."""
    read = json.loads(text.decode("utf-8", "surrogatepass"))
    return tuple((str(name), np.dtype(dtype), tuple(shape), math.prod(shape)) for name, dtype, shape in read)


def _body(payload: bytes) -> bytes:
    if payload[: len(_MAGIC)] != _MAGIC or len(payload) <= len(_MAGIC):
        raise Corrupt(f"Packed columns start with {payload[:4]!r}; expected {_MAGIC!r} and a version byte.")
    version = payload[len(_MAGIC)]
    if version != _VERSION:
        raise Corrupt(f"Packed columns have version {version}; this Seamark reads version {_VERSION}.")
    try:
        return zlib.decompress(payload[len(_MAGIC) + 1 :])
    except zlib.error as error:
        raise Corrupt(f"Packed columns cannot be decompressed: {error}.") from error
