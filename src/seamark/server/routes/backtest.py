"""POST /v1/backtest, GET /v1/backtest/{id}."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

from litestar import Response, get, post
from litestar.params import FromPath

from seamark.server.context import HttpRequest, as_json, context_of, project_of
from seamark.server.routes.batches import required_media
from seamark.wire.media import Media


@post("/v1/backtest", status_code=202, operation_id="beginBacktest", summary="Play a model's stored past")
async def begin_backtest(request: HttpRequest) -> Response[bytes]:
    """Play the stored past of a model under other options, in a process of its own; one at a time.

    The answer names the play; GET /v1/backtest/{id} says how far it is and, in the end, what it found.
    """
    required_media(request, (Media.JSON,))
    context = context_of(request)
    body = await context.bodies.read(request)
    return as_json(await asyncio.to_thread(context.services.backtest, project_of(request), body), 202)


@get("/v1/backtest/{id:str}", operation_id="showBacktest", summary="What a backtest found", sync_to_thread=True)
def show_backtest(request: HttpRequest, id: FromPath[str]) -> Response[bytes]:
    """How a backtest is doing: `running`, `done` with its `report`, or `failed` with an `error`."""
    return as_json(context_of(request).services.backtest_state(project_of(request), unquote(id)))
