"""GET /v1/rows."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from seamark.server.context import HttpRequest, OptionalEnd, OptionalStart, as_json, context_of, project_of, window_of


@get("/v1/rows", operation_id="rows", summary="Stored predictions", sync_to_thread=True)
def rows(
    request: HttpRequest,
    model: FromQuery[str],
    start: OptionalStart = None,
    end: OptionalEnd = None,
    version: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=10_000)] = 100,
) -> Response[bytes]:
    """A sample of stored predictions as columns."""
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.questions.rows(
        project_of(request), model, window=window, version=version, limit=limit, now_us=now_us
    )
    return as_json(answer)
