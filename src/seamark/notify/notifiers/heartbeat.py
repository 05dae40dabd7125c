"""Asks an address again and again, as long as Seamark works: who watches it notices when Seamark falls silent."""

from __future__ import annotations

from dataclasses import dataclass

from seamark.notify.notifier import Message, Notifier
from seamark.notify.notifiers._http import require_url, send
from seamark.records.options import require


@dataclass(frozen=True, slots=True)
class Options:
    """`url` belongs to a service that expects to be asked, such as healthchecks.io or Uptime Kuma."""

    url: str
    every_seconds: float = 60.0
    allow_private: bool = False
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address of a web server, and for too little time."""
        require_url(self)
        require(self, "every_seconds", self.every_seconds >= 10, "10 or more")


def deliver(options: Options, _message: Message) -> None:
    """Any 2xx is a beat that was heard."""
    send(
        options.url,
        None,
        method="GET",
        timeout_seconds=options.timeout_seconds,
        allow_private=options.allow_private,
    )


NOTIFIER = Notifier(title="Heartbeat", options=Options, deliver=deliver, beats=True)
