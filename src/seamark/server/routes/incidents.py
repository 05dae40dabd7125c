"""GET /v1/incidents and /v1/incidents/{id}."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Response, get
from litestar.params import Parameter

from seamark.server.context import HttpRequest, as_json, context_of, project_of, window_of


@get("/v1/incidents", operation_id="listIncidents", summary="Incidents", sync_to_thread=True)
def list_incidents(
    request: HttpRequest,
    model: str | None = None,
    state: Literal["open", "resolved"] | None = None,
    start: Annotated[str | None, Parameter(query="from")] = None,
    end: Annotated[str | None, Parameter(query="to")] = None,
) -> Response[bytes]:
    """Incidents, newest first."""
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.questions.incidents(project_of(request), model=model, state=state, window=window, now_us=now_us)
    return as_json(answer)


@get("/v1/incidents/{incident:str}", operation_id="incident", summary="One incident", sync_to_thread=True)
def show_incident(request: HttpRequest, incident: str) -> Response[bytes]:
    """One incident with its alerts and candidate causes."""
    services = context_of(request).services
    return as_json(services.questions.incident(project_of(request), incident, now_us=services.now_us()))
