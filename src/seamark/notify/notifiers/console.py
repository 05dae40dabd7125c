"""Writes one line per message to the terminal Seamark runs in."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from seamark.notify.notifier import Message, Notifier


@dataclass(frozen=True, slots=True)
class Options:
    """The console has nothing to set."""


def line(message: Message) -> str:
    """`P2 opened · fraud · amount drifted · since 2026-11-01T00:00:00Z · http://…`."""
    since = f" · since {message.onset}" if message.onset else ""
    ended = f" · {message.ended}" if message.ended else ""
    return f"{message.priority} {message.reason} · {message.model} · {message.title}{since}{ended} · {message.link}"


def deliver(_options: Options, message: Message) -> None:
    """Write the line to stderr."""
    sys.stderr.write(line(message) + "\n")
    sys.stderr.flush()


NOTIFIER = Notifier(title="Console", options=Options, deliver=deliver)
