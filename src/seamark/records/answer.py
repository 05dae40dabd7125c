"""What people say about an alert, and what that means for the baselines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AnswerKind(StrEnum):
    """An answer ends the alert; the four differ in what the time of the alert teaches."""

    ACCEPT = "accept"  # the new normal: the baseline is seeded anew from the onset on
    EXPECTED = "expected"  # an event that was known: its time is left out for ever
    RESOLVE = "resolve"  # a fault that has been repaired: its time is left out for ever
    DISMISS = "dismiss"  # a false alarm: its time is as good as any, and counts as one when thresholds are set


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answer to one alert."""

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
    by: str = ""
    comment: str = ""
