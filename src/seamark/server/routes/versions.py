"""GET /v1/versions."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from seamark.server.context import End, HttpRequest, Start, as_json, context_of, project_of, required_window


@get("/v1/versions", operation_id="versions", summary="Versions side by side", sync_to_thread=True)
def versions(request: HttpRequest, model: FromQuery[str], start: Start, end: End) -> Response[bytes]:
    """Each version of a model against all others in the same hours: does it answer differently, or get other rows?"""
    services = context_of(request).services
    now_us = services.now_us()
    window = required_window(start, end, now_us)
    return as_json(services.questions.versions(project_of(request), model, window=window, now_us=now_us))
