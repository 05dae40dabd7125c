"""What an Arrow stream claims to expand to is read from its headers, also from broken ones."""

from __future__ import annotations

import struct
from contextlib import suppress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.batches import table

from seamark.wire.arrow_messages import _claimed_bytes, decompressed_bytes


def stream(*tables, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, tables[0].schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for each in tables:
            writer.write_table(each)
    return bytes(sink.getvalue())


def messages(body):
    return list(pa.ipc.MessageReader.open_stream(pa.BufferReader(body)))


WIDE = table(500, **{f"feature.{name}": pa.array(np.arange(500.0)) for name in "abcde"})
WORDS = table(500, **{"feature.w": pa.array([f"word {n % 7}" for n in range(500)]).dictionary_encode()})


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("found", [WIDE, WORDS])
def test_the_claim_is_what_reading_it_takes(found, compression):
    """Buffers are padded to 8 or 64 bytes, and a compressed one is stored as it is where that is shorter."""
    body = stream(found, compression=compression)
    taken = sum(
        chunk.get_total_buffer_size()
        for column in pa.ipc.open_stream(body).read_all().columns
        for chunk in column.chunks
    )
    assert 0.95 * taken <= decompressed_bytes(body) <= 1.3 * taken + 64 * found.num_columns


def test_every_batch_adds_its_claim():
    once, twice = stream(WIDE, compression="zstd"), stream(WIDE, WIDE, compression="zstd")
    assert decompressed_bytes(twice) == 2 * decompressed_bytes(once)


def test_a_compressed_dictionary_is_counted():
    long = pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["x" * 1_000_000]))
    body = stream(table(1, **{"feature.x": long}), compression="zstd")
    assert len(body) < 5_000
    assert decompressed_bytes(body) > 1_000_000


def test_a_stream_without_batches_claims_nothing():
    assert decompressed_bytes(stream(WIDE.slice(0, 0))) == 0


def test_a_claim_that_was_forged_is_believed_and_so_refused():
    """The reader would allocate what is claimed, so a lie is as good as a bomb."""
    body = stream(WIDE, compression="zstd")
    honest = struct.pack("<q", 500 * 8)
    assert honest in body
    forged = body.replace(honest, struct.pack("<q", 2**50))
    assert decompressed_bytes(forged) > 2**50


@pytest.mark.parametrize("body", [b"", b"\xff\xff\xff\xff", b"nonsense, and not a little of it", bytes(100)])
def test_what_is_no_stream_claims_nothing_or_is_said_to_be_none(body):
    with suppress(OSError, ValueError, pa.ArrowException):
        assert decompressed_bytes(body) == 0


HEADER = next(
    each.metadata.to_pybytes() for each in messages(stream(WIDE, compression="lz4")) if each.type == "record batch"
)
BODY = next(each.body for each in messages(stream(WIDE, compression="lz4")) if each.type == "record batch")


def test_the_header_of_a_batch_is_read():
    assert _claimed_bytes(HEADER, BODY) >= 5 * 500 * 8


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(HEADER) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_header_is_read_or_refused_but_leads_nowhere_else(changes):
    damaged = bytearray(HEADER)
    for place, byte in changes:
        damaged[place] = byte
    with suppress(ValueError):
        assert _claimed_bytes(bytes(damaged), BODY) >= 0


@given(st.integers(0, len(HEADER)))
def test_a_torn_header_is_read_or_refused(end):
    with suppress(ValueError):
        assert _claimed_bytes(HEADER[:end], BODY) >= 0
