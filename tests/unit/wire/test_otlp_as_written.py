"""A whole request as a collector writes it in JSON: enums by name, 64-bit numbers as texts, more than one resource."""

import json

from tests.unit.wire.test_remote_write import Known

from seamark.wire import otlp_json

TIMES = {"startTimeUnixNano": "1764000000000000000", "timeUnixNano": "1764000060000000000"}

DOCUMENT = {
    "resourceMetrics": [
        {
            "resource": {
                "attributes": [
                    {"key": "service.name", "value": {"stringValue": "fraud-api"}},
                    {"key": "service.instance.id", "value": {"stringValue": "627cc493"}},
                    {"key": "process.pid", "value": {"intValue": "17"}},
                    {"key": "process.command_args", "value": {"arrayValue": {"values": [{"stringValue": "run"}]}}},
                ],
                "droppedAttributesCount": 0,
            },
            "scopeMetrics": [
                {
                    "scope": {
                        "name": "opentelemetry.instrumentation.fastapi",
                        "version": "0.60b0",
                    },
                    "metrics": [
                        {
                            "name": "http.server.request.duration",
                            "description": "Duration of HTTP server requests.",
                            "unit": "s",
                            "histogram": {
                                "aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA",
                                "dataPoints": [
                                    {
                                        **TIMES,
                                        "attributes": [
                                            {"key": "http.route", "value": {"stringValue": "/predict"}},
                                            {"key": "http.response.status_code", "value": {"intValue": "200"}},
                                        ],
                                        "count": "6",
                                        "sum": 0.75,
                                        "bucketCounts": ["4", "1", "1"],
                                        "explicitBounds": [0.1, 0.25],
                                        "exemplars": [],
                                        "min": 0.01,
                                        "max": 0.4,
                                    }
                                ],
                            },
                        },
                        {
                            "name": "http.server.active_requests",
                            "unit": "{request}",
                            "sum": {
                                "aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE",
                                "isMonotonic": False,
                                "dataPoints": [{**TIMES, "asInt": "3"}],
                            },
                        },
                    ],
                }
            ],
            "schemaUrl": "https://opentelemetry.io/schemas/1.37.0",
        },
        {
            "scopeMetrics": [
                {
                    "metrics": [
                        {
                            "name": "process.cpu.time",
                            "unit": "s",
                            "sum": {
                                "aggregationTemporality": 2,
                                "isMonotonic": True,
                                "dataPoints": [
                                    {
                                        **TIMES,
                                        "attributes": [{"key": "cpu.mode", "value": {"stringValue": "user"}}],
                                        "asDouble": 12.5,
                                    }
                                ],
                            },
                        }
                    ]
                }
            ]
        },
    ]
}
NAME = "http_server_request_duration_seconds"


def test_a_request_of_a_collector_is_read_in_full():
    known = Known()
    found = otlp_json.decode(json.dumps(DOCUMENT).encode(), known.book)
    told = {}
    for number, value in zip(found.series.tolist(), found.value.tolist(), strict=True):
        told[known.sent[number].name, known.sent[number].labels.get("le", "")] = value
    assert told == {
        (f"{NAME}_bucket", "0.1"): 4,
        (f"{NAME}_bucket", "0.25"): 5,
        (f"{NAME}_bucket", "inf"): 6,
        (f"{NAME}_count", ""): 6,
        (f"{NAME}_sum", ""): 0.75,
        ("http_server_active_requests", ""): 3,
        ("process_cpu_time_seconds_total", ""): 12.5,
    }
    assert set(found.time_ms.tolist()) == {1_764_000_060_000}
    assert found.ignored == 0


def test_labels_are_those_of_the_resource_and_of_the_point():
    known = Known()
    otlp_json.decode(json.dumps(DOCUMENT).encode(), known.book)
    count = next(sent for sent in known.sent if sent.name == f"{NAME}_count")
    assert count.labels == {
        "service_name": "fraud-api",
        "service_instance_id": "627cc493",
        "process_pid": "17",
        "process_command_args": "",
        "http_route": "/predict",
        "http_response_status_code": "200",
    }
    assert count.delta
    cpu = next(sent for sent in known.sent if sent.name.startswith("process_cpu"))
    assert (cpu.labels, cpu.delta, cpu.start_us) == ({"cpu_mode": "user"}, False, 1_764_000_000_000_000)
