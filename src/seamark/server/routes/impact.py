"""GET /v1/impact."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from seamark.server.context import End, HttpRequest, Start, as_json, context_of, project_of, required_window


@get("/v1/impact", operation_id="impact", summary="Which drift matters", sync_to_thread=True)
def impact(
    request: HttpRequest,
    model: FromQuery[str],
    start: Start,
    end: End,
    version: FromQuery[str] = "",
    target: FromQuery[str | None] = None,
    top: Annotated[int, QueryParameter(ge=1, le=1_000)] = 20,
) -> Response[bytes]:
    """What the drift of each feature should have done to the mean prediction of a window, largest first."""
    services = context_of(request).services
    now_us = services.now_us()
    window = required_window(start, end, now_us)
    answer = services.questions.impact(
        project_of(request), model, window=window, version=version, target=target, top=top, now_us=now_us
    )
    return as_json(answer)
