"""Just enough of the protobuf wire format: fields of a message by number, nothing generated."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from seamark.errors import Malformed

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_LONGEST_VARINT: Final = 10


def varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """(the number, where it ends)."""
    value = shift = 0
    for place in range(at, min(at + _LONGEST_VARINT, end)):
        octet = body[place]
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + 1
        shift += 7
    raise _truncated(at)


def fields(body: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(field, wire type, start, end) of each field; for a varint `start` is the number itself.

    Raises Malformed where a field does not end within `end`.
    """
    while at < end:
        tag, at = varint(body, at, end)
        number, kind = tag >> 3, tag & 7
        if kind == BYTES:
            size, at = varint(body, at, end)
            start, at = at, at + size
        elif kind == VARINT:
            start, at = varint(body, at, end)
        elif kind == FIXED64:
            start, at = at, at + 8
        elif kind == FIXED32:
            start, at = at, at + 4
        else:
            raise Malformed(f"The body is not protobuf: wire type {kind} at byte {at}.", accepted="protobuf")
        if at > end or not number:
            raise _truncated(start if kind != VARINT else at)
        yield number, kind, start, at


def double(body: bytes, at: int) -> float:
    """The double at a place."""
    (value,) = struct.unpack_from("<d", body, at)
    return float(value)


def text(body: bytes, start: int, end: int) -> str:
    """UTF-8; raises Malformed."""
    try:
        return body[start:end].decode()
    except UnicodeDecodeError:
        raise Malformed(f"The text at byte {start} is not UTF-8.", accepted="protobuf with UTF-8 texts") from None


def signed(value: int) -> int:
    """A varint as int64."""
    return value - (1 << 64) if value >= 1 << 63 else value


def zigzag(value: int) -> int:
    """A varint as sint."""
    return (value >> 1) ^ -(value & 1)


def _truncated(at: int) -> Malformed:
    return Malformed(f"The body is not whole protobuf: a field at byte {at} has no end.", accepted="protobuf")
