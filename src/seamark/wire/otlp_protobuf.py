"""OTLP metrics in protobuf: `ExportMetricsServiceRequest`.

A point begins with its times and its value and ends with what names it, so the end is looked up as it stands.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import numpy as np

from seamark.errors import Malformed
from seamark.wire import otlp, protobuf
from seamark.wire.otlp import DELTA, NO_VALUE, Instrument, Points
from seamark.wire.protobuf import BYTES, FIXED64, VARINT, fields
from seamark.wire.readings import Book, Readings

MEDIA: Final = "application/x-protobuf"

_GAUGE, _SUM, _HISTOGRAM, _EXPONENTIAL, _SUMMARY = 5, 7, 9, 10, 11  # of a Metric
_NUMBER: Final = {0x21: struct.Struct("<xQxQxd"), 0x31: struct.Struct("<xQxQxq")}  # start, time, value of a point
_NUMBER_BYTES: Final = 27
_HISTOGRAM_HEAD: Final = struct.Struct("<xQxQxQxd")  # start, time, count, sum of a point
_HISTOGRAM_TAGS: Final = b"\x11\x19\x21\x29\x32"  # nine bytes apart; the last is that of the buckets' counts
_HISTOGRAM_BYTES: Final = 37

_Span = tuple[int, int]


def decode(body: bytes, book: Book) -> Readings:
    """The samples of a request without its compression; raises Malformed."""
    points = Points(book)
    for number, kind, start, end in fields(body, 0, len(body)):
        if number == 1:
            _resource(body, _message(kind, start, end), points)
    return points.readings()


def answer(rejected: int, message: str) -> bytes:
    """`ExportMetricsServiceResponse`: empty where everything was taken."""
    if not rejected:
        return b""
    told = message.encode()
    partial = b"\x08" + _varint(rejected) + b"\x12" + _varint(len(told)) + told
    return b"\x0a" + _varint(len(partial)) + partial


def _resource(body: bytes, span: _Span, points: Points) -> None:
    found = list(fields(body, *span))
    labels: dict[str, str] = {}
    key = b""
    for number, _, start, end in found:
        if number == 1:
            key = body[start:end]
            labels = dict(_attribute(body, *_message(k, a, b)) for n, k, a, b in fields(body, start, end) if n == 1)
    for number, kind, start, end in found:
        if number == 2:
            for inner, inner_kind, first, last in fields(body, *_message(kind, start, end)):
                if inner == 2:
                    _metric(body, _message(inner_kind, first, last), key, labels, points)


def _metric(body: bytes, span: _Span, key: bytes, labels: dict[str, str], points: Points) -> None:
    texts = {1: "", 3: ""}
    data: tuple[int, _Span] | None = None
    for number, kind, start, end in fields(body, *span):
        if number in texts:
            texts[number] = protobuf.text(body, *_message(kind, start, end))
        elif number in (_GAUGE, _SUM, _HISTOGRAM, _EXPONENTIAL, _SUMMARY):
            data = number, _message(kind, start, end)
    if data is None:
        return
    shape, inside = data
    spans: list[_Span] = []
    temporality = monotonic = 0
    for number, kind, start, end in fields(body, *inside):
        if number == 1:
            spans.append(_message(kind, start, end))
        elif number == 2 and kind == VARINT:
            temporality = start
        elif number == 3 and kind == VARINT:
            monotonic = start
    delta = temporality == DELTA and shape != _GAUGE
    if shape == _SUMMARY or (shape == _SUM and delta and not monotonic) or (shape != _GAUGE and not temporality):
        points.ignored += len(spans)
        return
    name = otlp.series_name(texts[1], texts[3], monotonic=bool(monotonic), is_sum=shape == _SUM)
    instrument = Instrument(name, texts[3], labels, delta)
    prefix = b"\0".join([key, texts[1].encode(), texts[3].encode(), bytes([shape, delta, bool(monotonic)])])
    _READERS[shape](body, spans, instrument, prefix, points)


def _numbers(body: bytes, spans: list[_Span], instrument: Instrument, prefix: bytes, points: Points) -> None:
    known = points.book.numbers
    for start, end in spans:
        layout = _NUMBER.get(body[start + 18]) if end - start >= _NUMBER_BYTES and body[start] == 0x11 else None
        number = None if layout is None else known.get(prefix + body[start + _NUMBER_BYTES : end])
        if layout is None or number is None:
            _number_in_full(body, (start, end), instrument, prefix, points)
        else:
            _, time_ns, value = layout.unpack_from(body, start)
            points.numbers.append(number)
            points.times_ns.append(time_ns)
            points.values.append(value)


def _number_in_full(body: bytes, span: _Span, instrument: Instrument, prefix: bytes, points: Points) -> None:
    labels, named = _labels_of(body, span, 7)
    start_ns = time_ns = flags = 0
    value: float | None = None
    for number, kind, start, _ in fields(body, *span):
        if number in (2, 3, 4, 6) and kind == FIXED64:
            whole = int.from_bytes(body[start : start + 8], "little", signed=number == 6)
            if number == 2:
                start_ns = whole
            elif number == 3:
                time_ns = whole
            else:
                value = float(whole) if number == 6 else protobuf.double(body, start)
        elif number == 8 and kind == VARINT:
            flags = start
    if value is None or flags & NO_VALUE:
        points.ignored += 1
        return
    key = prefix + named
    known = points.book.numbers.get(key)
    points.numbers.append(points.book.number(key, instrument.sent(labels, start_ns)) if known is None else known)
    points.times_ns.append(time_ns)
    points.values.append(value)


def _histograms(body: bytes, spans: list[_Span], instrument: Instrument, prefix: bytes, points: Points) -> None:
    known = points.book.groups
    for start, end in spans:
        numbers = None
        if body[start : start + 37 : 9] == _HISTOGRAM_TAGS and end - start > _HISTOGRAM_BYTES:
            size, first = protobuf.varint(body, start + _HISTOGRAM_BYTES, end)
            has_extremes = body[end - 18 : end : 9] == b"\x59\x61"
            numbers = known.get(prefix + body[first + size : end - 18 if has_extremes else end])
        if numbers is None:
            _histogram_in_full(body, (start, end), instrument, prefix, points)
        else:
            _, time_ns, count, total = _HISTOGRAM_HEAD.unpack_from(body, start)
            counts = np.frombuffer(body, "<u8", size // 8, first)
            points.histogram(numbers, time_ns, counts, count, total)


def _histogram_in_full(body: bytes, span: _Span, instrument: Instrument, prefix: bytes, points: Points) -> None:
    counts = bounds = b""
    found = _Times()
    for number, kind, start, end in fields(body, *span):
        if number == 6 and kind == BYTES:
            counts = body[start:end]
        elif number == 7 and kind == BYTES:
            bounds = body[start:end]
        else:
            found.see(body, number, kind, start)
    if found.flags & NO_VALUE:
        points.ignored += 1
        return
    if len(counts) % 8 or len(bounds) % 8:
        raise Malformed("The buckets of a histogram are not whole numbers of 8 bytes.", accepted=MEDIA)
    labels, named = _labels_of(body, span, 9)
    key = prefix + (b"\x3a" + _varint(len(bounds)) + bounds if bounds else b"") + named
    edges = np.frombuffer(bounds, "<f8").tolist()
    numbers = otlp.buckets(points.book, key, instrument, labels, found.start_ns, edges)
    each = np.frombuffer(counts, "<u8").tolist() or [found.count]
    points.histogram(numbers, found.time_ns, each, found.count, found.sum)


def _exponential(body: bytes, spans: list[_Span], instrument: Instrument, prefix: bytes, points: Points) -> None:
    bounds = otlp.grid(instrument.unit)
    for span in spans:
        scale = zeros = offset = 0
        counts: list[int] = []
        found = _Times()
        for number, kind, start, end in fields(body, *span):
            if number == 6 and kind == VARINT:
                scale = protobuf.zigzag(start)
            elif number == 7 and kind == FIXED64:
                zeros = int.from_bytes(body[start:end], "little")
            elif number == 8 and kind == BYTES:
                offset, counts = _packed(body, (start, end))
            elif number == 10 and kind == VARINT:
                found.flags = start
            elif number in (2, 3, 4, 5):
                found.see(body, number, kind, start)
        if found.flags & NO_VALUE or not -10 <= scale <= 20 or abs(offset) > 1 << 31:
            points.ignored += 1
            continue
        labels, named = _labels_of(body, span, 1)
        numbers = otlp.buckets(points.book, prefix + b"\1" + named, instrument, labels, found.start_ns, bounds)
        each = otlp.on_grid(instrument.unit, scale, offset, counts, zeros)
        points.histogram(numbers, found.time_ns, each.tolist(), found.count, found.sum)


_READERS: Final[dict[int, Callable[[bytes, list[_Span], Instrument, bytes, Points], None]]] = {
    _GAUGE: _numbers,
    _SUM: _numbers,
    _HISTOGRAM: _histograms,
    _EXPONENTIAL: _exponential,
}


class _Times:
    """What both kinds of histograms have at the same places."""

    __slots__ = ("count", "flags", "start_ns", "sum", "time_ns")

    def __init__(self) -> None:
        self.start_ns = self.time_ns = self.count = self.flags = 0
        self.sum = 0.0

    def see(self, body: bytes, number: int, kind: int, start: int) -> None:
        """One field."""
        if kind == FIXED64 and number in (2, 3, 4):
            name = {2: "start_ns", 3: "time_ns", 4: "count"}[number]
            setattr(self, name, int.from_bytes(body[start : start + 8], "little"))
        elif kind == FIXED64 and number == 5:
            self.sum = protobuf.double(body, start)
        elif kind == VARINT and number == 10:
            self.flags = start


def _packed(body: bytes, span: _Span) -> tuple[int, list[int]]:
    """(offset, counts) of exponential buckets."""
    offset, counts = 0, []
    for number, kind, start, end in fields(body, *span):
        if number == 1 and kind == VARINT:
            offset = protobuf.zigzag(start)
        elif number == 2 and kind == VARINT:
            counts.append(start)
        elif number == 2 and kind == BYTES:
            while start < end:
                count, start = protobuf.varint(body, start, end)  # noqa: PLW2901 a cursor through the packed numbers
                counts.append(count)
    return offset, counts


def _labels_of(body: bytes, span: _Span, field: int) -> tuple[dict[str, str], bytes]:
    """(labels, the bytes behind the times and the value): what names a point."""
    labels: dict[str, str] = {}
    names: list[bytes] = []
    for number, kind, start, end in fields(body, *span):
        if number == field:
            labels |= dict([_attribute(body, *_message(kind, start, end))])
            size = end - start
            names.append(bytes([field << 3 | 2]) + _varint(size) + body[start:end])
    return labels, b"".join(names)


def _attribute(body: bytes, start: int, end: int) -> tuple[str, str]:
    """A KeyValue as a label; lists and maps have no place in one and are left empty."""
    name = value = ""
    for number, kind, first, last in fields(body, start, end):
        if number == 1:
            name = protobuf.text(body, *_message(kind, first, last))
        elif number == 2:
            for inner, inner_kind, a, b in fields(body, *_message(kind, first, last)):
                if inner == 1 and inner_kind == BYTES:
                    value = protobuf.text(body, a, b)
                elif inner == 2:
                    value = "true" if a else "false"
                elif inner == 3:
                    value = str(protobuf.signed(a))
                elif inner == 4 and inner_kind == FIXED64:
                    value = repr(protobuf.double(body, a))
    return otlp.label_name(name), value


def _message(kind: int, start: int, end: int) -> _Span:
    if kind != BYTES:
        raise Malformed("The body is not an OTLP metrics request: a message is missing.", accepted=MEDIA)
    return start, end


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
