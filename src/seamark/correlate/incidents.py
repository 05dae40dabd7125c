"""Alerts that have to do with each other are one incident: which they are, and what it says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from seamark.correlate.causes import rank_features
from seamark.correlate.explaining import explain, explain_drift, is_plain, of_the_past
from seamark.correlate.ground import ground_of
from seamark.correlate.grounds import grounds_of
from seamark.correlate.groups import rank_groups
from seamark.correlate.homes import Homes, Judged, are_new, find_homes
from seamark.correlate.items import Item, node_of
from seamark.correlate.outcomes import parted, with_outcomes
from seamark.correlate.places import places
from seamark.correlate.scene import Scene, changes_near
from seamark.correlate.titles import ending_of, strength, title_of
from seamark.correlate.versions import Newcomer, rank_versions
from seamark.records.alert import Alert, AlertState
from seamark.records.incident import Cause, EventKind, Incident, IncidentEvent, IncidentState
from seamark.records.log import Change
from seamark.records.monitor import Priority, Severity
from seamark.records.topology import NodeKind, Topology, label_of_node
from seamark.records.window import Window

_BURNING = (AlertState.FIRING, AlertState.RECOVERING)
_SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside alerts; by default nothing is."""

    topology: Topology = field(default_factory=Topology)
    changes: Sequence[Change] = ()  # of the last days, in all projects
    judged: Judged = field(default_factory=dict)  # by (project, model) the newest window
    watched: Mapping[str, Collection[str]] = field(default_factory=dict)  # by project, labels of machines and services
    fine: Mapping[tuple[str, str], Window] = field(default_factory=dict)  # the newest window that was graded, and well


_NOTHING: Final = Known()


def models_asked_for(incidents: Sequence[Incident], alerts: Sequence[Alert]) -> set[tuple[str, str]]:
    """The models, by project, of incidents that something new may join: `correlate` retells these."""
    projects = {alert.project for alert in are_new(alerts)}
    found = {(i.project, i.model) for i in incidents if i.project in projects}
    return {key for key in found | {(a.project, a.model) for a in are_new(alerts)} if key[1]}


def correlate(
    incidents: Sequence[Incident],
    alerts: Sequence[Alert],
    quiet: Mapping[tuple[str, str], Sequence[str]],
    *,
    known: Known = _NOTHING,
    alone: Collection[str] = (),
    newcomers: Mapping[tuple[str, str], Sequence[Newcomer]] = MappingProxyType({}),
    now_us: int,
) -> tuple[list[Incident], list[Alert]]:
    """What changed: incidents (new ones included) and alerts that found theirs, or another one.

    `incidents` are the open ones, and those that were resolved lately (14 days, if something new has come); `alerts`
    all of theirs and all live ones. `quiet` names, per (project, model) that was looked at, the signals the newest
    window found unmoved: they are the counter-evidence. Incidents of models that are not in it are retold only where
    their members changed (see `models_asked_for`). `alone` are the alerts (by id) of segments that moved without the
    rest of the traffic. `newcomers` are the versions of a model that came later than its first. The order of no
    sequence matters.
    """
    homes = find_homes(incidents, alerts, known.topology, known.judged, now_us)
    before = {incident.id: incident for incident in incidents}
    changed = []
    for id, incident in homes.incidents.items():
        if id in before and not _is_due(incident, homes, quiet):
            continue
        model = (incident.project, incident.model)
        around = _Around(quiet.get(model, ()), places(homes.members[id], alone), newcomers.get(model, ()), known)
        gone = {alert.id for alert in homes.joined.values() if alert.incident != id}
        now = _restate(_without(incident, gone), homes.members[id], around, now_us)
        if incident.aftermath_of in homes.incidents:
            now = replace(now, causes=of_the_past(homes.incidents[incident.aftermath_of], now.causes))
        if id not in before:
            changed.append(replace(now, revision=1))
        elif replace(now, updated_us=before[id].updated_us) != before[id]:
            changed.append(replace(now, revision=before[id].revision + 1))
    return changed, list(homes.joined.values())


def _is_due(incident: Incident, homes: Homes, quiet: Mapping[tuple[str, str], Sequence[str]]) -> bool:
    if incident.id in homes.moved:
        return True
    if incident.state is IncidentState.RESOLVED:
        return False
    looked_at = not incident.model or (incident.project, incident.model) in quiet
    return looked_at or not any(alert.state in _BURNING for alert in homes.members[incident.id])


@dataclass(frozen=True, slots=True)
class _Around:
    """What is known around the alerts of one incident."""

    quiet: Sequence[str]  # signals
    where: Mapping[str, str]  # the segment that alone has moved, by signal
    newcomers: Sequence[Newcomer]
    known: Known


