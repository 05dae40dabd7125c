"""POST /v1/alerts/{alert}/{answer} and /v1/incidents/{incident}/{answer}: what people say was the matter."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

from litestar import Response, post
from litestar.params import FromPath

from seamark.records.answer import Subject
from seamark.server.context import HttpRequest, as_json, caller_of, context_of, project_of
from seamark.server.routes.batches import idempotency_key, required_media
from seamark.wire.documents import answer_kind
from seamark.wire.media import Media


@post(
    "/v1/alerts/{alert:str}/{answer:str}", status_code=202, operation_id="answerAlert", summary="Say what an alert was"
)
async def answer_alert(request: HttpRequest, alert: FromPath[str], answer: FromPath[str]) -> Response[bytes]:
    """`accept`, `expected`, `dismiss` or `resolve` an alert, with a comment; a later answer replaces an earlier one."""
    return await _take(request, "alert", alert, answer)


@post(
    "/v1/incidents/{incident:str}/{answer:str}",
    status_code=202,
    operation_id="answerIncident",
    summary="Say what an incident was",
)
async def answer_incident(request: HttpRequest, incident: FromPath[str], answer: FromPath[str]) -> Response[bytes]:
    """The same answer for every open alert of an incident."""
    return await _take(request, "incident", incident, answer)


async def _take(request: HttpRequest, subject: Subject, id: str, word: str) -> Response[bytes]:
    context, project = context_of(request), project_of(request)
    kind = answer_kind(unquote(word))
    body = await context.bodies.read(request)
    if body:
        required_media(request, (Media.JSON,))
    answerable = context.services.questions.answerable
    given = await asyncio.to_thread(answerable, project, subject, unquote(id), kind)
    by, key = caller_of(request), idempotency_key(request)
    at_us, comment = await context.services.sayings.answer(project, given, body, by=by, idempotency_key=key)
    said = {"answer": kind.value, "alerts": [each.alert for each in given], "by": by, "comment": comment}
    return as_json({**said, "at_ms": at_us // 1000}, 202)
