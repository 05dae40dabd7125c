"""An alert: one monitor's condition over time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seamark.records.answer import Answer
from seamark.records.evaluation import Status
from seamark.records.monitor import Priority, Severity
from seamark.records.signals import Layer
from seamark.records.window import Window


class AlertState(StrEnum):
    """inactive (nothing stored) → pending → firing → recovering → resolved; answered by a person → resolved."""

    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    ANSWERED = "answered"  # ended for people, and followed in silence until its condition is over
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one window said; kept for as long as `k of n` looks back."""

    window: Window
    status: Status


@dataclass(frozen=True, slots=True)
class Alert:
    """The present state of one condition, with the evidence it stands on."""

    id: str
    fingerprint: str  # "v1:" + SHA-256 of the identity labels
    project: str
    model: str
    version: str
    segment: str
    monitor: str
    signal: str
    statistic: str
    layer: Layer
    severity: Severity
    priority: Priority
    state: AlertState
    evidence: Window  # the window(s) whose breaches made it fire, or keep it firing
    detected_us: int  # when Seamark knew
    updated_us: int
    value: float
    threshold: float
    effect: float
    n: float
    evaluation_seq: int  # the block the newest evidence stands in
    recent: tuple[Outcome, ...] = ()  # newest last
    onset_us: int | None = None  # when it began, estimated from the hours before the evidence
    opened_us: int | None = None  # when it first fired
    resolved_us: int | None = None
    heard_us: int = 0  # the end of the newest window counted: revisions of older ones count nothing
    quiet_windows: int = 0  # in a row, while recovering
    missed_windows: int = 0  # in a row, without data
    no_data: bool = False
    provisional: bool = False
    acknowledged_by: str | None = None
    incident: str | None = None
    about: Window | None = None  # the time that value, threshold, effect and n are about; None of older alerts
    answer: Answer | None = None  # the newest that the fast lane has acted on
    now: float | None = None  # as in the evaluation
    usual: float | None = None
    p: float | None = None
    component: str = ""  # "service/checkout": the machine or service it is about, if it is not about a model

    @property
    def is_trend(self) -> bool:
        """Whether it is about weeks, not about hours."""
        return self.statistic.endswith("trend")
