"""Silences, and POST /v1/incidents/{incident}/acknowledge: what people say about being told."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

from litestar import Response, delete, get, post
from litestar.params import FromPath

from seamark.server.context import HttpRequest, as_json, caller_of, context_of, project_of
from seamark.server.routes.batches import idempotency_key, required_media
from seamark.wire.media import Media


@post("/v1/silences", status_code=202, operation_id="addSilence", summary="Tell nobody for a while")
async def add_silence(request: HttpRequest) -> Response[bytes]:
    """Tell nobody of incidents all of whose alerts fit, from then until then."""
    required_media(request, (Media.JSON,))
    context = context_of(request)
    body = await context.bodies.read(request)
    by, key = caller_of(request), idempotency_key(request)
    said = await context.services.sayings.silence(project_of(request), body, by=by, idempotency_key=key)
    shown = {"id": said.id, "matchers": [str(each) for each in said.matchers], "by": said.by, "comment": said.comment}
    return as_json({**shown, "from_ms": said.from_us // 1000, "to_ms": said.to_us // 1000}, 202)


@get("/v1/silences", operation_id="listSilences", summary="Silences", sync_to_thread=True)
def list_silences(request: HttpRequest) -> Response[bytes]:
    """Those that are in force or to come, the newest first."""
    services = context_of(request).services
    return as_json(services.post_questions.silences(project_of(request), now_us=services.now_us()))


@delete("/v1/silences/{silence:str}", status_code=202, operation_id="endSilence", summary="End a silence")
async def end_silence(request: HttpRequest, silence: FromPath[str]) -> Response[bytes]:
    """End a silence now."""
    services, project, id_ = context_of(request).services, project_of(request), unquote(silence)
    await asyncio.to_thread(services.post_questions.check_silence, project, id_, now_us=services.now_us())
    at_us = await services.sayings.end_silence(project, id_, by=caller_of(request))
    return as_json({"id": id_, "to_ms": at_us // 1000}, 202)


@post(
    "/v1/incidents/{incident:str}/acknowledge",
    status_code=202,
    operation_id="acknowledgeIncident",
    summary="Say that somebody is at an incident",
)
async def acknowledge(request: HttpRequest, incident: FromPath[str]) -> Response[bytes]:
    """Reminders end, and receivers that can say so say who is at it."""
    context, project, id_ = context_of(request), project_of(request), unquote(incident)
    body = await context.bodies.read(request)
    if body:
        required_media(request, (Media.JSON,))
    await asyncio.to_thread(context.services.post_questions.check_acknowledgeable, project, id_)
    by, key = caller_of(request), idempotency_key(request)
    said = await context.services.sayings.acknowledge(project, id_, body, by=by, idempotency_key=key)
    return as_json({"incident": id_, "by": by, "comment": said.comment, "at_ms": said.at_us // 1000}, 202)