def _restate(incident: Incident, alerts: Sequence[Alert], around: _Around, now_us: int) -> Incident:
    """The incident as its alerts now tell it."""
    if incident.merged_into:
        return _merged(incident, now_us)
    known = set(incident.alerts)
    joined = [alert.id for alert in alerts if alert.id not in known]
    burning = [alert for alert in alerts if alert.state in _BURNING]
    told = burning or [alert for alert in alerts if alert.id in joined]  # it may have come and gone at once
    if told:
        incident = _retold(incident, told, alerts, around, now_us)
    if burning:
        return _reopened(incident, now_us) if incident.state is IncidentState.RESOLVED else incident
    ended_us = incident.resolved_us if incident.state is IncidentState.RESOLVED else now_us
    return replace(
        incident, state=IncidentState.RESOLVED, resolved_us=ended_us, updated_us=now_us, ended=ending_of(alerts)
    )


def _without(incident: Incident, gone: Collection[str]) -> Incident:
    """An incident that begins to tell anew which layers and nodes it is about, because alerts have left it."""
    if not set(gone) & set(incident.alerts):
        return incident
    return replace(incident, alerts=tuple(id for id in incident.alerts if id not in gone), layers=(), nodes=())


def _merged(incident: Incident, now_us: int) -> Incident:
    ended = f"It is part of incident {incident.merged_into}."
    return replace(incident, state=IncidentState.RESOLVED, resolved_us=now_us, updated_us=now_us, ended=ended)


def _reopened(incident: Incident, now_us: int) -> Incident:
    history = (*incident.history, IncidentEvent(now_us, EventKind.REOPENED))
    return replace(incident, state=IncidentState.OPEN, resolved_us=None, ended="", history=history)


def _retold(
    incident: Incident, told: Sequence[Alert], members: Sequence[Alert], around: _Around, now_us: int
) -> Incident:
    """`told` are the members that burn, or came and went."""
    evidence = incident.evidence
    for alert in members:
        evidence = evidence.cover(alert.evidence)
    leader = next((cause.subject for cause in incident.causes if cause.kind == "feature"), None)
    onset_us = _onset(incident, told)
    answered, known = parted(told)
    model = _model(incident, members)
    scene = _scene(replace(incident, model=model, evidence=evidence), members, around)
    return replace(
        incident,
        model=model,
        title=with_outcomes(title_of(answered, leader, around.where) if answered else "", known),
        severity=_severity(told, incident.severity),
        priority=min((incident.priority, *(alert.priority for alert in told)), key=list(Priority).index),
        layers=tuple(sorted({*incident.layers, *(alert.layer for alert in members)})),
        alerts=tuple(dict.fromkeys((*incident.alerts, *(alert.id for alert in members)))),
        nodes=tuple(sorted({*incident.nodes, *(node_of(alert) for alert in members)})),
        evidence=evidence,
        onset_us=onset_us,
        causes=_causes(scene, told, around, leader, onset_us),
        changes=tuple(dict.fromkeys((*incident.changes, *(change.id for change in scene.changes)))),
        grounds=grounds_of(scene),
        updated_us=now_us,
    )


def _causes(
    scene: Scene, told: Sequence[Alert], around: _Around, leader: str | None, onset_us: int | None
) -> tuple[Cause, ...]:
    """Of drift of one model alone by the strength of what burns; of all else by what explains the rest."""
    plain = is_plain(scene)
    burns = any(alert.signal.startswith("feature.") for alert in told)  # else the drift of what answers still shows it
    alerts = told if plain and burns else [item.alert for item in scene.items]
    own, _ = parted([alert for alert in alerts if alert.model == scene.model])
    features = rank_features(own, scene.unmoved, where=around.where, leader=leader)
    others = [*rank_groups(alerts), *rank_versions(own, around.newcomers, onset_us)]
    return (explain_drift if plain else explain)(scene, features, others)


def _scene(incident: Incident, members: Sequence[Alert], around: _Around) -> Scene:
    known = around.known
    nodes = {node_of(alert): alert.model for alert in members}
    watched = known.watched.get(incident.project, ())
    ground = ground_of(known.topology, incident.project, incident.evidence, {**dict.fromkeys(watched, ""), **nodes})
    items = tuple(Item(alert) for alert in sorted(members, key=lambda alert: (alert.evidence, alert.id)))
    moved = {alert.signal for alert in members if alert.model == incident.model}
    own = label_of_node(NodeKind.MODEL, incident.model)
    fine = known.fine.get((incident.project, incident.model))
    return Scene(
        model=incident.model,
        items=items,
        ground=ground,
        changes=changes_near(items, (c for c in known.changes if c.project == incident.project), ground),
        unmoved=tuple(signal for signal in around.quiet if signal not in moved),
        normal=tuple(sorted(each for each in watched if each not in nodes and own in ground.models(each))),
        quality_is_fine=fine is not None and fine.overlaps(incident.evidence),
        is_mapped=bool(known.topology.edges),
    )


def _model(incident: Incident, alerts: Sequence[Alert]) -> str:
    """The model that most alerts are about; the present one as long as there is one about it."""
    counts: dict[str, int] = {}
    for alert in alerts:
        if alert.model:
            counts[alert.model] = counts.get(alert.model, 0) + 1
    if incident.model in counts or not counts:
        return incident.model
    return min(counts, key=lambda model: (-counts[model], model))


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
