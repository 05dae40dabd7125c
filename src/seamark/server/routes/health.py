"""GET /healthz and /readyz."""

from __future__ import annotations

from litestar import Response, get

from seamark.server.context import HttpRequest, as_json, context_of


@get("/healthz", operation_id="healthz", summary="Is the process alive?", sync_to_thread=False)
def healthz() -> Response[bytes]:
    """200 as long as the process answers."""
    return as_json({"status": "ok"})


@get("/readyz", operation_id="readyz", summary="Can it take requests?", sync_to_thread=True)
def readyz(request: HttpRequest) -> Response[bytes]:
    """200, or 503 with the reason while stopping or when the store is broken."""
    context = context_of(request)
    trouble = "Seamark is stopping." if context.stopping else context.services.trouble()
    if trouble is not None:
        return as_json({"status": "unready", "reason": trouble}, 503)
    return as_json({"status": "ok"})
