"""GET /v1/components, and the metrics and rules of one."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from seamark.server.context import HttpRequest, OptionalEnd, OptionalStart, as_json, context_of, project_of, window_of


@get("/v1/components", operation_id="components", summary="What there are metrics of", sync_to_thread=True)
def list_components(request: HttpRequest) -> Response[bytes]:
    """Machines, containers, processes, services, endpoints: as columns, with the metrics of each."""
    return as_json(context_of(request).services.metric_questions.components(project_of(request)))


@get(
    "/v1/components/{kind:str}/rules",
    operation_id="componentRules",
    summary="What one component is held to",
    sync_to_thread=True,
)
def component_rules(
    request: HttpRequest,
    kind: FromPath[str],
    name: FromQuery[str],
    start: OptionalStart = None,
    end: OptionalEnd = None,
) -> Response[bytes]:
    """Each rule as a series with its threshold; the last three hours unless a range is given."""
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.metric_questions.component_rules(project_of(request), kind, name, window=window, now_us=now_us)
    return as_json(answer)


@get(
    "/v1/components/{kind:str}/metrics",
    operation_id="componentMetrics",
    summary="The metrics of one component",
    sync_to_thread=True,
)
def component_metrics(
    request: HttpRequest,
    kind: FromPath[str],
    name: FromQuery[str],
    start: OptionalStart = None,
    end: OptionalEnd = None,
) -> Response[bytes]:
    """All its series on one grid of time; the last three hours unless a range is given."""
    services = context_of(request).services
    now_us = services.now_us()
    window = window_of(start, end, now_us)
    answer = services.metric_questions.component_metrics(project_of(request), kind, name, window=window, now_us=now_us)
    return as_json(answer)
