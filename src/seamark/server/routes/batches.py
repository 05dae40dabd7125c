"""How predictions and outcomes are taken: the same raw body, the same acknowledgement."""

from __future__ import annotations

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException

from seamark.errors import InvalidInput
from seamark.records.log import EntryKind
from seamark.server.context import HttpRequest, context_of, project_of
from seamark.server.problems import PROBLEM_TYPE, problem
from seamark.wire.media import BATCH_MEDIA, Media, media_of
from seamark.wire.submission import Receipt, Submission

_LISTED_REFUSALS = 1_000
_KEY_CHARS = 256


async def take(request: HttpRequest, kind: EntryKind, *, model: str, version: str, partial: bool) -> Response[bytes]:
    """Read, submit, acknowledge."""
    context = context_of(request)
    media = required_media(request, BATCH_MEDIA)
    key = idempotency_key(request)
    body = await context.bodies.read(request)
    submission = Submission(kind, project_of(request), media, body, model, version, partial, key)
    return _acknowledge(await context.services.door.submit(submission), partial=partial)


def required_media(request: HttpRequest, accepted: tuple[Media, ...]) -> Media:
    """The format of the body; raises HTTPException 415."""
    header = request.headers.get("content-type", "")
    media = media_of(header, accepted)
    if media is None:
        listed = ", ".join(accepted)
        raise HTTPException(
            status_code=415,
            detail=f"Content-Type {header[:80]!r} cannot be read here; send {listed}.",
            headers={"Accept": listed},
        )
    return media


def idempotency_key(request: HttpRequest) -> str | None:
    """The key under which a repeated batch is recognised; raises InvalidInput for an impossible one."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= _KEY_CHARS:
        raise InvalidInput(
            f"Idempotency-Key has {len(key):,} characters; send 1 to {_KEY_CHARS}.",
            field="Idempotency-Key",
            accepted=f"1 to {_KEY_CHARS} characters",
        )
    return key


def _acknowledge(receipt: Receipt, *, partial: bool) -> Response[bytes]:
    """202 with the number of rows that are durable; 422 when a partial batch had no good row."""
    answer: dict[str, object] = {"accepted": receipt.accepted}
    if partial:
        answer["refused"] = [
            {"row": each.row, "field": each.field, "value": each.value, "message": each.message}
            for each in receipt.refused[:_LISTED_REFUSALS]
        ]
        answer["refused_rows"] = len(receipt.refused)
    if receipt.seq is not None:
        return Response(msgspec.json.encode(answer), status_code=202, media_type="application/json")
    found = problem(
        422, f"Every row was refused. The first: row {receipt.refused[0].row}: {receipt.refused[0].message}"
    )
    merged = msgspec.to_builtins(found) | answer
    return Response(msgspec.json.encode(merged), status_code=422, media_type=PROBLEM_TYPE)
