"""The outbox: messages that must reach somebody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seamark.records.alert import Alert
from seamark.records.incident import Incident
from seamark.records.log import Change
from seamark.records.metric import Component
from seamark.records.monitor import Priority
from seamark.records.verdict import VerdictBlock


class DeliveryState(StrEnum):
    """waiting (→ batched | digest) → pending → delivered, or dead after a permanent failure; or folded."""

    WAITING = "waiting"  # not let out yet: for what may follow at once, or because it is muted
    BATCHED = "batched"  # for its receiver's next batch
    DIGEST = "digest"  # for its receiver's next digest
    PENDING = "pending"  # let out: its words are final, and it is tried until it arrives
    DELIVERED = "delivered"
    DEAD = "dead"
    FOLDED = "folded"  # told within another message, or over before it had to be told: `note` says which


SETTLED = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.FOLDED)
HELD = (DeliveryState.WAITING, DeliveryState.BATCHED)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of one incident revision to one receiver; these and the occasion are its identity.

    News that have not been routed have the receiver "". A summary of several incidents has an id of its own in the
    place of the incident's.
    """

    incident: str
    revision: int
    receiver: str
    reason: str  # see `notify.notifier.REASONS`
    payload: bytes  # JSON the notifier renders
    created_us: int
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_us: int = 0  # when it is looked at again
    last_error: str = ""
    occasion: str = ""  # what else is said of the same revision: "reminder_1", "acknowledged"
    priority: Priority = Priority.P2
    released_us: int = 0  # when it was let out
    note: str = ""  # why it waits, or where it was told

    @property
    def identity(self) -> tuple[str, int, str, str]:
        """(incident, revision, receiver, occasion)."""
        return self.incident, self.revision, self.receiver, self.occasion


@dataclass(frozen=True, slots=True)
class Thread:
    """What one receiver has been told of one incident; a storm has a thread, too."""

    incident: str
    receiver: str
    open: bool
    revision: int  # the newest that was let out
    priority: Priority
    told_us: int  # when the newest message was let out
    alarmed_us: int = 0  # when it was first told with priority P1
    reminders: int = 0
    acknowledged: bool = False  # whether it was told that somebody has acknowledged it
    reference: str = ""  # by which the receiver knows the message: an id, a number of a ticket
    shared: bool = False  # the message of the reference is about other incidents, too


@dataclass(frozen=True, slots=True)
class PostStep:
    """What one look of the post office changes; applied in one transaction, or not at all."""

    deliveries: tuple[Delivery, ...] = ()  # whole, replacing by identity
    routed: tuple[Delivery, ...] = ()  # news that have become deliveries to receivers, and leave the outbox
    threads: tuple[Thread, ...] = ()  # whole, replacing by (incident, receiver)


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
    changes: tuple[Change, ...] = ()  # that metrics told of; replacing by id
