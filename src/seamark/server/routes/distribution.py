"""GET /v1/distribution."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from seamark.server.context import End, HttpRequest, Start, as_json, context_of, project_of, required_window


@get("/v1/distribution", operation_id="distribution", summary="Baseline against window", sync_to_thread=True)
def distribution(
    request: HttpRequest,
    model: FromQuery[str],
    signal: FromQuery[str],
    start: Start,
    end: End,
    version: FromQuery[str] = "",
    segment: FromQuery[str] = "",
) -> Response[bytes]:
    """The shares of a signal's bins in the baseline and in a window, with every distance between them."""
    services = context_of(request).services
    now_us = services.now_us()
    window = required_window(start, end, now_us)
    answer = services.questions.distribution(
        project_of(request), model, signal, window=window, version=version, segment=segment, now_us=now_us
    )
    return as_json(answer)
