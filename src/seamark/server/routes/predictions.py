"""POST /v1/predictions."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromQuery

from seamark.records.log import EntryKind
from seamark.server.context import HttpRequest
from seamark.server.routes.batches import answer


@post("/v1/predictions", status_code=202, operation_id="sendPredictions", summary="Log predictions")
async def send_predictions(
    request: HttpRequest, model: FromQuery[str] = "", version: FromQuery[str] = "", *, partial: FromQuery[bool] = False
) -> Response[bytes]:
    """Log a batch of predictions; answered when it is durable.

    JSON rows or columns, or an Arrow IPC stream (then `model` and `version` are query parameters). With `partial`,
    wrong rows are listed in the answer and the others accepted.
    """
    return await answer(request, EntryKind.PREDICTIONS, model=model, version=version, partial=partial)
