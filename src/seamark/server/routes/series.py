"""GET /v1/series."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import Parameter

from seamark.server.context import HttpRequest, as_json, context_of, project_of, window_of


@get("/v1/series", operation_id="series", summary="One monitor over time", sync_to_thread=True)
def series(
    request: HttpRequest,
    model: str,
    monitor: str,
    start: Annotated[str | None, Parameter(query="from")] = None,
    end: Annotated[str | None, Parameter(query="to")] = None,
) -> Response[bytes]:
    """A monitor's values and thresholds, by window and by version."""
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    return as_json(services.questions.series(project_of(request), model, monitor, window=window, now_us=now_us))
