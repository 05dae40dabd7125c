"""What is wrong, and why?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seamark.clock import DAY_US
from seamark.errors import NotFound
from seamark.query.bearing import Bearing, bearing_on
from seamark.query.component_rows import monitor_name
from seamark.query.naming import label_of, milliseconds, unit_of
from seamark.records.alert import Alert
from seamark.records.answer import Answer, newest
from seamark.records.delivery import Delivery
from seamark.records.incident import Incident, IncidentEvent, IncidentState
from seamark.records.sentences import measured
from seamark.records.window import Window
from seamark.store.protocol import Store

_RECENT_US = 90 * DAY_US


def incidents(
    store: Store,
    project: str,
    *,
    model: str | None = None,
    state: str | None = None,
    window: Window | None = None,
    now_us: int,
) -> dict[str, Any]:
    """Incidents, the newest first; with a model, also those of the machines and services that bear on it."""
    chosen = IncidentState(state) if state is not None else None
    if model is None:
        found = store.fast.incidents(project, state=chosen, window=window)
    else:
        bearing = bearing_on(store, project, model, window or Window(now_us - _RECENT_US, now_us))
        found = incidents_of(store, project, model, bearing, state=chosen, window=window)
    return {"incidents": describe_all(store, project, found)}


def incidents_of(
    store: Store,
    project: str,
    model: str,
    bearing: Bearing,
    *,
    state: IncidentState | None = None,
    window: Window | None = None,
) -> list[Incident]:
    """Those of a model and those of what bears on it, the newest first."""
    own = store.fast.incidents(project, model=model, state=state, window=window)
    nodes = set(bearing.labels)
    beneath = store.fast.incidents(project, model="", state=state, window=window) if nodes else []
    found = [*own, *(incident for incident in beneath if nodes & set(incident.nodes))]
    return sorted(found, key=lambda each: (-each.opened_us, each.id))


def incident(store: Store, project: str, id: str, *, now_us: int) -> dict[str, Any]:
    """One incident with its alerts; raises NotFound."""
    del now_us
    found = store.fast.incident(id)
    if found is None or found.project != project:
        raise NotFound(f"There is no incident {id!r} in project {project!r}.")
    alerts = store.fast.members([found])
    answers = store.fast.answers(project)  # its alerts may be of several models
    said = newest(answers)
    members = [alerts[alert] for alert in found.alerts if alert in alerts]
    return {
        **_describe(found, alerts, answers),
        "alerts": [_describe_alert(alert, said.get(alert.id)) for alert in members],
        "acknowledged": _acknowledged(store, id),
        "deliveries": [_describe_delivery(each) for each in store.post.deliveries(incident=id)],
    }


def _acknowledged(store: Store, id: str) -> dict[str, Any] | None:
    said = store.post.acknowledgements([id]).get(id)
    return None if said is None else {"by": said.by, "comment": said.comment, "at_ms": milliseconds(said.at_us)}


def _describe_delivery(delivery: Delivery) -> dict[str, Any]:
    """Who was told what, or why not yet."""
    return {
        "receiver": delivery.receiver,
        "revision": delivery.revision,
        "reason": delivery.reason,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "note": delivery.last_error or delivery.note,
    }


def describe_all(store: Store, project: str, found: Sequence[Incident]) -> list[dict[str, Any]]:
    """Incidents of one project for a person, without the details of their alerts."""
    alerts = store.fast.members(found)
    answers = store.fast.answers(project) if found else []
    return [_describe(each, alerts, answers) for each in found]


def _describe(incident: Incident, alerts: Mapping[str, Alert], answers: Sequence[Answer]) -> dict[str, Any]:
    """`alerts` by id tell which signals it touches; `answers` may hold those to other alerts."""
    members = [alerts[id] for id in incident.alerts if id in alerts]
    own = set(incident.alerts)
    return {
        "id": incident.id,
        "model": incident.model,
        "title": incident.title,
        "state": incident.state.value,
        "priority": incident.priority.value,
        "severity": incident.severity.value,
        "layers": [layer.value for layer in incident.layers],
        "onset_ms": milliseconds(incident.onset_us),
        "opened_ms": milliseconds(incident.opened_us),
        "updated_ms": milliseconds(incident.updated_us),
        "resolved_ms": milliseconds(incident.resolved_us),
        "ended": incident.ended,
        "answers": [_describe_answer(answer) for answer in answers if answer.alert in own],
        "evidence": _window(incident.evidence),
        "revision": incident.revision,
        "nodes": list(incident.nodes),
        "changes": list(incident.changes),
        "grounds": incident.grounds,
        "aftermath_of": incident.aftermath_of,
        "merged_into": incident.merged_into,
        "history": [_describe_event(event) for event in incident.history],
        "signals": list(dict.fromkeys(alert.signal for alert in members)),
        "monitors": list(dict.fromkeys(_monitor(alert) for alert in members)),
        "causes": [
            {
                "kind": cause.kind,
                "subject": cause.subject,
                "score": cause.score,
                "summary": cause.summary,
                "evidence": list(cause.evidence),
                "counter_evidence": list(cause.counter_evidence),
                "next_step": cause.next_step,
                "confidence": cause.confidence,
                "signature": cause.signature,
            }
            for cause in incident.causes
        ],
    }


def _describe_event(event: IncidentEvent) -> dict[str, Any]:
    """A line of an incident's history: alerts that moved, and it being reopened."""
    return {
        "at_ms": milliseconds(event.at_us),
        "kind": event.kind.value,
        "other": event.other,
        "alerts": list(event.alerts),
        "by": event.by,
        "comment": event.comment,
    }


def _describe_answer(answer: Answer) -> dict[str, Any]:
    """One answer for a person, a line of the history; `by` "" is somebody at this machine."""
    return {
        "alert": answer.alert,
        "label": label_of(answer.signal),
        "answer": answer.kind.value,
        "at_ms": milliseconds(answer.at_us),
        "by": answer.by,
        "comment": answer.comment,
    }


def _describe_alert(alert: Alert, answer: Answer | None) -> dict[str, Any]:
    """One alert for a person, with its newest answer."""
    return {
        "id": alert.id,
        "signal": alert.signal,
        "label": label_of(alert.signal),
        "monitor": _monitor(alert),
        "component": alert.component,
        "version": alert.version,
        "segment": alert.segment,
        "statistic": alert.statistic,
        "unit": unit_of(alert.statistic),
        "layer": alert.layer.value,
        "state": alert.state.value,
        "priority": alert.priority.value,
        "severity": alert.severity.value,
        "value": alert.value,
        "threshold": alert.threshold,
        "effect": alert.effect,
        "n": alert.n,
        "now": alert.now,
        "usual": alert.usual,
        "measured": measured(alert, unit_of(alert.statistic)),
        "onset_ms": milliseconds(alert.onset_us),
        "opened_ms": milliseconds(alert.opened_us),
        "resolved_ms": milliseconds(alert.resolved_us),
        "answer": None if answer is None else _describe_answer(answer),
        "evidence": _window(alert.evidence),
        "about": None if alert.about is None else _window(alert.about),
        "no_data": alert.no_data,
        "provisional": alert.provisional,
    }


def _monitor(alert: Alert) -> str:
    """What the grid calls it."""
    return monitor_name(alert.component, alert.monitor) if alert.component else alert.monitor


def _window(window: Window) -> dict[str, int]:
    return {"from_ms": window.start_us // 1000, "to_ms": window.end_us // 1000}
