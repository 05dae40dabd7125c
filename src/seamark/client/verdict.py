"""What an answer means for its batch, and how long to wait before the next attempt. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from seamark.client.reasons import Reason
from seamark.client.transport import Answer
from seamark.wire.json import ACKNOWLEDGEMENT_FIELDS, REFUSAL_FIELDS

_LATER: Final = frozenset({408, 425, 429, 502, 503, 504})  # says nothing against the batch: wait for better times
_FAILURES: Final = 5  # of one batch inside the server, before the batch is taken for the cause
_MAX_RETRY_AFTER_SECONDS: Final = 300.0
_DROPS: Final = {
    401: Reason.UNAUTHORISED,
    403: Reason.UNAUTHORISED,
    404: Reason.NOT_FOUND,
    413: Reason.TOO_LARGE,
}


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The server has the batch, all but `refused` rows."""

    refused: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """Sending the batch again would not help."""

    reason: Reason
    why: str


@dataclass(frozen=True, slots=True)
class Again:
    """Send it again, not before `least_seconds` (None: when the client likes)."""

    least_seconds: float | None
    why: str
    suspect: bool = False  # the batch itself may be what the server fails on


def judge(answer: Answer, rows: int, failures: int) -> Acknowledged | Lost | Again:
    """What to do with a batch of `rows` rows after this answer; `failures` counts its earlier suspect ones."""
    status = answer.status
    if status // 100 == 2:
        return _acknowledged(answer, rows)
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


def _acknowledged(answer: Answer, rows: int) -> Acknowledged:
    refused = (answer.body or {}).get(ACKNOWLEDGEMENT_FIELDS[1])
    if not isinstance(refused, list) or not refused:
        return Acknowledged()
    first = refused[0] if isinstance(refused[0], dict) else {}
    said = [str(first[field]) for field in REFUSAL_FIELDS if field in first]
    return Acknowledged(min(len(refused), rows), f"The server refused rows; the first: {' '.join(said):.300}")


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
