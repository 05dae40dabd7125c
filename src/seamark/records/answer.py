"""What people say about an alert, and what that means for the baselines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

MOST_COMMENT_CHARS = 2_000

Subject = Literal["alert", "incident"]  # what is answered; an incident stands for its open alerts


class AnswerKind(StrEnum):
    """An answer ends the alert; the four differ in what the time of the alert teaches."""

    ACCEPT = "accept"  # the new normal: the baseline is seeded anew from what came lately
    EXPECTED = "expected"  # an event that was known: its time is left out for ever
    RESOLVE = "resolve"  # a fault that has been repaired: its time is left out for ever
    DISMISS = "dismiss"  # a false alarm: its time is as good as any, and counts as one when thresholds are set

    @property
    def meaning(self) -> str:
        """For people: what an alert was that got this answer."""
        return _MEANINGS[self]


_MEANINGS = {
    AnswerKind.ACCEPT: "new normal",
    AnswerKind.EXPECTED: "expected event",
    AnswerKind.RESOLVE: "resolved",
    AnswerKind.DISMISS: "false alarm",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answer to one alert. Of several to the same alert the newest counts; the others are its history."""

    id: str
    project: str
    model: str
    alert: str
    fingerprint: str
    kind: AnswerKind
    version: str
    segment: str
    monitor: str
    signal: str
    from_us: int  # the estimated onset of what is answered
    at_us: int
    by: str = ""  # the name of the token; "" where the server is open to this machine
    comment: str = ""
    calibration: int | None = None  # the one in force then: any other one has learned from this answer


def newest(answers: Iterable[Answer]) -> dict[str, Answer]:
    """The answer that counts, by alert; `answers` are the oldest first."""
    return {answer.alert: answer for answer in answers}
