"""What a notifier is: one file in `notifiers/` with one `NOTIFIER`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from seamark.errors import SeamarkError
from seamark.plugins import discover

REASONS: Final = {
    "opened": "opened",
    "priority": "more urgent",
    "cause": "another leading cause",
    "member": "more of it",  # only for receivers that can change what they said, and silently
    "acknowledged": "acknowledged",  # likewise
    "reminder": "still open, and nobody is at it",
    "resolved": "resolved",
    "storm": "storm",  # several incidents, instead of a message each
    "batch": "batch",
    "digest": "weekly digest",
    "test": "test",
}
"""Why a message is sent, in words."""


class DeliveryFailed(SeamarkError):
    """A message could not be delivered; `permanent` says that trying again is useless."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Item:
    """One incident of a summary."""

    incident: str
    revision: int
    reason: str
    title: str
    model: str
    state: str
    priority: str
    link: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a digest: lines under a heading."""

    heading: str
    lines: tuple[str, ...]
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # name → values, for a small picture


@dataclass(frozen=True, slots=True)
class Message:
    """What a receiver is told. `key` is the same for every attempt: receivers may use it to drop repeats."""

    key: str
    incident: str
    revision: int
    reason: str  # of REASONS
    project: str
    model: str
    title: str
    state: str  # open | resolved
    priority: str
    severity: str
    layers: tuple[str, ...]
    opened: str  # ISO 8601
    onset: str | None
    resolved: str | None
    causes: tuple[str, ...]  # at most three, best first; empty = no clear cause
    link: str  # opens the screen at the incident
    ended: str = ""  # what people said it was, where they ended it
    evidence: tuple[str, ...] = ()  # of the first cause
    counter_evidence: tuple[str, ...] = ()
    next_step: str = ""
    alerts: tuple[Mapping[str, str], ...] = ()  # the labels of its alerts, each set once, the first hundred
    alert_count: int = 0
    aftermath_of: str = ""  # the incident whose late consequence it seems to be
    items: tuple[Item, ...] = ()  # of a summary, the first hundred
    held_back: int = 0  # messages that this one was sent instead of
    sections: tuple[Section, ...] = ()  # of a digest
    note: str = ""  # who has acknowledged it and with which words
    change: str = ""  # the deploy or other change it seems to come from
    thread: str = ""  # what `deliver` answered to the first message of the incident; never part of what is sent
    shared: bool = False  # that message is about other incidents, too: answer it, but do not change it

    @property
    def reads(self) -> str:
        """The reason in words."""
        return REASONS.get(self.reason, self.reason)

    @property
    def is_summary(self) -> bool:
        """Whether it is about several incidents."""
        return self.reason in ("storm", "batch", "digest")


def _never(_: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Notifier:
    """One way to reach people, or what people have.

    `options` is a frozen dataclass whose fields are the keys of `[receivers.NAME]` (besides `type`);
    `deliver(options, message)` returns when the receiver has taken the message and raises DeliveryFailed when it has
    not. It may return a reference, by which later messages of the same incident (`message.thread`) change or answer it.

    One that is `paced` reaches people, so it keeps to the budgets; others are told everything at once. What
    `summarises` takes several incidents in one message. `edits` says whether messages can be changed after they were
    sent: then more of an incident, and who has acknowledged it, are told, too. One that `beats` hears of no incident,
    but every `options.every_seconds` that Seamark works.
    """

    title: str
    options: type[Any]
    deliver: Callable[[Any, Message], str | None]
    paced: bool = False
    summarises: bool = True
    edits: Callable[[Any], bool] = _never
    beats: bool = False


@dataclass(frozen=True, slots=True)
class Receiver:
    """A configured notifier: `type` is the notifier's file name, `options` an instance of its options."""

    name: str
    type: str
    options: Any


def notifiers() -> dict[str, Notifier]:
    """Every notifier there is, by file name."""
    return {
        name: found
        for name, found in discover("seamark.notify.notifiers", "NOTIFIER").items()
        if isinstance(found, Notifier)
    }
