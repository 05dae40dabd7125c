"""PagerDuty, Events API v2: an incident is one alert there, known by its id.

https://developer.pagerduty.com/docs/send-alert-event and …/send-change-event: answers 202; 400 is final.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from seamark.notify.notifier import Message, Notifier
from seamark.notify.notifiers._http import require_url, send
from seamark.notify.notifiers._text import check_template, cut, headline, summary_lines
from seamark.records.secret import Secret

_SUMMARY_CHARS: Final = 1_024
_SEVERITIES: Final = {"critical": "critical", "high": "error", "warning": "warning", "info": "info"}


@dataclass(frozen=True, slots=True)
class Options:
    """`routing_key` is the integration key of a service's Events API v2."""

    routing_key: Secret
    change_events: bool = True  # tell of the change that an incident seems to come from
    template: str = ""
    url: str = "https://events.pagerduty.com"
    allow_private: bool = False
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for a bad template or address."""
        require_url(self)
        check_template(self)


def event_of(message: Message, template: str = "") -> dict[str, Any]:
    """The event without its key."""
    action = "trigger" if message.state == "open" else "resolve"
    if message.reason == "acknowledged":
        action = "acknowledge"
    details: dict[str, Any] = {
        "priority": message.priority,
        "causes": list(message.causes) or ["no clear cause"],
        "evidence": list(message.evidence),
        "against": list(message.counter_evidence),
        "next_step": message.next_step,
        "note": message.note or message.ended,
        "incidents": summary_lines(message),
    }
    return {
        "event_action": action,
        "dedup_key": message.incident,
        "payload": {
            "summary": cut(headline(message, template), _SUMMARY_CHARS),
            "source": message.model or next(iter(_components(message)), "seamark"),
            "severity": _SEVERITIES.get(message.severity, "warning"),
            "timestamp": message.onset or message.opened,
            "component": message.model or next(iter(_components(message)), ""),
            "group": message.project,
            "class": ", ".join(message.layers),
            "custom_details": {name: said for name, said in details.items() if said},
        },
        "links": [{"href": message.link, "text": "Open in Seamark"}],
        "client": "Seamark",
        "client_url": message.link,
    }


def change_of(message: Message) -> dict[str, Any] | None:
    """The change event of what an incident seems to come from, if that is a change."""
    if not message.change or message.reason not in ("opened", "cause"):
        return None
    payload = {"summary": cut(message.change, _SUMMARY_CHARS), "source": "seamark", "timestamp": message.opened}
    return {"payload": payload, "links": [{"href": message.link, "text": "Open in Seamark"}]}


def _components(message: Message) -> list[str]:
    return [labels["component"] for labels in message.alerts if labels.get("component")]


def deliver(options: Options, message: Message) -> None:
    """Repeats are known by the key of the incident, so they change nothing there."""
    key = {"routing_key": options.routing_key.reveal()}
    change = change_of(message) if options.change_events else None
    events = [("/v2/enqueue", event_of(message, options.template)), ("/v2/change/enqueue", change)]
    for path, event in events:
        if event is not None:
            send(
                f"{options.url.rstrip('/')}{path}",
                {**key, **event},
                timeout_seconds=options.timeout_seconds,
                allow_private=options.allow_private,
            )


NOTIFIER = Notifier(
    title="PagerDuty", options=Options, deliver=deliver, paced=True, summarises=False, edits=lambda _: True
)
