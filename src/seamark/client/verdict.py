"""What an answer means for its batch, and how long to wait before the next attempt. Pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, NamedTuple

from seamark.client.reasons import Reason
from seamark.client.transport import Answer
from seamark.wire.json import REFUSED_FIELD, REFUSED_ROWS_FIELD

_LATER: Final = frozenset({408, 425, 429, 502, 503, 504, 507})  # says nothing against the batch: wait for better times
_FAILURES: Final = 5  # of one batch inside the server, before the batch is taken for the cause
_MAX_RETRY_AFTER_SECONDS: Final = 300.0
_DROPS: Final = {
    401: Reason.UNAUTHORISED,
    403: Reason.UNAUTHORISED,
    404: Reason.NOT_FOUND,
    413: Reason.TOO_LARGE,
}


class Acknowledged(NamedTuple):
    """The server has the batch, all but `refused` rows."""

    refused: int = 0
    why: str = ""


class Lost(NamedTuple):
    """Sending the batch again would not help."""

    reason: Reason
    why: str


class Again(NamedTuple):
    """Send it again, not before `least_seconds` (None: when the client likes)."""

    least_seconds: float | None
    why: str
    suspect: bool = False  # the batch itself may be what the server fails on


def judge(answer: Answer, rows: int, failures: int) -> Acknowledged | Lost | Again:
    """What to do with a batch of `rows` rows after this answer; `failures` counts its earlier suspect ones."""
    status = answer.status
    refused, first = _refusals(answer)
    if status // 100 == 2:
        return Acknowledged(min(refused, rows), first)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and refused:
        return Lost(Reason.REFUSED, first)
    why = _reported(answer)
    suspect = status >= 500 and status not in _LATER
    if status in _LATER or (suspect and failures + 1 < _FAILURES):
        after = answer.retry_after_seconds
        return Again(None if after is None else min(after, _MAX_RETRY_AFTER_SECONDS), why, suspect)
    return Lost(Reason.SERVER_ERROR if suspect else _DROPS.get(status, Reason.REJECTED), why)


def backoff_seconds(attempt: int, chance: float, first: float, most: float) -> float:
    """Full jitter: uniform (by `chance` in [0, 1)) below `first` doubled with each attempt, at most `most`.

    Attempts count from 1. A fleet that lost its server together does not come back together
    (Brooker, "Exponential Backoff And Jitter", 2015).
    """
    return chance * min(most, first * 2.0 ** min(attempt - 1, 60))


def _refusals(answer: Answer) -> tuple[int, str]:
    """How many rows of a partial batch were refused, and a sentence with the first."""
    body = answer.body or {}
    listed = body.get(REFUSED_FIELD)
    if not isinstance(listed, list) or not listed:
        return 0, ""
    counted = body.get(REFUSED_ROWS_FIELD)
    first = listed[0].get("message", "") if isinstance(listed[0], dict) else ""
    return counted if type(counted) is int else len(listed), f"The server refused rows; the first: {first!s:.300}"


def _reported(answer: Answer) -> str:
    """Status and what the server said about it (`application/problem+json`)."""
    body = answer.body or {}
    said = body.get("detail") or body.get("title") or _phrase(answer.status)
    return f"The server answered {answer.status}: {said!s:.300}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status."
