"""An incident: the alerts that belong together, and why they may have happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seamark.records.monitor import Priority, Severity
from seamark.records.signals import Layer
from seamark.records.window import Window


class IncidentState(StrEnum):
    """An incident is open while any of its alerts fires or recovers."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Cause:
    """A candidate cause, with what speaks for and against it."""

    kind: str  # "feature" | ...
    subject: str  # the signal, version, change or component it names
    score: float  # 0..1
    summary: str
    evidence: tuple[str, ...] = ()
    counter_evidence: tuple[str, ...] = ()
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One explanation for people. `revision` grows with every change worth storing."""

    id: str
    project: str
    model: str
    title: str
    state: IncidentState
    severity: Severity
    priority: Priority
    layers: tuple[Layer, ...]
    alerts: tuple[str, ...]  # alert ids, in order of joining
    evidence: Window
    opened_us: int
    updated_us: int
    revision: int = 1
    onset_us: int | None = None
    resolved_us: int | None = None
    causes: tuple[Cause, ...] = ()  # best first; empty = no clear cause
    ended: str = ""  # what people said it was, a sentence; "" while it is open and where it ended by itself
