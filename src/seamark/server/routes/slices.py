"""GET /v1/slices."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from seamark.server.context import End, HttpRequest, Start, as_json, context_of, project_of, required_window


@get("/v1/slices", operation_id="slices", summary="Where answers changed", sync_to_thread=True)
def slices(
    request: HttpRequest,
    model: FromQuery[str],
    start: Start,
    end: End,
    target: FromQuery[str | None] = None,
    top: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Response[bytes]:
    """The parts of the traffic, of one or two features, in which the model's answers changed; takes seconds."""
    services = context_of(request).services
    now_us = services.now_us()
    window = required_window(start, end, now_us)
    answer = services.questions.slices(project_of(request), model, window=window, target=target, top=top, now_us=now_us)
    return as_json(answer)
