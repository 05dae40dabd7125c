"""The outbox: messages that must reach somebody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seamark.records.alert import Alert
from seamark.records.incident import Incident
from seamark.records.metric import Component
from seamark.records.verdict import VerdictBlock


class DeliveryState(StrEnum):
    """pending until delivered, or dead after a permanent failure."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of one incident revision to one receiver; the three together are its identity."""

    incident: str
    revision: int
    receiver: str
    reason: str  # "opened" | "priority" | "cause" | "resolved"
    payload: bytes  # JSON the notifier renders
    created_us: int
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_us: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class FastStep:
    """What one step of the fast lane changes; applied in one transaction, or not at all."""

    evaluations_through: int  # evaluation blocks up to this seq are now accounted for
    alerts: tuple[Alert, ...] = ()  # whole, replacing by id
    dropped_alerts: tuple[str, ...] = ()  # pending alerts that came to nothing
    incidents: tuple[Incident, ...] = ()  # whole, replacing by id
    deliveries: tuple[Delivery, ...] = ()
    verdicts: tuple[VerdictBlock, ...] = ()  # about components; whole, replacing by component and hour
    heard: tuple[tuple[Component, int], ...] = ()  # when anything was last heard of components, the old value replaced
    judged_us: int | None = None  # the moment these speak of; None where the step is about something else
    forget_verdicts_us: int = 0  # those of hours that ended by then
