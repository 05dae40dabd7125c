"""POST /v1/changes."""

from __future__ import annotations

from litestar import Response, post

from seamark.server.context import HttpRequest, as_json, context_of, project_of
from seamark.server.routes.batches import idempotency_key, required_media
from seamark.wire.media import Media


@post("/v1/changes", status_code=202, operation_id="sendChange", summary="Log a change")
async def send_change(request: HttpRequest) -> Response[bytes]:
    """Log a deploy, a change of configuration, data or feature pipeline; answered when it is durable."""
    required_media(request, (Media.JSON,))
    context = context_of(request)
    body = await context.bodies.read(request)
    change = await context.services.door.change(project_of(request), body, idempotency_key(request))
    return as_json({"id": change.id}, 202)
