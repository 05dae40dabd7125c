"""POSTs each message as JSON to a URL, signed when a secret is set."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from seamark import clock
from seamark.notify.notifier import Message, Notifier
from seamark.notify.notifiers._http import require_url, send
from seamark.notify.notifiers._text import headline
from seamark.records.secret import Secret

_OURS = ("thread", "shared")  # what is known of a receiver is not told to it


@dataclass(frozen=True, slots=True)
class Options:
    """`secret` signs: `X-Seamark-Signature: sha256=HMAC-SHA256(secret, X-Seamark-Timestamp + "." + body)`."""

    url: str
    secret: Secret | None = None
    format: Literal["seamark", "alertmanager"] = "seamark"
    allow_private: bool = False
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address of a web server."""
        require_url(self)


def body_of(message: Message, format: str = "seamark") -> bytes:
    """The JSON document a receiver gets: the fields of Message, or those of Alertmanager's webhook, version 4."""
    document = {"version": 1, **asdict(message)} if format == "seamark" else as_alertmanager(message)
    return json.dumps({name: each for name, each in document.items() if name not in _OURS}, ensure_ascii=False).encode()


def as_alertmanager(message: Message) -> dict[str, Any]:
    """One group per incident, with its alerts."""
    status = "resolved" if message.state == "resolved" else "firing"
    common = {"alertname": "SeamarkIncident", "incident": message.incident, "priority": message.priority}
    annotations = {"summary": headline(message), "description": " ".join(message.causes)}
    alerts = [
        {
            "status": status,
            "labels": {**labels, **common},
            "annotations": annotations,
            "startsAt": message.onset or message.opened,
            "endsAt": message.resolved or "0001-01-01T00:00:00Z",
            "generatorURL": message.link,
            "fingerprint": hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()[:16],
        }
        for labels in message.alerts or ({},)
    ]
    return {
        "version": "4",
        "groupKey": f'{{}}:{{incident="{message.incident}"}}',
        "truncatedAlerts": max(0, message.alert_count - len(alerts)),
        "status": status,
        "receiver": "seamark",
        "groupLabels": {"incident": message.incident},
        "commonLabels": common,
        "commonAnnotations": annotations,
        "externalURL": message.link,
        "alerts": alerts,
    }


def signature(secret: Secret, timestamp: str, body: bytes) -> str:
    """What a receiver computes to know that it was us, and when: a body alone could be played again."""
    digest = hmac.new(secret.reveal().encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def deliver(options: Options, message: Message) -> None:
    """Any 2xx is delivered; 4xx is permanent (but for 408, 409, 425 and 429), all else is tried again."""
    body = body_of(message, options.format)
    headers = {"Idempotency-Key": message.key}
    if options.secret:
        timestamp = str(clock.now_us() // clock.SECOND_US)
        headers["X-Seamark-Timestamp"] = timestamp
        headers["X-Seamark-Signature"] = signature(options.secret, timestamp, body)
    send(
        options.url,
        body,
        headers=headers,
        timeout_seconds=options.timeout_seconds,
        allow_private=options.allow_private,
    )


NOTIFIER = Notifier(title="Webhook", options=Options, deliver=deliver)
