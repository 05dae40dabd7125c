"""GET /v1/overview."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from seamark.server.context import HttpRequest, OptionalEnd, OptionalStart, as_json, context_of, project_of, window_of


@get("/v1/overview", operation_id="overview", summary="The heat grid of one model", sync_to_thread=True)
def overview(
    request: HttpRequest,
    model: FromQuery[str],
    start: OptionalStart = None,
    end: OptionalEnd = None,
    version: FromQuery[str] = "",
    segment: FromQuery[str] = "",
    *,
    packed: FromQuery[bool] = False,
) -> Response[bytes]:
    """Monitors by windows with their states, changes and incidents; the last 30 days unless a range is given.

    `packed` rows of cells are base64 of what they are in memory, which a page reads in no time.
    """
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.questions.overview(
        project_of(request), model, window=window, version=version, segment=segment, packed=packed, now_us=now_us
    )
    return as_json(answer)
