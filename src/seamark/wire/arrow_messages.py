"""How large an Arrow IPC stream becomes when its compressed buffers are expanded, found without expanding them.

A record batch may carry LZ4 or ZSTD compressed buffers, each of which begins with its own claim of the expanded size.
Readers allocate what is claimed, so the claims are added up first. Layout: Arrow format `Message.fbs`, FlatBuffers.
"""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa

_HEADER_TYPE, _HEADER = 1, 2  # fields of Message
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3  # members of MessageHeader
_DATA = 1  # field of DictionaryBatch: a RecordBatch
_BUFFERS, _COMPRESSION = 2, 3  # fields of RecordBatch
_BUFFER_BYTES = 16  # offset and length


def decompressed_bytes(stream: bytes) -> int:
    """The bytes all messages of a stream claim to hold; raises ValueError, OSError or pa.ArrowInvalid for no stream."""
    total = 0
    reader = pa.ipc.MessageReader.open_stream(pa.BufferReader(stream))
    for message in reader:
        if message.type in ("record batch", "dictionary"):
            total += _claimed_bytes(message.metadata.to_pybytes(), message.body)
    return total


def _claimed_bytes(metadata: bytes, body: pa.Buffer) -> int:
    """What one message's buffers expand to: their size, unless they are compressed and say otherwise."""
    try:
        batch = _record_batch(metadata)
        if batch is None or _field(metadata, batch, _COMPRESSION) is None:
            return int(body.size)
        return _sum_of_claims(metadata, batch, body)
    except (struct.error, IndexError) as error:
        raise ValueError("a message header points outside itself") from error


def _sum_of_claims(metadata: bytes, batch: int, body: pa.Buffer) -> int:
    place = _field(metadata, batch, _BUFFERS)
    if place is None:
        return 0
    vector = _follow(metadata, place)
    (count,) = struct.unpack_from("<I", metadata, vector)
    if count * _BUFFER_BYTES > len(metadata):
        raise ValueError("a message claims more buffers than it describes")
    buffers = np.frombuffer(metadata, "<i8", count * 2, vector + 4).reshape(-1, 2)
    content = memoryview(body)
    total = 0
    for offset, length in buffers.tolist():
        if length >= 8 and 0 <= offset <= len(content) - 8:
            (claim,) = struct.unpack_from("<q", content, offset)
            total += length if claim < 0 else claim  # -1: stored as it is
    return total


def _record_batch(metadata: bytes) -> int | None:
    """Where the RecordBatch table of a message stands."""
    (message,) = struct.unpack_from("<I", metadata, 0)
    kind = _field(metadata, message, _HEADER_TYPE)
    header = _field(metadata, message, _HEADER)
    if kind is None or header is None:
        return None
    table = _follow(metadata, header)
    if metadata[kind] == _DICTIONARY_BATCH:
        data = _field(metadata, table, _DATA)
        return None if data is None else _follow(metadata, data)
    return table if metadata[kind] == _RECORD_BATCH else None


def _field(data: bytes, table: int, number: int) -> int | None:
    """Where a field of a FlatBuffers table stands; None when it is absent."""
    (back,) = struct.unpack_from("<i", data, table)
    vtable = table - back
    if vtable < 0:
        raise ValueError("a message header points outside itself")
    (size,) = struct.unpack_from("<H", data, vtable)
    entry = 4 + 2 * number
    if entry + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", data, vtable + entry)
    return table + offset if offset else None


def _follow(data: bytes, place: int) -> int:
    (offset,) = struct.unpack_from("<I", data, place)
    return place + int(offset)
