"""What is wrong, and why?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamark.errors import NotFound
from seamark.query.naming import label_of, milliseconds, unit_of
from seamark.records.alert import Alert
from seamark.records.incident import Incident, IncidentState
from seamark.records.window import Window
from seamark.store.protocol import Store


def incidents(
    store: Store,
    project: str,
    *,
    model: str | None = None,
    state: str | None = None,
    window: Window | None = None,
    now_us: int,
) -> dict[str, Any]:
    """Incidents, the newest first."""
    del now_us
    chosen = IncidentState(state) if state is not None else None
    found = store.fast.incidents(project, model=model, state=chosen, window=window)
    alerts = store.fast.members(found)
    return {"incidents": [describe(each, alerts) for each in found]}


def incident(store: Store, project: str, id: str, *, now_us: int) -> dict[str, Any]:
    """One incident with its alerts; raises NotFound."""
    del now_us
    found = store.fast.incident(id)
    if found is None or found.project != project:
        raise NotFound(f"There is no incident {id!r} in project {project!r}.")
    alerts = store.fast.members([found])
    members = [alerts[alert] for alert in found.alerts if alert in alerts]
    return {**describe(found, alerts), "alerts": [describe_alert(alert) for alert in members]}


def describe(incident: Incident, alerts: Mapping[str, Alert]) -> dict[str, Any]:
    """One incident for a person; `alerts` by id tell which signals it touches."""
    members = [alerts[id] for id in incident.alerts if id in alerts]
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
        "evidence": _window(incident.evidence),
        "revision": incident.revision,
        "signals": list(dict.fromkeys(alert.signal for alert in members)),
        "monitors": list(dict.fromkeys(alert.monitor for alert in members)),
        "causes": [
            {
                "kind": cause.kind,
                "subject": cause.subject,
                "score": cause.score,
                "summary": cause.summary,
                "evidence": list(cause.evidence),
                "counter_evidence": list(cause.counter_evidence),
                "next_step": cause.next_step,
            }
            for cause in incident.causes
        ],
    }


def describe_alert(alert: Alert) -> dict[str, Any]:
    """One alert for a person."""
    return {
        "id": alert.id,
        "signal": alert.signal,
        "label": label_of(alert.signal),
        "monitor": alert.monitor,
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
        "onset_ms": milliseconds(alert.onset_us),
        "opened_ms": milliseconds(alert.opened_us),
        "evidence": _window(alert.evidence),
        "no_data": alert.no_data,
        "provisional": alert.provisional,
    }


def _window(window: Window) -> dict[str, int]:
    return {"from_ms": window.start_us // 1000, "to_ms": window.end_us // 1000}
