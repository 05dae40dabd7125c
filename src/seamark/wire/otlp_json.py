"""OTLP metrics in JSON: the protobuf messages by their JSON names, 64-bit numbers as texts.

The attributes of a point are looked up in the bytes they came in; only those that are not known are taken apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from seamark.errors import Malformed
from seamark.wire import otlp
from seamark.wire.otlp import CUMULATIVE, DELTA, NO_VALUE, Instrument, Points
from seamark.wire.readings import Book, Readings

MEDIA: Final = "application/json"

_TEMPORALITIES: Final = {
    "AGGREGATION_TEMPORALITY_DELTA": DELTA,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": CUMULATIVE,
}
_NONE: Final = Raw(b"[]")
_LATEST_NS: Final = 1 << 63

Number = int | float | str  # of 64 bits


class _Buckets(Struct, rename="camel", frozen=True, gc=False):
    offset: Number = 0
    bucket_counts: list[Number] = []


class _Point(Struct, rename="camel", frozen=True, gc=False):
    """Of any shape."""

    time_unix_nano: Number | None = None
    start_time_unix_nano: Number = 0
    as_int: Number | None = None
    as_double: Number | None = None
    attributes: Raw = _NONE
    flags: Number = 0
    count: Number = 0
    sum: Number = 0
    bucket_counts: list[Number] = []
    explicit_bounds: list[Number] = []
    scale: Number = 0
    zero_count: Number = 0
    positive: _Buckets = _Buckets()

    @property
    def time_ns(self) -> int:
        if self.time_unix_nano is None:
            raise ValueError("a point has no time")
        time_ns = int(self.time_unix_nano)
        if not 0 <= time_ns < _LATEST_NS:
            raise ValueError(f"the time {time_ns}")
        return time_ns


class _Data(Struct, rename="camel", frozen=True, gc=False):
    data_points: list[_Point] = []
    aggregation_temporality: int | str = 0
    is_monotonic: bool = False


class _Metric(Struct, rename="camel", frozen=True, gc=False):
    name: str
    unit: str = ""
    gauge: _Data | None = None
    sum: _Data | None = None
    histogram: _Data | None = None
    exponential_histogram: _Data | None = None
    summary: _Data | None = None


class _Scope(Struct, frozen=True, gc=False):
    metrics: list[_Metric] = []


class _Resource(Struct, frozen=True, gc=False):
    attributes: Raw = _NONE


class _OfResource(Struct, rename="camel", frozen=True, gc=False):
    resource: _Resource = _Resource()
    scope_metrics: list[_Scope] = []


class _Request(Struct, rename="camel", frozen=True, gc=False):
    resource_metrics: list[_OfResource] = []


_SHAPES: Final = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_REQUEST: Final = msgspec.json.Decoder(_Request)


def decode(body: bytes, book: Book) -> Readings:
    """The samples of a request without its compression; raises Malformed."""
    points = Points(book)
    try:
        for each in _REQUEST.decode(body).resource_metrics:
            labels = _labels(each.resource.attributes)
            for scope in each.scope_metrics:
                for metric in scope.metrics:
                    _metric(metric, bytes(each.resource.attributes), labels, points)
    except (msgspec.ValidationError, AttributeError, TypeError, ValueError, KeyError, OverflowError) as error:
        raise Malformed(f"The body is not an OTLP metrics request: {error}.", accepted=MEDIA) from None
    except msgspec.DecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.", accepted=MEDIA) from None
    return points.readings()


def answer(rejected: int, message: str) -> bytes:
    """`ExportMetricsServiceResponse`: empty where everything was taken."""
    if not rejected:
        return b"{}"
    return json.dumps({"partialSuccess": {"rejectedDataPoints": str(rejected), "errorMessage": message}}).encode()


def _metric(metric: _Metric, key: bytes, resource: dict[str, str], points: Points) -> None:
    shape = next((each for each in _SHAPES if getattr(metric, each) is not None), None)
    if shape is None:
        return
    data: _Data = getattr(metric, shape)
    said, monotonic = data.aggregation_temporality, data.is_monotonic
    temporality = _TEMPORALITIES.get(said, 0) if isinstance(said, str) else said
    delta = temporality == DELTA and shape != "gauge"
    unread = shape == "summary" or (shape == "sum" and delta and not monotonic)
    if unread or (shape != "gauge" and temporality not in (DELTA, CUMULATIVE)):
        points.ignored += len(data.data_points)
        return
    name = otlp.series_name(metric.name, metric.unit, monotonic=monotonic, is_sum=shape == "sum")
    instrument = Instrument(name, metric.unit, resource, delta)
    if shape in ("gauge", "sum"):
        _numbers(data.data_points, shape, instrument, key, points)
    else:
        for point in data.data_points:
            _buckets(point, shape, instrument, points)


def _numbers(found: Sequence[_Point], shape: str, instrument: Instrument, key: bytes, points: Points) -> None:
    known, delta = points.book.numbers, bytes([instrument.delta])
    prefix = b"\0".join([key, instrument.name.encode(), instrument.unit.encode(), shape.encode(), delta, b""])
    for point in found:
        if int(point.flags) & NO_VALUE:
            points.ignored += 1
            continue
        time_ns, value = point.time_ns, point.as_double if point.as_int is None else point.as_int
        if value is None:
            raise ValueError("a point has no value")
        key = prefix + point.attributes
        number = known.get(key)
        if number is None:
            number = _entered(point, shape, instrument, key, points.book)
        points.numbers.append(number)
        points.times_ns.append(time_ns)
        points.values.append(float(value))


def _entered(point: _Point, shape: str, instrument: Instrument, key: bytes, book: Book) -> int:
    """The number of a series by what it is called, which attributes in another order or spacing do not change."""
    labels = _labels(point.attributes)
    called = _called(shape, instrument, labels)
    number = book.numbers.get(called)
    if number is None:
        number = book.number(called, instrument.sent(labels, int(point.start_time_unix_nano)))
        if called in book.numbers:
            book.numbers[key] = number
    return number


def _called(shape: str, of: Instrument, labels: Mapping[str, str]) -> bytes:
    return json.dumps([of.name, of.unit, shape, of.delta, of.resource, labels], sort_keys=True).encode()


def _buckets(point: _Point, shape: str, instrument: Instrument, points: Points) -> None:
    if int(point.flags) & NO_VALUE:
        points.ignored += 1
        return
    total = int(point.count)
    if shape == "histogram":
        bounds = [float(each) for each in point.explicit_bounds]
        counts = [float(each) for each in point.bucket_counts] or [float(total)]
    else:
        bounds, positive = list(otlp.grid(instrument.unit)), point.positive
        scale, offset = int(point.scale), int(positive.offset)
        if not -10 <= scale <= 20 or abs(offset) > 1 << 31:
            points.ignored += 1
            return
        each = [int(count) for count in positive.bucket_counts]
        counts = otlp.on_grid(instrument.unit, scale, offset, each, int(point.zero_count)).tolist()
    labels, start_ns = _labels(point.attributes), int(point.start_time_unix_nano)
    key = _called(shape, instrument, labels) + f"{bounds}".encode()
    numbers = otlp.buckets(points.book, key, instrument, labels, start_ns, bounds)
    points.histogram(numbers, point.time_ns, counts, total, float(point.sum))


def _labels(attributes: Raw) -> dict[str, str]:
    """Attributes as labels; lists and maps have no place in one and are left empty."""
    return {
        otlp.label_name(each["key"]): _text(each.get("value", {})) for each in msgspec.json.decode(bytes(attributes))
    }


def _text(value: Mapping[str, Any]) -> str:
    if "boolValue" in value:
        return "true" if value["boolValue"] else "false"
    found = next((value[name] for name in ("stringValue", "intValue", "doubleValue") if name in value), "")
    return str(found)
