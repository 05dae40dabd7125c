"""Metrics pushed by the real senders: OpenTelemetry's own library, and Debian's Prometheus."""

import os

import httpx
import numpy as np
import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from tests.acceptance.prometheus import IS_HERE, Exporter, prometheus
from tests.acceptance.serving import serve, until

from seamark.clock import MINUTE_US, now_us
from seamark.records.window import Window
from seamark.store.backends.local import LocalStore

pytestmark = pytest.mark.acceptance

QUICK = "[metrics]\nflush_seconds = 0.2\n"


def totals(served):
    """(component, metric) → everything stored of it, after the server has stopped."""
    store = LocalStore(served.data)
    try:
        found = store.metrics.read("default", Window(now_us() - 30 * MINUTE_US, now_us() + MINUTE_US))
    finally:
        store.close()
    return {(each.series.component.name, each.series.metric): np.nansum(each.values, axis=1).tolist() for each in found}


@pytest.mark.parametrize("temporality", ["delta", "cumulative"])
@pytest.mark.parametrize(
    "views", [(), (View(instrument_name="*.duration", aggregation=ExponentialBucketHistogramAggregation()),)]
)
def test_an_opentelemetry_sdk_pushes_and_every_request_is_counted_once(tmp_path, temporality, views):
    wanted = AggregationTemporality[temporality.upper()]
    with serve(tmp_path / "server", QUICK) as served:
        exporter = OTLPMetricExporter(
            f"{served.address}/v1/metrics", preferred_temporality={Counter: wanted, Histogram: wanted}
        )
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
        provider = MeterProvider([reader], Resource({"service.name": "api", "service.instance.id": "1"}), views=views)
        latency = provider.get_meter("test").create_histogram("http.server.request.duration", "s")
        for number, status in enumerate((200, 200, 503, 404, 200)):
            latency.record(0.25, {"http.route": "/predict", "http.response.status_code": status})
            if number % 2:
                assert reader.force_flush()
        provider.shutdown()
        served.stop()
        found = totals(served)
    assert found["api", "requests"] == [5]
    assert (found["api", "server_errors"], found["api", "client_errors"]) == ([1], [1])
    assert max(found["api", "latency_seconds"]) == 5
    assert found["api", "latency_sum_seconds"] == [1.25]


@pytest.mark.skipif(not IS_HERE and not os.environ.get("CI"), reason="needs Debian's prometheus")
def test_a_real_prometheus_pushes_by_remote_write_and_every_error_is_counted(tmp_path):
    exporter = Exporter()
    exporter.serve(times=1_000)
    with serve(tmp_path / "server", QUICK) as served:
        with prometheus(tmp_path / "prometheus", exporter.port, remote_write=f"{served.address}/api/v1/write"):
            until(lambda: served.counted("seamark_metric_samples_total", fate="accepted") > 20, 60)
            exporter.serve(times=20)
            exporter.serve("5xx", times=5)
            before = served.counted("seamark_metric_samples_total", fate="accepted")
            until(lambda: served.counted("seamark_metric_samples_total", fate="accepted") > before + 60, 60)
        served.stop()
        found = totals(served)
    exporter.stop()
    assert found["api", "requests"] == [25]
    assert found["api", "server_errors"] == [5]
    assert max(found["api", "latency_seconds"]) == 25
    assert found[f"api/127.0.0.1:{exporter.port}", "checks"][0] > 1


@pytest.mark.skipif(not IS_HERE and not os.environ.get("CI"), reason="needs Debian's prometheus")
def test_a_real_prometheus_is_asked_and_a_target_that_dies_is_seen(tmp_path):
    exporter = Exporter()
    exporter.serve(times=100)
    with prometheus(tmp_path / "prometheus", exporter.port) as address:
        until(lambda: _up(address) == ["1"], 30)
        exporter.broken = True
        until(lambda: _up(address) == ["0"], 30)
        asked = f'[sources.cluster]\ntype = "prometheus"\nurl = "{address}"\nevery_seconds = 0.5\n'
        with serve(tmp_path / "server", QUICK + asked) as served:
            until(lambda: served.counted("seamark_lane_steps_total", lane="source cluster") > 1)
            until(lambda: served.counted("seamark_metric_samples_total", fate="accepted") > 0, 150)
            assert served.counted("seamark_lane_failures_total", lane="source cluster") == 0
            served.stop()
            found = totals(served)
    exporter.stop()
    checks, failed = (found[f"api/127.0.0.1:{exporter.port}", name][0] for name in ("checks", "failed_checks"))
    assert checks >= failed >= 1


def _up(address):
    answer = httpx.get(f"{address}/api/v1/query", params={"query": "up"}).json()
    return [each["value"][1] for each in answer["data"]["result"]]
