"""POST /v1/metrics and POST /api/v1/write."""

import gzip
import json

import numpy as np
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from tests.unit.server.wiring import FakeServices, ask
from tests.unit.wire.test_otlp import as_json, message
from tests.unit.wire.writing import labelled, request, series, snappy, varint

from seamark import clock
from seamark.clock import MINUTE_US
from seamark.records.window import Window

WRITE = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


def now_ms():
    return clock.now_us() // 1_000


def memory(time_ms=None, **labels):
    named = labelled("process_resident_memory_bytes", job="api", instance="a", **labels)
    return request(series(named, (time_ms or now_ms(), 5.0)))


def exported(time_ns=None):
    request, metrics = message(service_name="api", service_instance_id="a")
    used = metrics.add(name="process.memory.usage", unit="By").gauge.data_points
    used.add(time_unix_nano=time_ns or now_ms() * 1_000_000, as_int=5)
    return request


def stored(services):
    services.metrics_door.flush()
    now_us = clock.now_us()
    found = services.store.metrics.read("default", Window(now_us - 5 * MINUTE_US, now_us + MINUTE_US))
    return {(each.series.component.name, each.series.metric): bool(np.nanmax(each.values[1]) > 0) for each in found}


@pytest.fixture
def services():
    return FakeServices()


def test_remote_write_is_taken_without_a_word(services):
    answer = ask(services, "POST", "/api/v1/write", content=snappy(memory()), headers=WRITE)
    assert (answer.status_code, answer.content) == (204, b"")
    assert stored(services) == {("api/a", "memory_bytes"): True}


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
        {"Content-Type": "application/json"},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "identity"},
    ],
)
def test_other_forms_of_remote_write_are_answered_415_so_that_the_sender_falls_back(services, headers):
    answer = ask(services, "POST", "/api/v1/write", content=snappy(memory()), headers={**WRITE, **headers})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\x0a", 400),
        (snappy(b"\x0a\xff"), 400),
        (snappy(request(series({"no": "name"}))), 400),
        (varint(2**32 - 1) + b"\x00", 413),
    ],
)
def test_what_cannot_be_read_is_refused_for_good(services, body, status):
    answer = ask(services, "POST", "/api/v1/write", content=body, headers=WRITE)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_when_no_sample_is_of_the_present_the_sender_is_told(services):
    answer = ask(services, "POST", "/api/v1/write", content=snappy(memory(time_ms=1_000_000_000_000)), headers=WRITE)
    assert answer.status_code == 422
    assert "1 samples are older than 24 hours" in answer.json()["detail"]


def test_while_the_store_cannot_be_written_the_sender_shall_try_again(services, monkeypatch):
    monkeypatch.setattr("seamark.ingest.metrics_door._WAITING", -1)
    answer = ask(services, "POST", "/api/v1/write", content=snappy(memory()), headers=WRITE)
    assert answer.status_code == 503


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("media", ["application/x-protobuf", "application/json", "application/json; charset=utf-8"])
def test_otlp_is_taken_in_both_encodings(services, media, encoding):
    body = as_json(exported()) if "json" in media else exported().SerializeToString()
    headers = {"Content-Type": media, "Content-Encoding": encoding}
    answer = ask(
        services, "POST", "/v1/metrics", content=gzip.compress(body) if encoding == "gzip" else body, headers=headers
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media.partition(";")[0])
    assert answer.content == (b"{}" if "json" in media else b"")
    assert stored(services) == {("api/a", "memory_bytes"): True}


def test_what_otlp_points_were_not_taken_is_said_in_the_answer(services):
    old = exported(time_ns=10**18)
    answers = [
        ask(services, "POST", "/v1/metrics", content=body, headers={"Content-Type": media})
        for media, body in (("application/x-protobuf", old.SerializeToString()), ("application/json", as_json(old)))
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    said = ExportMetricsServiceResponse.FromString(answers[0].content).partial_success
    assert (said.rejected_data_points, said.error_message) == (1, "1 samples are older than 24 hours")
    assert json.loads(answers[1].content)["partialSuccess"]["rejectedDataPoints"] == "1"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [("text/csv", b"", 415), ("application/json", b"{", 400), ("application/x-protobuf", b"\x0a", 400)],
)
def test_what_is_no_otlp_is_refused(services, content_type, body, status):
    answer = ask(services, "POST", "/v1/metrics", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
