"""What the stages look at, and what they have decided so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from seamark.notify.business import Calendar
from seamark.notify.notifier import Item, Message
from seamark.notify.outbox import written
from seamark.records.delivery import Delivery, DeliveryState, Thread
from seamark.records.monitor import Priority

Key = tuple[str, str]  # (incident, receiver)

SILENT: Final = ("member", "acknowledged")  # change what was said; nobody is disturbed
ALARMING: Final = ("opened", "priority", "cause", "reminder")


@dataclass(frozen=True, slots=True)
class Notice:
    """A delivery with the message in it."""

    delivery: Delivery
    message: Message

    @property
    def key(self) -> Key:
        """Its thread."""
        return self.delivery.incident, self.delivery.receiver

    @property
    def age(self) -> tuple[int, str, int, str, str]:
        """Sorts as the outbox does."""
        each = self.delivery
        return each.created_us, each.incident, each.revision, each.receiver, each.occasion

    @property
    def is_over(self) -> bool:
        """Whether the incident is."""
        return self.message.state == "resolved"

    def held(self, until_us: int, note: str, state: DeliveryState = DeliveryState.WAITING) -> Delivery:
        """The delivery, to be looked at later."""
        return replace(self.delivery, state=state, next_attempt_us=until_us, note=note)

    def folded(self, note: str) -> Delivery:
        """The delivery, told elsewhere."""
        return replace(self.delivery, state=DeliveryState.FOLDED, note=note)

    def saying(self, reason: str) -> Notice:
        """The same for another reason; only of what has not been let out."""
        if reason == self.message.reason:
            return self
        message = replace(self.message, reason=reason)
        return Notice(replace(self.delivery, reason=reason, payload=written(message)), message)

    def item(self) -> Item:
        """As a line of a summary."""
        said = self.message
        return Item(
            said.incident, said.revision, said.reason, said.title, said.model, said.state, said.priority, said.link
        )


@dataclass(frozen=True, slots=True)
class Manner:
    """How a receiver is spoken to."""

    paced: bool
    summarises: bool
    edits: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """All there is to know at one look. `storms` has the newest summary of each storm that is on."""

    now_us: int
    manners: Mapping[str, Manner]
    routes: Callable[[Message], Iterable[str]]
    muted: Callable[[Message], str]  # why nobody is to be told now, a sentence; "" where everybody is
    threads: Mapping[Key, Thread]
    alarms: Mapping[str, int]  # by receiver, of the last hour
    storms: Mapping[Key, Message]
    calendar: Calendar
    base_url: str = ""

    def told(self, key: Key) -> Thread | None:
        """The thread of an incident whose opening the receiver knows of."""
        thread = self.threads.get(key)
        return thread if thread is not None and thread.open else None


@dataclass(slots=True)
class Plan:
    """What is left to decide, and what has been decided."""

    open: list[Notice]
    decided: list[Delivery] = field(default_factory=list)
    routed: list[Delivery] = field(default_factory=list)
    threads: dict[Key, Thread] = field(default_factory=dict)

    def by_thread(self) -> dict[Key, list[Notice]]:
        """What is open, by thread, the oldest first in each."""
        found: dict[Key, list[Notice]] = {}
        for notice in sorted(self.open, key=lambda each: each.age):
            found.setdefault(notice.key, []).append(notice)
        return found

    def fold(self, notices: Iterable[Notice], note: str) -> None:
        """Told elsewhere."""
        self.decided += [notice.folded(note) for notice in notices]


def in_order(notices: Sequence[Notice]) -> list[Notice]:
    """By revision, and what was said of a revision later, later."""
    return sorted(notices, key=lambda each: (each.delivery.revision, each.delivery.created_us, each.delivery.occasion))


def thread_after(before: Thread | None, notice: Notice, now_us: int, *, shared: bool = False) -> Thread:
    """What the receiver has been told once this is let out."""
    message, (incident, receiver) = notice.message, notice.key
    priority = Priority(message.priority)
    kept = before if before is not None and before.open else None
    alarmed_us = kept.alarmed_us if kept else 0
    return Thread(
        incident,
        receiver,
        open=not notice.is_over,
        revision=max(notice.delivery.revision, kept.revision if kept else 0),
        priority=priority,
        told_us=now_us,
        alarmed_us=alarmed_us or (now_us if priority is Priority.P1 else 0),
        reminders=(kept.reminders if kept else 0) + (message.reason == "reminder"),
        acknowledged=(kept.acknowledged if kept else False) or message.reason == "acknowledged",
        reference=before.reference if before else "",
        shared=before.shared if before and before.reference else shared,
    )
