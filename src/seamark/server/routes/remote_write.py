"""POST /api/v1/write."""

from __future__ import annotations

from litestar import post
from litestar.exceptions import HTTPException

from seamark.errors import InvalidInput
from seamark.server.context import HttpRequest, context_of, project_of
from seamark.wire import remote_write


@post("/api/v1/write", status_code=204, operation_id="remoteWrite", summary="Take metrics from a Prometheus")
async def send_samples(request: HttpRequest) -> None:
    """Take samples as Prometheus' remote-write 1.0 sends them: protobuf in a snappy block.

    Version 2 is answered 415, upon which the sender falls back to this one.
    """
    kind = request.headers.get("content-type", "")
    if remote_write.V2 in kind or not kind.startswith(remote_write.MEDIA):
        raise HTTPException(
            status_code=415,
            detail=f"Content-Type {kind[:80]!r} cannot be read here; send remote-write 1.0 ({remote_write.MEDIA}).",
            headers={"Accept": remote_write.MEDIA},
        )
    context = context_of(request)
    body = await context.bodies.read_snappy(request)
    taken = await context.services.metrics_door.submit(project_of(request), body, remote_write.decode)
    if taken.rejected and not taken.accepted:
        raise InvalidInput(f"No sample was taken: {taken.message}.", accepted="samples of the present")
