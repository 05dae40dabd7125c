"""GET /v1/incidents and /v1/incidents/{id}."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from seamark.errors import InvalidInput
from seamark.server.context import HttpRequest, OptionalEnd, OptionalStart, as_json, context_of, project_of, window_of


@get("/v1/incidents", operation_id="listIncidents", summary="Incidents", sync_to_thread=True)
def list_incidents(
    request: HttpRequest,
    model: FromQuery[str | None] = None,
    only: Annotated[str | None, QueryParameter(name="state", description="open or resolved; default: both.")] = None,
    start: OptionalStart = None,
    end: OptionalEnd = None,
) -> Response[bytes]:
    """Incidents, newest first."""
    if only not in (None, "open", "resolved"):
        raise InvalidInput(
            f"state {only[:80]!r} is not a state of incidents; send open or resolved.",
            field="state",
            value=only[:80],
            accepted="open or resolved",
        )
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.questions.incidents(project_of(request), model=model, state=only, window=window, now_us=now_us)
    return as_json(answer)


@get("/v1/incidents/{incident:str}", operation_id="incident", summary="One incident", sync_to_thread=True)
def show_incident(request: HttpRequest, incident: FromPath[str]) -> Response[bytes]:
    """One incident with its alerts and candidate causes."""
    services = context_of(request).services
    return as_json(services.questions.incident(project_of(request), unquote(incident), now_us=services.now_us()))
