"""Which messages an incident's change is worth, and what becomes of an attempt to deliver one.

One incident is one thread: it speaks when it opens, when its priority rises, when the leading cause
changes and when it resolves. Anything else only changes the screen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from seamark import clock
from seamark.notify.notifier import DeliveryFailed, Message, Notifier, Receiver
from seamark.records.delivery import Delivery, DeliveryState
from seamark.records.incident import Incident, IncidentState
from seamark.records.monitor import Priority

_FIRST_RETRY_US = 15 * clock.SECOND_US
_LONGEST_RETRY_US = clock.HOUR_US
_GIVE_UP_AFTER_US = 3 * clock.DAY_US


def news(
    before: Mapping[str, Incident], changed: Iterable[Incident], receivers: Iterable[str], base_url: str, now_us: int
) -> list[Delivery]:
    """Deliveries for what changed, one per receiver; `before` are the incidents as last stored."""
    receivers = list(receivers)
    return [
        Delivery(
            incident=incident.id,
            revision=incident.revision,
            receiver=receiver,
            reason=reason,
            payload=json.dumps(asdict(_message(incident, reason, base_url)), ensure_ascii=False).encode(),
            created_us=now_us,
            next_attempt_us=now_us,
        )
        for incident in changed
        if (reason := _reason(before.get(incident.id), incident))
        for receiver in receivers
    ]


def attempt(
    delivery: Delivery, receivers: Mapping[str, Receiver], notifiers: Mapping[str, Notifier], now_us: int
) -> Delivery:
    """Try once; the delivery as it stands afterwards."""
    tried = replace(delivery, attempts=delivery.attempts + 1)
    receiver = receivers.get(delivery.receiver)
    if receiver is None:
        return replace(tried, state=DeliveryState.DEAD, last_error=f"Receiver {delivery.receiver!r} is not configured.")
    message = _read(delivery.payload)
    try:
        notifiers[receiver.type].deliver(receiver.options, message)
    except DeliveryFailed as failure:
        return _after_failure(tried, failure, now_us)
    except Exception as failure:  # noqa: BLE001 a plug-in's own bug must not stop the others' messages
        return _after_failure(tried, DeliveryFailed(f"{type(failure).__name__}: {failure}"), now_us)
    return replace(tried, state=DeliveryState.DELIVERED, last_error="")


def _read(payload: bytes) -> Message:
    fields: dict[str, Any] = json.loads(payload)
    listed: dict[str, Any] = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Message(**{**fields, **listed})


def _after_failure(delivery: Delivery, failure: DeliveryFailed, now_us: int) -> Delivery:
    """Exponential retry from 15 s to 1 h; dead after a permanent failure or three days."""
    if failure.permanent or now_us - delivery.created_us > _GIVE_UP_AFTER_US:
        return replace(delivery, state=DeliveryState.DEAD, last_error=failure.message)
    wait_us = min(_FIRST_RETRY_US << min(delivery.attempts - 1, 20), _LONGEST_RETRY_US)
    return replace(delivery, next_attempt_us=now_us + wait_us, last_error=failure.message)


def _reason(before: Incident | None, incident: Incident) -> str | None:
    if before is None:
        return "opened" if incident.state is IncidentState.OPEN else "resolved"
    if incident.state is not before.state:
        return "resolved" if incident.state is IncidentState.RESOLVED else "opened"
    if _rank(incident.priority) < _rank(before.priority):
        return "priority"
    if incident.causes and _leading(incident) != _leading(before):
        return "cause"
    return None


def _rank(priority: Priority) -> int:
    return list(Priority).index(priority)


def _leading(incident: Incident) -> tuple[str, str] | None:
    """The leading cause, and of a feature what is said of it: that it is one segment's is news."""
    leader = incident.causes[0] if incident.causes else None
    return None if leader is None else (leader.subject, leader.summary if leader.kind == "feature" else "")


def _message(incident: Incident, reason: str, base_url: str) -> Message:
    return Message(
        key=f"{incident.id}:{incident.revision}",
        incident=incident.id,
        revision=incident.revision,
        reason=reason,
        project=incident.project,
        model=incident.model,
        title=incident.title,
        state=incident.state.value,
        priority=incident.priority.value,
        severity=incident.severity.value,
        layers=tuple(layer.value for layer in incident.layers),
        opened=clock.to_iso(incident.opened_us),
        onset=clock.to_iso(incident.onset_us) if incident.onset_us is not None else None,
        resolved=clock.to_iso(incident.resolved_us) if incident.resolved_us is not None else None,
        causes=tuple(cause.summary for cause in incident.causes[:3]),
        ended=incident.ended,
        link=f"{base_url.rstrip('/')}/?{urlencode({'model': incident.model, 'incident': incident.id})}",
    )
