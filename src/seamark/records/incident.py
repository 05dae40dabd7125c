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

    kind: str  # "feature" | "component" | "version" | "change" | "traffic" | "groups" | "model" | "outcomes" | ...
    subject: str  # the signal, version, change or component it names
    score: float  # 0..1
    summary: str
    evidence: tuple[str, ...] = ()
    counter_evidence: tuple[str, ...] = ()
    next_step: str = ""
    confidence: str = ""  # "high" | "medium" | "low"; "" of older incidents
    signature: str = ""  # the named pattern that the incident fits, like "bad_release"; "" where none does


class EventKind(StrEnum):
    """What happened to the members of an incident, beyond alerts that join."""

    MERGED = "merged"  # it took over the alerts of another, which is resolved with this
    SPLIT = "split"  # a person took alerts out of it, which are another incident since
    MOVED = "moved"  # an alert that came later showed that some of its alerts belong to another incident
    REOPENED = "reopened"  # the same condition came back within half an hour, or a late alert told of its time


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """A line of an incident's history: who did what when. `by` "" is Seamark itself."""

    at_us: int
    kind: EventKind
    other: str = ""  # the other incident of a merge or a split
    alerts: tuple[str, ...] = ()  # that moved
    by: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One explanation for people. `revision` grows with every change worth storing.

    Its alerts may be about several models and components (`nodes` lists them). `model` is the one it is mostly about,
    "" where it is about machines or services that bear on no single model.
    """

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
    nodes: tuple[str, ...] = ()  # labels of what its alerts are about, as in a topology; () of older incidents
    changes: tuple[str, ...] = ()  # ids of the deploys and other changes that may belong to it
    grounds: str = ""  # why its alerts are taken for one incident, a sentence; "" where there is one alert
    merged_into: str = ""  # the incident that took it over: this one is over
    aftermath_of: str = ""  # the settled incident whose late consequence it seems to be
    history: tuple[IncidentEvent, ...] = ()  # oldest first
