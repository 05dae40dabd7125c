"""POST /v1/kserve."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromQuery

from seamark.server.context import HttpRequest, context_of, project_of
from seamark.wire.inference_events import halves


@post("/v1/kserve", status_code=200, operation_id="sendInference", summary="Take inferences from a serving stack")
async def send_inference(
    request: HttpRequest, model: FromQuery[str] = "", version: FromQuery[str] = ""
) -> Response[bytes]:
    """Take requests and responses as KServe's and Seldon's loggers send them: as CloudEvents, binary or JSON.

    Answered at once, before they are joined, read and logged. `model` and `version` go before what the events say.
    """
    context = context_of(request)
    body = await context.bodies.read(request)
    found = halves(request.headers, body, model=model, version=version)
    context.services.inference_log.take(project_of(request), found)
    return Response(b"")
