"""GET /v1/groups."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from seamark.server.context import End, HttpRequest, Start, as_json, context_of, project_of, required_window


@get("/v1/groups", operation_id="groups", summary="How groups are selected", sync_to_thread=True)
def groups(
    request: HttpRequest,
    model: FromQuery[str],
    dimension: FromQuery[str],
    start: Start,
    end: End,
    selected: FromQuery[str] = "",
) -> Response[bytes]:
    """The selection rate of every group of a dimension with its interval, and the widest gap between two of them."""
    services = context_of(request).services
    now_us = services.now_us()
    window = required_window(start, end, now_us)
    answer = services.questions.groups(
        project_of(request), model, dimension, window=window, selected=selected, now_us=now_us
    )
    return as_json(answer)
