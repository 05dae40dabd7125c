"""POST /v1/metrics."""

from __future__ import annotations

from litestar import Response, post
from litestar.exceptions import HTTPException

from seamark.server.context import HttpRequest, context_of, project_of
from seamark.wire import otlp_json, otlp_protobuf

_FORMATS = {each.MEDIA: each for each in (otlp_protobuf, otlp_json)}


@post("/v1/metrics", status_code=200, operation_id="sendMetrics", summary="Take metrics from OpenTelemetry")
async def send_metrics(request: HttpRequest) -> Response[bytes]:
    """Take metrics as OTLP/HTTP sends them, in protobuf or JSON; what was not taken is said in `partial_success`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMATS:
        raise HTTPException(
            status_code=415,
            detail=f"Content-Type {kind[:80]!r} cannot be read here; send {' or '.join(_FORMATS)}.",
            headers={"Accept": ", ".join(_FORMATS)},
        )
    wire = _FORMATS[kind]
    context = context_of(request)
    body = await context.bodies.read(request)
    taken = await context.services.metrics_door.submit(project_of(request), body, wire.decode)
    return Response(wire.answer(taken.rejected, taken.message), media_type=kind)
