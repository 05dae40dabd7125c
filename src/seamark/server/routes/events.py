"""GET /v1/events: tells the screen when to ask again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from litestar import get
from litestar.exceptions import HTTPException
from litestar.response import Stream

from seamark.server.context import Context, HttpRequest, context_of, project_of

_POLL_SECONDS = 1.0
_SILENT_POLLS = 15  # then a comment keeps proxies from closing the stream
_MAX_STREAMS = 100


@get("/v1/events", operation_id="events", summary="When the screen changed", media_type="text/event-stream")
async def events(request: HttpRequest) -> Stream:
    """A server-sent event `{"revision": n}` at the start and whenever evaluations or incidents changed."""
    project_of(request)  # whatever project: a revision tells nothing but that something changed
    context = context_of(request)
    if context.streams >= _MAX_STREAMS:
        raise HTTPException(status_code=503, detail=f"{_MAX_STREAMS} event streams are open already; poll instead.")
    return Stream(_revisions(context), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _revisions(context: Context) -> AsyncIterator[bytes]:
    """Revisions as they change, until the server stops."""
    context.streams += 1
    try:
        sent: int | None = None
        silent = 0
        while not context.stopping:
            revision = await asyncio.to_thread(context.services.revision)
            if revision != sent:
                sent, silent = revision, 0
                yield b'data: {"revision": %d}\n\n' % revision
            elif silent >= _SILENT_POLLS:
                silent = 0
                yield b": still here\n\n"
            silent += 1
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        context.streams -= 1
