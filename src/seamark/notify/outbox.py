"""Which of an incident's changes are news, and what becomes of an attempt to deliver a message.

An incident is news when it opens, when its priority rises, when the leading cause changes and when it resolves. That
more belongs to it is told where a message can be changed silently. Anything else only changes the screen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Final
from urllib.parse import urlencode

import msgspec

from seamark import clock
from seamark.notify.notifier import DeliveryFailed, Message, Notifier, Receiver
from seamark.records.alert import Alert
from seamark.records.delivery import Delivery, DeliveryState, Thread
from seamark.records.incident import Incident, IncidentState
from seamark.records.monitor import Priority

_FIRST_RETRY_US = 15 * clock.SECOND_US
_LONGEST_RETRY_US = clock.HOUR_US
_GIVE_UP_AFTER_US = 3 * clock.DAY_US
_CHANGES: Final = ("change", "version")  # kinds of causes
MOST_ALERTS: Final = 100  # whose labels a message carries


def news(
    before: Mapping[str, Incident],
    changed: Iterable[Incident],
    alerts: Mapping[str, Alert],
    base_url: str,
    now_us: int,
) -> list[Delivery]:
    """What is new of the incidents that changed, to be routed.

    `before` are the incidents as last stored, `alerts` those of their alerts that are at hand, by id.
    """
    return [
        Delivery(
            incident=incident.id,
            revision=incident.revision,
            receiver="",
            reason=reason,
            payload=written(_message(incident, reason, alerts, base_url)),
            created_us=now_us,
            state=DeliveryState.WAITING,
            next_attempt_us=now_us,
            priority=incident.priority,
        )
        for incident in changed
        if (reason := _reason(before.get(incident.id), incident))
    ]


def attempt(
    delivery: Delivery,
    receivers: Mapping[str, Receiver],
    notifiers: Mapping[str, Notifier],
    now_us: int,
    thread: Thread | None = None,
) -> tuple[Delivery, str]:
    """Try once; the delivery as it stands afterwards, and by which reference the receiver knows the message.

    `thread` is what the receiver knows of the incident.
    """
    tried = replace(delivery, attempts=delivery.attempts + 1)
    receiver = receivers.get(delivery.receiver)
    if receiver is None:
        said = f"Receiver {delivery.receiver!r} is not configured."
        return replace(tried, state=DeliveryState.DEAD, last_error=said), ""
    known, shared = (thread.reference, thread.shared) if thread else ("", False)
    message = replace(read(delivery.payload), thread=known, shared=shared)
    try:
        reference = notifiers[receiver.type].deliver(receiver.options, message)
    except DeliveryFailed as failure:
        return _after_failure(tried, failure, now_us), ""
    except Exception as failure:  # noqa: BLE001 a plug-in's own bug must not stop the others' messages
        return _after_failure(tried, DeliveryFailed(f"{type(failure).__name__}: {failure}"), now_us), ""
    return replace(tried, state=DeliveryState.DELIVERED, last_error=""), reference or ""


def written(message: Message) -> bytes:
    """A message as the outbox keeps it."""
    return json.dumps(asdict(message), ensure_ascii=False).encode()


def read(payload: bytes) -> Message:
    """What `written` wrote, by this or an earlier Seamark."""
    return msgspec.convert(json.loads(payload), Message)


def labels_of(alert: Alert, incident: Incident) -> dict[str, str]:
    """What matchers may ask about an alert; how urgent it is, its incident says."""
    labels = {
        "project": alert.project,
        "model": alert.model,
        "version": alert.version,
        "segment": alert.segment,
        "signal": alert.signal,
        "monitor": alert.monitor,
        "layer": alert.layer.value,
        "component": alert.component,
        "severity": alert.severity.value,
        "priority": incident.priority.value,
    }
    return {name: value for name, value in labels.items() if value}


def _after_failure(delivery: Delivery, failure: DeliveryFailed, now_us: int) -> Delivery:
    """Exponential retry from 15 s to 1 h; dead after a permanent failure or three days."""
    if failure.permanent or now_us - max(delivery.created_us, delivery.released_us) > _GIVE_UP_AFTER_US:
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
    return "member" if set(incident.alerts) - set(before.alerts) else None


def _rank(priority: Priority) -> int:
    return list(Priority).index(priority)


def _leading(incident: Incident) -> tuple[str, str] | None:
    """The leading cause, and of a feature what is said of it: that it is one segment's is news."""
    leader = incident.causes[0] if incident.causes else None
    return None if leader is None else (leader.subject, leader.summary if leader.kind == "feature" else "")


def _message(incident: Incident, reason: str, alerts: Mapping[str, Alert], base_url: str) -> Message:
    leader = incident.causes[0] if incident.causes else None
    members = [labels_of(alerts[id_], incident) for id_ in incident.alerts if id_ in alerts]
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
        evidence=leader.evidence if leader else (),
        counter_evidence=leader.counter_evidence if leader else (),
        next_step=leader.next_step if leader else "",
        alerts=tuple(_each_once(members) or [_labels_without_alerts(incident)]),
        alert_count=len(incident.alerts),
        aftermath_of=incident.aftermath_of,
        change=leader.summary if leader and leader.kind in _CHANGES else "",
    )


def _each_once(labels: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The first hundred different ones."""
    return [dict(pairs) for pairs in dict.fromkeys(tuple(each.items()) for each in labels)][:MOST_ALERTS]


def _labels_without_alerts(incident: Incident) -> dict[str, str]:
    """Where no alert is at hand: what the incident itself says."""
    labels = {"project": incident.project, "model": incident.model, "severity": incident.severity.value}
    return {name: value for name, value in labels.items() if value} | {"priority": incident.priority.value}
