"""The log: what arrived, in the order it was acknowledged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntryKind(StrEnum):
    """What a log entry holds, and so how its payload reads."""

    PREDICTIONS = "predictions"  # Arrow IPC stream, canonical columns (records.rows)
    OUTCOMES = "outcomes"  # Arrow IPC stream, canonical columns
    REFERENCE = "reference"  # Arrow IPC stream, canonical columns: becomes bin set and baseline
    ATTRIBUTIONS = "attributions"  # Arrow IPC stream of feature.X and attribution.X columns
    CHANGE = "change"  # JSON
    ACTION = "action"  # JSON: what a person did


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One accepted batch or action, before it has a place in the log."""

    kind: EntryKind
    project: str
    model: str  # "" where it concerns no single model
    received_us: int
    rows: int
    payload: bytes
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """A log entry with its place: `seq` increases by append order, from 1."""

    seq: int
    entry: LogEntry


@dataclass(frozen=True, slots=True)
class SetAside:
    """An entry that could not be accounted for, so that those after it could be. It stays in the log."""

    seq: int
    at_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something people or systems did to the model or its surroundings."""

    id: str
    project: str
    kind: str  # deploy | config | data | feature_pipeline
    time_us: int
    summary: str
    model: str | None = None
    service: str | None = None
    version: str | None = None
    url: str | None = None
