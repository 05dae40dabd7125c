"""GET /metrics: Seamark about itself, and every drift distance, for Prometheus."""

from __future__ import annotations

from litestar import Response, get
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.process_collector import ProcessCollector

from seamark.records.measurement import Measurement, MeasurementKind
from seamark.server.context import Context, HttpRequest, context_of, project_of
from seamark.server.exposition import MEDIA, exposition


@get("/metrics", operation_id="metrics", summary="Prometheus exposition", sync_to_thread=True)
def metrics(request: HttpRequest) -> Response[bytes]:
    """Counters of ingest and HTTP, the store's facts, and the distance of every monitor."""
    project_of(request)  # whatever project: the numbers are of the whole server
    context = context_of(request)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    own = exposition([*context.services.measurements(), *_http(context)])
    return Response(own + generate_latest(registry), media_type=MEDIA)


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
