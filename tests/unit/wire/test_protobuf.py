import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.writing import sized, varint

from seamark.errors import Malformed
from seamark.wire import protobuf


@given(st.integers(0, 2**64 - 1))
def test_a_number_is_read_as_it_was_written(value):
    body = varint(value)
    assert protobuf.varint(body, 0, len(body)) == (value, len(body))


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_numbers_keep_their_sign(value):
    assert protobuf.signed(value & (2**64 - 1)) == value
    assert protobuf.zigzag((value << 1) ^ (value >> 63)) == value


def test_every_kind_of_field_is_found_with_its_place():
    body = b"\x08\x96\x01" + b"\x11" + struct.pack("<d", 2.5) + b"\x1a" + sized(b"text") + b"\x25" + bytes(4)
    found = list(protobuf.fields(body, 0, len(body)))
    assert [(number, kind) for number, kind, _, _ in found] == [(1, 0), (2, 1), (3, 2), (4, 5)]
    assert found[0][2] == 150
    assert protobuf.double(body, found[1][2]) == 2.5
    assert protobuf.text(body, *found[2][2:]) == "text"


@pytest.mark.parametrize(
    "body", [b"\x80", b"\x80" * 11, b"\x0a\x05ab", b"\x09\x00", b"\x0d\x00", b"\x0b", b"\x00\x00", b"\x08"]
)
def test_what_has_no_end_or_is_of_no_kind_is_refused(body):
    with pytest.raises(Malformed, match="protobuf"):
        list(protobuf.fields(body, 0, len(body)))


def test_a_text_that_is_not_utf_8_is_refused():
    with pytest.raises(Malformed, match="UTF-8"):
        protobuf.text(b"\xff\xfe", 0, 2)
