"""GET /metrics: Seamark about itself, and every drift distance, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from litestar import Response, get
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from seamark.records.measurement import Measurement, MeasurementKind
from seamark.server.context import Context, HttpRequest, context_of, project_of

_FAMILIES = {MeasurementKind.COUNTER: CounterMetricFamily, MeasurementKind.GAUGE: GaugeMetricFamily}


class _Measured(Collector):
    """What is measured at this moment."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._measurements = measurements

    def collect(self) -> Iterator[Metric]:
        """One family per measurement."""
        for each in self._measurements:
            family = _FAMILIES[each.kind](each.name, each.help, labels=each.labels)
            for values, value in each.samples:
                family.add_metric(values, value)
            yield family


@get("/metrics", operation_id="metrics", summary="Prometheus exposition", sync_to_thread=True)
def metrics(request: HttpRequest) -> Response[bytes]:
    """Counters of ingest and HTTP, the store's facts, and the distance of every monitor."""
    project_of(request)  # whatever project: the numbers are of the whole server
    context = context_of(request)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Measured([*context.services.measurements(), *_http(context)]))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _http(context: Context) -> list[Measurement]:
    answers = tuple(
        ((method, str(status)), float(count)) for (method, status), count in sorted(context.answers.items())
    )
    return [
        Measurement("seamark_http_responses", "HTTP answers.", MeasurementKind.COUNTER, ("method", "status"), answers),
        Measurement(
            "seamark_http_event_streams", "Open event streams.", MeasurementKind.GAUGE, (), (((), context.streams),)
        ),
    ]
