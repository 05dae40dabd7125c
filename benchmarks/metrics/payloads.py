"""Requests as a Prometheus and as OpenTelemetry's exporters send them, of series that a bundled stack profile reads."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

import pyarrow as pa

STATUSES = ("200", "404", "500")
EXTRA = {"namespace": "ml", "container": "server", "endpoint": "http", "prometheus": "monitoring/k8s", "region": "eu-1"}
NS = 1_000_000


def remote_write(series: int, a_request: int, time_ms: int) -> list[bytes]:
    """One sample of each series, in requests of so many, compressed; 11 labels each."""
    written = [_series(number, time_ms) for number in range(series)]
    requests = (b"".join(written[at : at + a_request]) for at in range(0, series, a_request))
    return [pa.compress(request, codec="snappy", asbytes=True) for request in requests]


def numbers(series: int, a_request: int, time_ms: int) -> list[bytes]:
    """OTLP protobuf: one point of each of so many totals, five attributes each."""
    points = [
        b"\x11" + struct.pack("<Q", (time_ms - 60_000) * NS) + b"\x19" + struct.pack("<Q", time_ms * NS) + b"\x21"
        + struct.pack("<d", float(time_ms % 1000)) + _attributes(number, 7)
        for number in range(series)
    ]  # fmt: skip
    return [
        _otlp(b"\x0a" + _text("http_server_request_duration_seconds_count") + b"\x3a", points[at : at + a_request])
        for at in range(0, series, a_request)
    ]


def histograms(series: int, a_request: int, time_ms: int) -> list[bytes]:
    """OTLP protobuf: one histogram point of each series, with 14 bounds (so 17 samples) and five attributes."""
    bounds = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
    points = [
        b"\x11" + struct.pack("<Q", (time_ms - 60_000) * NS) + b"\x19" + struct.pack("<Q", time_ms * NS) + b"\x21"
        + struct.pack("<Q", 150) + b"\x29" + struct.pack("<d", 7.5)
        + b"\x32" + _sized(struct.pack("<15Q", *range(time_ms % 7, time_ms % 7 + 15)))
        + b"\x3a" + _sized(struct.pack("<14d", *bounds)) + _attributes(number, 9)
        for number in range(series)
    ]  # fmt: skip
    head = b"\x0a" + _text("http.server.request.duration") + b"\x1a" + _text("s") + b"\x4a"
    return [_otlp(head, points[at : at + a_request]) for at in range(0, series, a_request)]


def json_numbers(series: int, a_request: int, time_ms: int) -> list[bytes]:
    """The same as `numbers` in JSON."""
    points = [
        {
            "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in _labels(number).items()],
            "startTimeUnixNano": str((time_ms - 60_000) * NS),
            "timeUnixNano": str(time_ms * NS),
            "asDouble": float(time_ms % 1000),
        }
        for number in range(series)
    ]
    return [
        json.dumps(
            {
                "resourceMetrics": [
                    {
                        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "api"}}]},
                        "scopeMetrics": [
                            {
                                "metrics": [
                                    {
                                        "name": "http_server_request_duration_seconds_count",
                                        "sum": {
                                            "dataPoints": points[at : at + a_request],
                                            "aggregationTemporality": 2,
                                            "isMonotonic": False,
                                        },
                                    }
                                ]
                            }
                        ],
                    }
                ]
            }
        ).encode()
        for at in range(0, series, a_request)
    ]


def _series(number: int, time_ms: int) -> bytes:
    labels = {
        "__name__": "http_requests_total",
        "job": f"service-{number % 200}",
        "instance": f"10.0.{number % 250}.{number % 97}:8000",
        "pod": f"service-{number % 200}-{number:x}",
        "handler": f"/v1/models/{number % 50}/predict",
        "status": STATUSES[number % 3],
        **EXTRA,
    }
    pairs = (b"\x0a" + _text(name) + b"\x12" + _text(value) for name, value in sorted(labels.items()))
    parts = b"".join(b"\x0a" + _sized(pair) for pair in pairs)
    sample = b"\x09" + struct.pack("<d", 1000.0 + time_ms % 1000) + b"\x10" + _varint(time_ms)
    return b"\x0a" + _sized(parts + b"\x12" + _sized(sample))


def _labels(number: int) -> dict[str, str]:
    return {
        "service.name": f"service-{number % 200}",
        "http.route": f"/v1/models/{number % 50}/predict",
        "http.request.method": "POST",
        "http.response.status_code": STATUSES[number % 3],
        "server.address": f"10.0.{number % 250}.{number % 97}",
    }


def _attributes(number: int, field: int) -> bytes:
    tag = bytes([field << 3 | 2])
    return b"".join(tag + _sized(each) for each in map(_pair, _labels(number).items()))


def _pair(item: tuple[str, str]) -> bytes:
    return b"\x0a" + _text(item[0]) + b"\x12" + _sized(b"\x0a" + _text(item[1]))


def _otlp(head: bytes, points: list[bytes]) -> bytes:
    """Resource, scope and one metric around points; `head` ends with the tag of the metric's data."""
    data = b"".join(b"\x0a" + _sized(point) for point in points) + b"\x10\x02"
    resource = b"\x0a" + _sized(b"\x0a" + _sized(_pair(("service.name", "api"))))
    scope = b"\x12" + _sized(b"\x12" + _sized(head + _sized(data)))
    return b"\x0a" + _sized(resource + scope)


def _text(text: str) -> bytes:
    return _sized(text.encode())


def _sized(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _varint(value: int) -> bytes:
    return b"".join(_octets(value))


def _octets(value: int) -> Iterator[bytes]:
    while value >= 0x80:
        yield bytes([value & 0x7F | 0x80])
        value >>= 7
    yield bytes([value])
