"""How predictions and outcomes are taken: the same raw body, the same acknowledgement."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException

from seamark.errors import InvalidInput
from seamark.records.log import EntryKind
from seamark.server.asgi import Sent
from seamark.server.context import Context, HttpRequest, context_of, project_of
from seamark.server.problems import PROBLEM_TYPE, problem
from seamark.wire.media import BATCH_MEDIA, Media, media_of
from seamark.wire.submission import Receipt, Submission

_LISTED_REFUSALS = 1_000
_KEY_CHARS = 256


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What is said back about a batch."""

    status: int
    media_type: str
    body: bytes


async def answer(request: HttpRequest, kind: EntryKind, *, model: str, version: str, partial: bool) -> Response[bytes]:
    """`take` for a route."""
    said = await take(context_of(request), request, kind, model=model, version=version, partial=partial)
    return Response(said.body, status_code=said.status, media_type=said.media_type)


async def take(
    context: Context, sent: Sent, kind: EntryKind, *, model: str, version: str, partial: bool
) -> Acknowledgement:
    """Read, submit, acknowledge."""
    media = required_media(sent, BATCH_MEDIA)
    key = idempotency_key(sent)
    body = await context.bodies.read(sent)
    submission = Submission(kind, project_of(sent), media, body, model, version, partial, key)
    return _acknowledge(await context.services.door.submit(submission), partial=partial)


def required_media(request: Sent, accepted: tuple[Media, ...]) -> Media:
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


def idempotency_key(request: Sent) -> str | None:
    """The key under which a repeated batch is recognised; raises InvalidInput for an impossible one."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= _KEY_CHARS:
        raise InvalidInput(
            f"Idempotency-Key has {len(key):,} characters; send 1 to {_KEY_CHARS}.",
            field="Idempotency-Key",
            accepted=f"1 to {_KEY_CHARS} characters",
        )
    return key


def _acknowledge(receipt: Receipt, *, partial: bool) -> Acknowledgement:
    """202 with the number of rows that are durable; 422 when a partial batch had no good row."""
    counts: dict[str, object] = {"accepted": receipt.accepted}
    if partial:
        counts["refused"] = [
            {"row": each.row, "field": each.field, "value": each.value, "message": each.message}
            for each in receipt.refused[:_LISTED_REFUSALS]
        ]
        counts["refused_rows"] = len(receipt.refused)
    if receipt.seq is not None:
        return Acknowledgement(202, "application/json", msgspec.json.encode(counts))
    found = problem(
        422, f"Every row was refused. The first: row {receipt.refused[0].row}: {receipt.refused[0].message}"
    )
    merged = msgspec.to_builtins(found) | counts
    return Acknowledgement(422, PROBLEM_TYPE, msgspec.json.encode(merged))
