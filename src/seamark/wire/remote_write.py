"""Prometheus remote-write 1.0: `prometheus.WriteRequest` in protobuf, in a snappy block.

What nearly all series of nearly all requests look like (labels, then one sample) is recognised by its last bytes, and
its labels by looking all their bytes up at once: the sample stands at a field boundary because these very bytes have
been read as whole labels before.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from seamark.errors import Malformed
from seamark.wire import protobuf
from seamark.wire.readings import Book, Readings, Sent

MEDIA: Final = "application/x-protobuf"
V2: Final = "io.prometheus.write.v2.Request"

_SERIES: Final = 0x0A  # WriteRequest.timeseries
_LABELS, _SAMPLES, _HISTOGRAMS = 1, 2, 4  # of a TimeSeries; exemplars are passed over
_ZERO: Final = bytes(8)
_TAIL: Final = 15  # value, tag, and a time of six bytes: the years 1971 to 2109


def decode(body: bytes, book: Book) -> Readings:
    """The samples of a request without its compression; raises Malformed.

    Native histograms are counted as ignored; metadata and exemplars are passed over.
    """
    numbers: list[int] = []
    tails: list[bytes] = []
    slow: list[tuple[int, int, float]] = []
    ignored = at = 0
    known, end = book.numbers, len(body)
    while at < end:
        if body[at] != _SERIES:
            at = _other_field(body, at, end)
            continue
        size, start = protobuf.varint(body, at + 1, end)
        at = start + size
        if at > end:
            raise Malformed(f"The series at byte {start} is longer than the body.", accepted=MEDIA)
        if body[at - 18 : at - 15] == b"\x12\x10\x09" and size > 18:
            number = known.get(body[start : at - 18])
            tail = body[at - _TAIL : at]
        elif body[at - 9 : at - 6] == b"\x12\x07\x10" and size > 9:  # a value of zero is left out
            number = known.get(body[start : at - 9])
            tail = _ZERO + body[at - 7 : at]
        else:
            number, tail = None, b""
        if number is None:
            number, samples, histograms = _take_apart(body, start, at, book)
            slow += [(number, time_ms, value) for time_ms, value in samples]
            ignored += histograms
        else:
            numbers.append(number)
            tails.append(tail)
    return _as_arrays(numbers, tails, slow, ignored)


def _other_field(body: bytes, at: int, end: int) -> int:
    """Where a field that is not a series ends."""
    number, kind, _, stop = next(protobuf.fields(body, at, end))
    if number == 1 and kind != protobuf.BYTES:
        raise Malformed("The body is not a remote-write request: its series are not messages.", accepted=MEDIA)
    return stop


def _take_apart(body: bytes, start: int, end: int, book: Book) -> tuple[int, list[tuple[int, float]], int]:
    """(number, (time in ms, value) of each sample, native histograms) of one series, read in full."""
    labels: list[tuple[int, int]] = []
    samples: list[tuple[int, float]] = []
    histograms = 0
    for number, kind, first, last in protobuf.fields(body, start, end):
        if kind != protobuf.BYTES:
            raise Malformed(f"Field {number} of a series is not a message.", accepted=MEDIA)
        if number == _LABELS:
            labels.append((first, last))
        elif number == _SAMPLES:
            samples.append(_sample(body, first, last))
        histograms += number == _HISTOGRAMS
    key = b"".join(_as_field(body[first:last]) for first, last in labels)
    known = book.numbers.get(key)
    if known is None:
        named = dict(_label(body, first, last) for first, last in labels)
        if len(named) != len(labels) or not named.get("__name__"):
            raise Malformed("A series has no name (__name__), or a label twice.", accepted=MEDIA)
        known = book.number(key, Sent(named.pop("__name__"), named))
    return known, samples, histograms


def _as_field(content: bytes) -> bytes:
    """A label as it stands in its series, with the shortest length."""
    size, length = len(content), bytearray()
    while size >= 0x80:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return b"\x0a" + bytes(length) + content


def _label(body: bytes, start: int, end: int) -> tuple[str, str]:
    found = {1: "", 2: ""}
    for number, kind, first, last in protobuf.fields(body, start, end):
        if kind == protobuf.BYTES:
            found[number] = protobuf.text(body, first, last)
    return found[1], found[2]


def _sample(body: bytes, start: int, end: int) -> tuple[int, float]:
    value, time_ms = 0.0, 0
    for number, kind, first, _ in protobuf.fields(body, start, end):
        if number == 1 and kind == protobuf.FIXED64:
            value = protobuf.double(body, first)
        elif number == 2 and kind == protobuf.VARINT:
            time_ms = protobuf.signed(first)
    return time_ms, value


def _as_arrays(numbers: list[int], tails: list[bytes], slow: list[tuple[int, int, float]], ignored: int) -> Readings:
    tail = np.frombuffer(b"".join(tails), np.uint8).reshape(-1, _TAIL)
    value = np.ascontiguousarray(tail[:, :8]).view("<f8").ravel()
    octets = tail[:, 9:].astype(np.int64)
    if (tail[:, 8] != 0x10).any() or (octets[:, :5] < 0x80).any() or (octets[:, 5:] >= 0x80).any():
        raise Malformed("A sample has no time, or one that no clock shows.", accepted=MEDIA)
    time_ms = ((octets & 0x7F) << (7 * np.arange(6))).sum(axis=1)
    if not slow:
        return Readings(np.array(numbers, dtype=np.int64), time_ms, value, ignored)
    places, times, values = (list(column) for column in zip(*slow, strict=True))
    return Readings(
        np.concatenate([np.array(numbers, dtype=np.int64), np.array(places, dtype=np.int64)]),
        np.concatenate([time_ms, np.clip(np.array(times, dtype=np.float64), -1e17, 1e17).astype(np.int64)]),
        np.concatenate([value, np.array(values, dtype=np.float64)]),
        ignored,
    )
