"""What a notifier is: one file in `notifiers/` with one `NOTIFIER`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seamark.errors import SeamarkError
from seamark.plugins import discover


class DeliveryFailed(SeamarkError):
    """A message could not be delivered; `permanent` says that trying again is useless."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Message:
    """What a receiver is told. `key` is the same for every attempt: receivers may use it to drop repeats."""

    key: str
    incident: str
    revision: int
    reason: str  # opened | priority | cause | resolved
    project: str
    model: str
    title: str
    state: str
    priority: str
    severity: str
    layers: tuple[str, ...]
    opened: str  # ISO 8601
    onset: str | None
    resolved: str | None
    causes: tuple[str, ...]  # at most three, best first; empty = no clear cause
    link: str  # opens the screen at the incident
    ended: str = ""  # what people said it was, where they ended it


@dataclass(frozen=True, slots=True)
class Notifier:
    """One way to reach people.

    `options` is a frozen dataclass whose fields are the keys of `[receivers.NAME]` (besides `type`);
    `deliver(options, message)` returns when the receiver has taken the message and raises
    DeliveryFailed when it has not.
    """

    title: str
    options: type[Any]
    deliver: Callable[[Any, Message], None]


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
