"""Compressed bodies are expanded no further than allowed."""

from __future__ import annotations

import gzip
import tracemalloc

import pyarrow as pa
import pytest

from seamark.errors import Malformed, TooLarge
from seamark.wire.compression import ENCODINGS, expand


def compress(data: bytes, encoding: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, encoding) as stream:
        stream.write(data)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 3_000_001])
def test_what_was_compressed_comes_back(encoding, size):
    data = bytes(range(251)) * (size // 251 + 1)
    assert expand(compress(data[:size], encoding), encoding, 10**7) == data[:size]


def test_gzip_members_in_a_row_are_one_body():
    assert expand(gzip.compress(b"abc") + gzip.compress(b"def"), "gzip", 100) == b"abcdef"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bomb_is_refused_without_being_expanded(encoding):
    bomb = compress(bytes(200_000_000), encoding)
    tracemalloc.start()
    with pytest.raises(TooLarge, match="The body expands to more than 5,000,000 bytes"):
        expand(bomb, encoding, 5_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("damage", [lambda body: body[:-3], lambda body: body[: len(body) // 2], lambda _: b"nonsense"])
def test_a_damaged_body_is_malformed(encoding, damage):
    body = compress(bytes(range(256)) * 1_000, encoding)
    with pytest.raises(Malformed, match=f"The body is not {encoding}: "):
        expand(damage(body), encoding, 10**7)
