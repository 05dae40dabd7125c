"""Which incident each alert belongs to, as far as is known by now.

Nothing moves unless an alert has come. Then all that it may have to do with is gathered anew, so that it does not
matter which alert came first: two incidents may turn out to be one, and an alert may turn out to belong elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from seamark.clock import DAY_US, MINUTE_US
from seamark.correlate.ground import Ground, ground_of
from seamark.correlate.items import Aspect, Item, node_of
from seamark.correlate.joining import Links, gather, neighbours
from seamark.records.alert import Alert
from seamark.records.incident import EventKind, Incident, IncidentEvent, IncidentState
from seamark.records.topology import Topology
from seamark.records.window import Window

REOPENS_WITHIN_US: Final = 30 * MINUTE_US
SETTLES_AFTER_US: Final = DAY_US + 2 * DAY_US  # at the latest, where nobody judges windows any more
_WINDOWS_MORE: Final = 2  # two of three breaches make an alert

Judged = Mapping[tuple[str, str], Window]
"""By (project, model) the newest window that has been judged."""


@dataclass(slots=True)
class Homes:
    """Incidents, by id, with their alerts; those whose members changed are `moved`."""

    incidents: dict[str, Incident]
    members: dict[str, list[Alert]]
    grounds: dict[str, Ground] = field(default_factory=dict)  # by project, where alerts have come
    moved: set[str] = field(default_factory=set)
    joined: dict[str, Alert] = field(default_factory=dict)  # alerts whose incident changed


def are_new(alerts: Iterable[Alert]) -> list[Alert]:
    """Those that have fired and belong nowhere yet."""
    return [alert for alert in alerts if alert.incident is None and alert.opened_us is not None]


def find_homes(
    incidents: Sequence[Incident], alerts: Iterable[Alert], topology: Topology, judged: Judged, now_us: int
) -> Homes:
    """Give every alert that has fired its incident. `incidents` are open, or over and able to take something in."""
    unique = {alert.id: alert for alert in alerts}
    known = {incident.id: incident for incident in incidents if not incident.merged_into}
    homes = Homes(known, {id: [] for id in known})
    for alert in sorted(unique.values(), key=lambda alert: (alert.evidence, alert.id)):
        if alert.incident in homes.members:
            homes.members[alert.incident].append(alert)
    new = are_new(unique.values())
    for project in sorted({alert.project for alert in new}):
        _settle_project(homes, project, [a for a in new if a.project == project], topology, judged, now_us)
    return homes


def _settle_project(
    homes: Homes, project: str, new: Sequence[Alert], topology: Topology, judged: Judged, now_us: int
) -> None:
    own = {id: incident for id, incident in homes.incidents.items() if incident.project == project}
    present = [*new, *(alert for id in own for alert in homes.members[id])]
    window = reduce(Window.cover, (alert.evidence for alert in present))
    ground = ground_of(topology, project, window, {node_of(alert): alert.model for alert in present})
    homes.grounds[project] = ground
    places = {place.node: place for place in topology.places if place.project == project}
    items = [Item(alert, places.get(node_of(alert))) for alert in present]
    over = _over(homes, own.values(), new, ground, judged, now_us)
    links = Links(ground)
    region = _region([item for item in items if _may_move(item.alert, own, over)], new, ground)
    apart = _apart(homes, own.values())
    groups = [[item.alert for item in group] for group in gather(region, links, over=over, apart=apart)]
    _name(homes, groups, over, now_us)
    _link_aftermath(homes, [i for i in items if i.alert.id not in over], links, over)


def _may_move(alert: Alert, own: Mapping[str, Incident], over: Mapping[str, str]) -> bool:
    home = own.get(alert.incident or "")
    return home is None or home.state is not IncidentState.RESOLVED or alert.id in over


def _region(items: Sequence[Item], new: Iterable[Alert], ground: Ground) -> list[Item]:
    """The items that the new ones may have to do with, directly or through others."""
    beside: dict[str, set[str]] = {}
    for one, other in neighbours(items, ground):
        beside.setdefault(one.alert.id, set()).add(other.alert.id)
        beside.setdefault(other.alert.id, set()).add(one.alert.id)
    found = {alert.id for alert in new}
    waiting = list(found)
    while waiting:
        more = beside.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return [item for item in items if item.alert.id in found]


def _over(
    homes: Homes, incidents: Iterable[Incident], new: Iterable[Alert], ground: Ground, judged: Judged, now_us: int
) -> dict[str, str]:
    """By alert, the incident that is over and to which it belongs, come what may: members, and those that came back."""
    found: dict[str, str] = {}
    for incident in incidents:
        if incident.state is not IncidentState.RESOLVED:
            continue
        members = homes.members[incident.id]
        resolved_us = incident.resolved_us or incident.updated_us
        conditions = {alert.fingerprint for alert in members}
        back = [a for a in new if a.fingerprint in conditions and came_back(a, resolved_us)]
        if back or not is_settled(incident, members, ground, judged, now_us):
            found |= {alert.id: incident.id for alert in (*members, *back)}
    return found


def came_back(alert: Alert, resolved_us: int) -> bool:
    """Whether it fired within half an hour of the end of an incident."""
    return 0 <= (alert.opened_us or 0) - resolved_us <= REOPENS_WITHIN_US


def is_settled(incident: Incident, members: Iterable[Alert], ground: Ground, judged: Judged, now_us: int) -> bool:
    """Whether every model that the incident bears on has been judged over its time, or three days have passed."""
    if now_us - (incident.resolved_us or incident.updated_us) > SETTLES_AFTER_US:
        return True
    models = {name.partition("/")[2] for alert in members for name in ground.models(node_of(alert))}
    newest = [judged[incident.project, model] for model in models if (incident.project, model) in judged]
    return all(
        window.end_us >= incident.evidence.end_us + _WINDOWS_MORE * window.length_us for window in newest
    ) and bool(newest)


def _apart(homes: Homes, incidents: Iterable[Incident]) -> set[frozenset[str]]:
    """Pairs of alerts that a person took apart, and nobody put together again."""
    found = set()
    for incident in incidents:
        for moved in taken_out(incident):
            others = {alert.id for alert in homes.members[incident.id]} - set(moved)
            found |= {frozenset((one, other)) for one in moved for other in others}
    return found


def taken_out(incident: Incident) -> list[tuple[str, ...]]:
    """The alerts that people took out of an incident, by the incident they became."""
    last = {event.other: event for event in incident.history if event.kind in (EventKind.SPLIT, EventKind.MERGED)}
    return [event.alerts for event in last.values() if event.kind is EventKind.SPLIT]


def _name(homes: Homes, groups: Sequence[Sequence[Alert]], over: Mapping[str, str], now_us: int) -> None:
    """Let each group be one of the incidents that it has alerts of, or a new one; write down who moved where."""
    touched = {a.incident for group in groups for a in group if a.incident is not None}
    before = {id: list(homes.members[id]) for id in touched}
    named = _names(homes, groups, over, now_us)
    for group, name in zip(groups, named, strict=True):
        if name not in homes.incidents:
            homes.incidents[name] = _opened(name, group, now_us)
            before[name] = []
        for alert in group:
            if alert.incident != name:
                homes.joined[alert.id] = replace(alert, incident=name)
        homes.members[name] = [homes.joined.get(alert.id, alert) for alert in group]
    for id in touched - set(named):
        homes.members[id] = []
    _record(homes, before, now_us)


def _names(homes: Homes, groups: Sequence[Sequence[Alert]], over: Mapping[str, str], now_us: int) -> list[str]:
    """Of each incident, the oldest first, the group that has most of its alerts keeps its name."""
    held: list[dict[str, int]] = []
    for group in groups:
        counts: dict[str, int] = {}
        for alert in group:
            owner = over.get(alert.id, alert.incident)
            if owner is not None:
                counts[owner] = counts.get(owner, 0) + 1
        held.append(counts)
    names: dict[int, str] = {}
    ids = {id for counts in held for id in counts}
    for _, id in sorted((homes.incidents[id].opened_us, id) for id in ids):
        most = min(range(len(groups)), key=lambda at: (-held[at].get(id, 0), at))
        names.setdefault(most, id)
    return [names.get(at) or _new_name(group[0], now_us) for at, group in enumerate(groups)]


def _new_name(first: Alert, now_us: int) -> str:
    """From its first alert, so that a replay gives it the same; one that was elsewhere may have named that."""
    seed = first.id if first.incident is None else f"{first.id}@{now_us}"
    return "inc_" + hashlib.sha256(seed.encode()).hexdigest()[:16]


def _opened(name: str, group: Sequence[Alert], now_us: int) -> Incident:
    first = group[0]
    return Incident(
        id=name,
        project=first.project,
        model=first.model,
        title="",
        state=IncidentState.OPEN,
        severity=first.severity,
        priority=first.priority,
        layers=(),
        alerts=(),
        evidence=reduce(Window.cover, (alert.evidence for alert in group)),
        opened_us=now_us,
        updated_us=now_us,
    )


def _record(homes: Homes, before: Mapping[str, Sequence[Alert]], now_us: int) -> None:
    """Write into the histories which alerts went from one incident to another, and end those that have none left."""
    for id, alerts in before.items():
        now = {alert.id for alert in homes.members[id]}
        if now != {alert.id for alert in alerts}:
            homes.moved.add(id)
        to: dict[str, list[str]] = {}
        for alert in alerts:
            if alert.id not in now:
                to.setdefault(homes.joined[alert.id].incident or "", []).append(alert.id)
        for other, moved in sorted(to.items()):
            kind = EventKind.MOVED if now else EventKind.MERGED
            _tell(homes, id, IncidentEvent(now_us, kind, other, tuple(moved)))
            _tell(homes, other, IncidentEvent(now_us, kind, id, tuple(moved)))
        if alerts and not now:
            other = max(to, key=lambda name: (len(to[name]), name))
            homes.incidents[id] = replace(homes.incidents[id], merged_into=other)


def _tell(homes: Homes, id: str, event: IncidentEvent) -> None:
    incident = homes.incidents[id]
    homes.incidents[id] = replace(incident, history=(*incident.history, event))


def _link_aftermath(homes: Homes, items: Sequence[Item], links: Links, over: Mapping[str, str]) -> None:
    """What came true later of the time of an incident that is settled is about that one without joining it.

    Of the very time: predictions that were made after a fault was repaired are not bad because of it.
    """
    by_id = {item.alert.id: item for item in items}
    ended = [
        (incident, by_id[alert.id])
        for incident in homes.incidents.values()
        if incident.state is IncidentState.RESOLVED and not incident.merged_into
        for alert in homes.members[incident.id]
        if alert.id in by_id and alert.id not in over
    ]
    for id in sorted(homes.moved):
        late = [by_id[alert.id] for alert in homes.members[id] if alert.id in by_id]
        if homes.incidents[id].alerts or not late or any(item.aspect < Aspect.QUALITY for item in late):
            continue
        about = [
            (link.score, incident.evidence.end_us, incident.id)
            for incident, past in ended
            for item in late
            if past.window.overlaps(item.window) and (link := links.between(past, item)) is not None
        ]
        if about:
            homes.incidents[id] = replace(homes.incidents[id], aftermath_of=max(about)[2])
