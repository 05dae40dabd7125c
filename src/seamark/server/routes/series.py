"""GET /v1/series."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from seamark.server.context import HttpRequest, OptionalEnd, OptionalStart, as_json, context_of, project_of, window_of


@get("/v1/series", operation_id="series", summary="One monitor over time", sync_to_thread=True)
def series(
    request: HttpRequest,
    model: FromQuery[str],
    monitor: FromQuery[str],
    start: OptionalStart = None,
    end: OptionalEnd = None,
    version: FromQuery[str] = "",
    segment: FromQuery[str] = "",
    *,
    versions: FromQuery[bool] = True,
) -> Response[bytes]:
    """A monitor's values and thresholds, by window and, unless `versions=false`, by version."""
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.questions.series(
        project_of(request),
        model,
        monitor,
        window=window,
        version=version,
        segment=segment,
        versions=versions,
        now_us=now_us,
    )
    return as_json(answer)
