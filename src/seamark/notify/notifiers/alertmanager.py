"""Alertmanager, API v2: each incident is one alert there, routed and grouped with all others.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml: POST /api/v2/alerts answers 200.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from seamark import clock
from seamark.notify.notifier import Message, Notifier
from seamark.notify.notifiers._http import require_url, send
from seamark.notify.notifiers._text import details, headline
from seamark.records.options import require

_OPEN_FOR_US: Final = 365 * clock.DAY_US  # Alertmanager ends an alert after minutes, unless it is told otherwise


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is where Alertmanager listens, without /api; `labels` are added to each alert."""

    url: str
    labels: tuple[str, ...] = ()
    allow_private: bool = True  # it stands beside Seamark, as a rule
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address of a web server, and for labels that are none."""
        require_url(self)
        fine = all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*=.+", text) for text in self.labels)
        require(self, "labels", fine, 'a list like ["team=fraud"]')


def labels_of(message: Message) -> dict[str, str]:
    """Who the alert is to Alertmanager."""
    labels = {
        "alertname": "SeamarkIncident",
        "incident": message.incident,
        "project": message.project,
        "model": message.model,
        "priority": message.priority,
        "severity": message.severity,
    }
    return {name: value for name, value in labels.items() if value}


def alert_of(message: Message, labels: dict[str, str], *, over: bool) -> dict[str, Any]:
    """An alert that is over ends when it was resolved; another has to be told that it does not end soon."""
    opened_us = clock.from_iso(message.opened)
    ends = message.resolved or clock.to_iso(clock.now_us()) if over else clock.to_iso(opened_us + _OPEN_FOR_US)
    return {
        "labels": labels,
        "annotations": {"summary": headline(message), "description": "\n".join(details(message))},
        "startsAt": message.opened,
        "endsAt": ends,
        "generatorURL": message.link,
    }


def deliver(options: Options, message: Message) -> str:
    """The reference are the labels it is known by: where these change, the alert of the old ones is ended."""
    extra = dict(text.split("=", 1) for text in options.labels)
    labels = {**labels_of(message), **extra}
    before = json.loads(message.thread) if message.thread.startswith("{") else labels
    alerts = [alert_of(message, labels, over=message.state == "resolved")]
    if before != labels:
        alerts.append(alert_of(message, before, over=True))
    send(
        f"{options.url.rstrip('/')}/api/v2/alerts",
        alerts,
        timeout_seconds=options.timeout_seconds,
        allow_private=options.allow_private,
    )
    return json.dumps(labels, sort_keys=True)


NOTIFIER = Notifier(title="Alertmanager", options=Options, deliver=deliver)
