"""gzip, zstd and snappy bodies, expanded no further than allowed."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from seamark.errors import Malformed, TooLarge
from seamark.wire.protobuf import varint

ENCODINGS: Final = ("gzip", "zstd")
_CHUNK_BYTES = 1024 * 1024


def expand(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body without its compression; raises Malformed, or TooLarge as soon as more than `max_bytes` come out."""
    parts: list[bytes] = []
    size = 0
    try:
        with pa.CompressedInputStream(pa.BufferReader(body), encoding) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > max_bytes:
                    raise TooLarge(
                        f"The body expands to more than {max_bytes:,} bytes; send it in parts.",
                        accepted=f"at most {max_bytes} bytes when expanded",
                    )
                parts.append(chunk)
    except (OSError, pa.ArrowException) as error:
        raise Malformed(f"The body is not {encoding}: {error}.", accepted=encoding) from None
    return b"".join(parts)


def expand_snappy(body: bytes, max_bytes: int) -> bytes:
    """A snappy block (not a stream) without its compression; raises Malformed, or TooLarge by the size it declares."""
    size, _ = varint(body, 0, len(body))
    if size > max_bytes:
        raise TooLarge(
            f"The body says that it expands to {size:,} bytes; send at most {max_bytes:,}, in parts.",
            accepted=f"at most {max_bytes} bytes when expanded",
        )
    try:
        expanded: bytes = pa.decompress(body, decompressed_size=size, codec="snappy", asbytes=True)
    except (OSError, pa.ArrowException) as error:
        raise Malformed(f"The body is not a snappy block: {error}.", accepted="snappy") from None
    return expanded
