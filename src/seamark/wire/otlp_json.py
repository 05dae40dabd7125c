"""OTLP metrics in JSON: the protobuf messages by their JSON names, 64-bit numbers as texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from seamark.errors import Malformed
from seamark.wire import otlp
from seamark.wire.otlp import CUMULATIVE, DELTA, NO_VALUE, Instrument, Points
from seamark.wire.readings import Book, Readings

MEDIA: Final = "application/json"

_TEMPORALITIES: Final = {
    "AGGREGATION_TEMPORALITY_DELTA": DELTA,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": CUMULATIVE,
}
_SHAPES: Final = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")


def decode(body: bytes, book: Book) -> Readings:
    """The samples of a request without its compression; raises Malformed."""
    points = Points(book)
    try:
        document = msgspec.json.decode(body)
        for each in document.get("resourceMetrics", ()):
            labels = _labels(each.get("resource", {}).get("attributes", ()))
            for scope in each.get("scopeMetrics", ()):
                for metric in scope.get("metrics", ()):
                    _metric(metric, labels, points)
    except msgspec.DecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.", accepted=MEDIA) from None
    except (AttributeError, TypeError, ValueError, KeyError, OverflowError) as error:
        raise Malformed(f"The body is not an OTLP metrics request: {error}.", accepted=MEDIA) from None
    return points.readings()


def answer(rejected: int, message: str) -> bytes:
    """`ExportMetricsServiceResponse`: empty where everything was taken."""
    if not rejected:
        return b"{}"
    return json.dumps({"partialSuccess": {"rejectedDataPoints": str(rejected), "errorMessage": message}}).encode()


def _metric(metric: Mapping[str, Any], resource: dict[str, str], points: Points) -> None:
    shape = next((each for each in _SHAPES if each in metric), None)
    if shape is None:
        return
    data = metric[shape]
    temporality = data.get("aggregationTemporality", 0)
    temporality = _TEMPORALITIES.get(temporality, temporality)
    monotonic = bool(data.get("isMonotonic", False))
    delta = temporality == DELTA and shape != "gauge"
    found = data.get("dataPoints", ())
    unread = shape == "summary" or (shape == "sum" and delta and not monotonic)
    if unread or (shape != "gauge" and temporality not in (DELTA, CUMULATIVE)):
        points.ignored += len(found)
        return
    unit = metric.get("unit", "")
    name = otlp.series_name(metric["name"], unit, monotonic=monotonic, is_sum=shape == "sum")
    instrument = Instrument(name, unit, resource, delta)
    prefix = json.dumps([name, unit, shape, delta, resource], sort_keys=True)
    for point in found:
        if int(point.get("flags", 0)) & NO_VALUE:
            points.ignored += 1
        else:
            _point(point, shape, instrument, prefix, points)


def _point(point: Mapping[str, Any], shape: str, instrument: Instrument, prefix: str, points: Points) -> None:
    labels = _labels(point.get("attributes", ()))
    start_ns, time_ns = int(point.get("startTimeUnixNano", 0)), int(point["timeUnixNano"])
    if not 0 <= time_ns < 1 << 63:
        raise ValueError(f"the time {time_ns}")
    key = f"{prefix}{sorted(labels.items())}"
    if shape in ("gauge", "sum"):
        value = point["asInt"] if "asInt" in point else point["asDouble"]
        number = points.book.numbers.get(key.encode())
        if number is None:
            number = points.book.number(key.encode(), instrument.sent(labels, start_ns))
        points.numbers.append(number)
        points.times_ns.append(time_ns)
        points.values.append(float(value))
        return
    total, summed = int(point.get("count", 0)), float(point.get("sum", 0.0))
    if shape == "histogram":
        bounds = [float(each) for each in point.get("explicitBounds", ())]
        counts = [float(each) for each in point.get("bucketCounts", ())] or [float(total)]
    else:
        bounds, positive = list(otlp.grid(instrument.unit)), point.get("positive", {})
        scale, offset = int(point.get("scale", 0)), int(positive.get("offset", 0))
        if not -10 <= scale <= 20 or abs(offset) > 1 << 31:
            points.ignored += 1
            return
        each = [int(count) for count in positive.get("bucketCounts", ())]
        counts = otlp.on_grid(instrument.unit, scale, offset, each, int(point.get("zeroCount", 0))).tolist()
    numbers = otlp.buckets(points.book, f"{key}{bounds}".encode(), instrument, labels, start_ns, bounds)
    points.histogram(numbers, time_ns, counts, total, summed)


def _labels(attributes: Any) -> dict[str, str]:
    """Attributes as labels; lists and maps have no place in one and are left empty."""
    return {otlp.label_name(each["key"]): _text(each.get("value", {})) for each in attributes}


def _text(value: Mapping[str, Any]) -> str:
    if "boolValue" in value:
        return "true" if value["boolValue"] else "false"
    found = next((value[name] for name in ("stringValue", "intValue", "doubleValue") if name in value), "")
    return str(found)
