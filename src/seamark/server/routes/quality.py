"""GET /v1/quality."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from seamark.server.context import HttpRequest, OptionalEnd, OptionalStart, as_json, context_of, project_of, window_of


@get("/v1/quality", operation_id="quality", summary="Realised quality", sync_to_thread=True)
def quality(
    request: HttpRequest,
    model: FromQuery[str],
    start: OptionalStart = None,
    end: OptionalEnd = None,
    version: FromQuery[str] = "",
    segment: FromQuery[str] = "",
) -> Response[bytes]:
    """The metrics of predictions whose outcome is known, per window; by default of the last 30 days."""
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.questions.quality(
        project_of(request), model, window=window, version=version, segment=segment, now_us=now_us
    )
    return as_json(answer)
