"""Alerts of one model whose evidence overlaps are one incident."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from seamark.correlate.causes import rank_features
from seamark.correlate.groups import rank_groups
from seamark.correlate.places import places
from seamark.correlate.titles import ending_of, strength, title_of
from seamark.correlate.versions import Newcomer, rank_versions
from seamark.records.alert import Alert, AlertState
from seamark.records.incident import Incident, IncidentState
from seamark.records.monitor import Priority, Severity
from seamark.records.window import Window

_BURNING = (AlertState.FIRING, AlertState.RECOVERING)
_SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.WARNING, Severity.INFO)


def correlate(
    incidents: Sequence[Incident],
    alerts: Sequence[Alert],
    quiet: Mapping[tuple[str, str], Sequence[str]],
    *,
    alone: Collection[str] = (),
    newcomers: Mapping[tuple[str, str], Sequence[Newcomer]] = MappingProxyType({}),
    now_us: int,
) -> tuple[list[Incident], list[Alert]]:
    """What changed: incidents (new ones included) and alerts that found theirs.

    `incidents` are the open ones, `alerts` all live ones plus those that resolved in this step;
    `quiet` names, per (project, model), the signals the newest window found unmoved: they are the
    counter-evidence. `alone` are the alerts (by id) of segments that moved without the rest of the traffic.
    `newcomers` are the versions of a model that came later than its first. The order of no sequence matters.
    """
    open_incidents = {incident.id: incident for incident in incidents}
    members: dict[str, list[Alert]] = {incident.id: [] for incident in incidents}
    joined: list[Alert] = []
    for alert in sorted(alerts, key=lambda alert: (alert.evidence, alert.id)):
        if alert.incident is None and alert.opened_us is not None:
            home = _home(open_incidents.values(), alert) or _open(alert, now_us)
            open_incidents.setdefault(home.id, home)
            found = replace(alert, incident=home.id)
            open_incidents[home.id] = replace(
                open_incidents[home.id], evidence=open_incidents[home.id].evidence.cover(alert.evidence)
            )
            joined.append(found)
            members.setdefault(home.id, []).append(found)
        elif alert.incident in members:
            members[alert.incident].append(alert)
    before = {incident.id: incident for incident in incidents}
    changed = []
    for id, incident in open_incidents.items():
        model = (incident.project, incident.model)
        around = _Around(quiet.get(model, ()), places(members[id], alone), newcomers.get(model, ()))
        now = _restate(incident, members[id], around, now_us)
        if id not in before:
            changed.append(replace(now, revision=1))
        elif replace(now, updated_us=before[id].updated_us) != before[id]:
            changed.append(replace(now, revision=before[id].revision + 1))
    return changed, joined


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known around the alerts of one incident."""

    quiet: Sequence[str]  # signals
    where: Mapping[str, str]  # the segment that alone has moved, by signal
    newcomers: Sequence[Newcomer]


def _home(incidents: Iterable[Incident], alert: Alert) -> Incident | None:
    """The oldest open incident of the alert's model whose evidence overlaps or touches the alert's.

    Slow trends keep to themselves: their evidence is months long and would swallow everything that happens.
    """
    reach = Window(alert.evidence.start_us, alert.evidence.end_us + 1)
    fitting = [
        incident
        for incident in incidents
        if (incident.project, incident.model) == (alert.project, alert.model)
        and (incident.priority is Priority.P3) == alert.is_trend
        and Window(incident.evidence.start_us, incident.evidence.end_us + 1).overlaps(reach)
    ]
    return min(fitting, key=lambda incident: (incident.evidence, incident.id), default=None)


def _open(alert: Alert, now_us: int) -> Incident:
    return Incident(
        id="inc_" + hashlib.sha256(alert.id.encode()).hexdigest()[:16],
        project=alert.project,
        model=alert.model,
        title="",
        state=IncidentState.OPEN,
        severity=alert.severity,
        priority=alert.priority,
        layers=(),
        alerts=(),
        evidence=alert.evidence,
        opened_us=now_us,
        updated_us=now_us,
    )


def _restate(incident: Incident, alerts: Sequence[Alert], around: _Around, now_us: int) -> Incident:
    """The incident as its alerts now tell it."""
    known = set(incident.alerts)
    joined = [alert.id for alert in alerts if alert.id not in known]
    burning = [alert for alert in alerts if alert.state in _BURNING]
    told = burning or [alert for alert in alerts if alert.id in joined]  # it may have come and gone at once
    if told:
        incident = _retold(incident, told, joined, around, now_us)
    if burning:
        return incident
    return replace(
        incident, state=IncidentState.RESOLVED, resolved_us=now_us, updated_us=now_us, ended=ending_of(alerts)
    )


def _retold(
    incident: Incident, alerts: Sequence[Alert], joined: Sequence[str], around: _Around, now_us: int
) -> Incident:
    evidence = incident.evidence
    for alert in alerts:
        evidence = evidence.cover(alert.evidence)
    moved = {alert.signal for alert in alerts}
    leader = next((cause.subject for cause in incident.causes if cause.kind == "feature"), None)
    onset_us = _onset(incident, alerts)
    unmoved = [signal for signal in around.quiet if signal not in moved]
    causes = [
        *rank_groups(alerts),
        *rank_versions(alerts, around.newcomers, onset_us),
        *rank_features(alerts, unmoved, where=around.where, leader=leader),
    ]
    return replace(
        incident,
        title=title_of(alerts, leader, around.where),
        severity=_severity(alerts, incident.severity),
        priority=min((incident.priority, *(alert.priority for alert in alerts)), key=list(Priority).index),
        layers=tuple(sorted({*incident.layers, *(alert.layer for alert in alerts)})),
        alerts=(*incident.alerts, *joined),
        evidence=evidence,
        onset_us=onset_us,
        causes=tuple(sorted(causes, key=lambda cause: -cause.score)),
        updated_us=now_us,
    )


def _severity(alerts: Sequence[Alert], least: Severity) -> Severity:
    """The worst of its alerts; three or more signals at once are at least high."""
    worst = min((least, *(alert.severity for alert in alerts)), key=_SEVERITIES.index)
    return min(worst, Severity.HIGH, key=_SEVERITIES.index) if len({a.signal for a in alerts}) > 2 else worst


def _onset(incident: Incident, alerts: Sequence[Alert]) -> int | None:
    """When the strongest of its first members began: the strongest is dated best. Later members do not move it."""
    if incident.onset_us is not None:
        return incident.onset_us
    dated = [alert for alert in alerts if alert.onset_us is not None]
    return max(dated, key=lambda alert: (strength(alert), alert.id)).onset_us if dated else None
