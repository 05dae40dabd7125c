"""POST /v1/outcomes."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromQuery

from seamark.records.log import EntryKind
from seamark.server.context import HttpRequest
from seamark.server.routes.batches import answer


@post("/v1/outcomes", status_code=202, operation_id="sendOutcomes", summary="Log what came true")
async def send_outcomes(
    request: HttpRequest, model: FromQuery[str] = "", *, partial: FromQuery[bool] = False
) -> Response[bytes]:
    """Log a batch of outcomes, which may arrive before their predictions; answered when it is durable."""
    return await answer(request, EntryKind.OUTCOMES, model=model, version="", partial=partial)
