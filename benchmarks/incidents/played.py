"""A world's conditions through the real alert machine, the correlator and the rule of what is news."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from world import PROJECT, Condition, World

from seamark.alert.identity import fingerprint
from seamark.alert.machine import step
from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.correlate.incidents import Known, correlate, models_asked_for
from seamark.notify.desk import SILENT
from seamark.notify.outbox import news
from seamark.records.alert import Alert, AlertState
from seamark.records.evaluation import Evaluation, Status
from seamark.records.incident import Incident, IncidentState
from seamark.records.window import Window

WAIT_US = 90 * 1_000_000
_AFTER = 12  # quiet windows that are played after a condition


@dataclass
class Played:
    """What came out: alerts with the fault they are of, incidents as they were last open, and messages."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)  # by alert
    incidents: dict[str, Incident] = field(default_factory=dict)
    as_open: dict[str, Incident] = field(default_factory=dict)
    leaders: dict[str, set[str]] = field(default_factory=dict)  # kinds of leading causes an incident ever had
    messages: list[tuple[int, str, str]] = field(default_factory=list)  # when, about which incident, why
    first_us: dict[str, int] = field(default_factory=dict)  # when an incident was first there, by alert


def play(world: World) -> Played:
    """One month; every tick is a minute in which something was judged."""
    played = Played()
    live: dict[str, Alert] = {}
    told: dict[str, Incident] = {}
    judged = sorted(_judged(world), key=lambda each: each[0])
    for now_us, batch in groupby(judged, key=lambda each: each[0] // MINUTE_US * MINUTE_US + MINUTE_US):
        changed = False
        for _, condition, window, status in batch:
            changed |= _step(played, live, condition, window, status, now_us)
        if changed:
            _correlate(world, played, live, now_us)
        _tell(played, told, now_us)
    _tell(played, told, now_us + DAY_US)
    return played


def _judged(world: World) -> list[tuple[int, Condition, Window, Status]]:
    """Each window of each monitor with its verdict, and when that is known; one breach in thirty is missed."""
    found: dict[tuple[str, ...], tuple[int, Condition, Window, Status]] = {}
    for condition in world.conditions:
        for known_us, window, status in _windows(world, condition):
            name = (condition.model, condition.component, condition.version, condition.monitor.name)
            key = (*name, str(window.start_us))
            if key not in found or status is Status.BREACH:
                found[key] = (known_us, condition, window, status)
    return list(found.values())


def _windows(world: World, condition: Condition) -> Iterator[tuple[int, Window, Status]]:
    length = condition.interval_us
    first = condition.start_us // length * length
    last = condition.end_us + condition.reach_us
    for start in range(first, last + _AFTER * length, length):
        window = Window(start, start + length)
        seen = Window(window.end_us - condition.reach_us, window.end_us)
        share = min(seen.end_us, condition.end_us) - max(seen.start_us, condition.start_us)
        is_bad = share >= 0.4 * min(condition.reach_us, condition.end_us - condition.start_us)
        is_bad = is_bad and world.rng.random() > 1 / 30
        yield window.end_us + condition.known_after_us, window, Status.BREACH if is_bad else Status.OK


def _step(
    played: Played, live: dict[str, Alert], condition: Condition, window: Window, status: Status, now_us: int
) -> bool:
    evaluation = Evaluation(
        block_seq=0, project=PROJECT, model=condition.model, version=condition.version, segment="",
        monitor=condition.monitor.name, window=window, status=status, value=condition.strength, threshold=1.0,
        effect=condition.strength, n=500.0, span=max(condition.reach_us // condition.interval_us, 1),
        now=condition.now, usual=condition.usual, component=condition.component,
    )  # fmt: skip
    identity = fingerprint(evaluation)
    before = live.get(identity)
    opens_after_us = now_us - DAY_US - condition.known_after_us
    after = step(before, evaluation, condition.monitor, now_us=now_us, opens_after_us=opens_after_us)
    if after is None:
        live.pop(identity, None)
        return False
    if after.state is AlertState.RESOLVED:
        live.pop(identity, None)
    else:
        live[identity] = after
    if after.opened_us is None:
        return False
    played.alerts[after.id] = after
    played.faults.setdefault(after.id, condition.fault)
    is_hourly = condition.interval_us >= HOUR_US  # a model is looked at anew with each of its windows
    return is_hourly or before is None or before.state is not after.state or before.opened_us is None


def _correlate(world: World, played: Played, live: dict[str, Alert], now_us: int) -> None:
    known = _known(world, played, now_us)
    recent = [
        each
        for each in played.incidents.values()
        if each.state is IncidentState.OPEN or (not each.merged_into and each.evidence.end_us > now_us - 14 * DAY_US)
    ]
    ids = {each.id for each in recent}
    alerts = [each for each in played.alerts.values() if each.incident is None or each.incident in ids]
    moved = {alert.signal for alert in live.values()}
    quiet = {
        (PROJECT, model.name): [f"feature.{each}" for each in model.features if f"feature.{each}" not in moved]
        for model in world.models
    }
    assert models_asked_for(recent, alerts) <= quiet.keys()
    changed, joined = correlate(recent, alerts, quiet, known=known, now_us=now_us)
    for incident in changed:
        played.incidents[incident.id] = incident
        if incident.state is IncidentState.OPEN:
            played.as_open[incident.id] = incident
        if incident.causes:
            played.leaders.setdefault(incident.id, set()).add(incident.causes[0].kind)
    for alert in joined:
        played.alerts[alert.id] = alert
        played.first_us.setdefault(alert.id, now_us)
        if alert.fingerprint in live:
            live[alert.fingerprint] = alert


def _known(world: World, played: Played, now_us: int) -> Known:
    del played
    fine = {}
    for model in world.models:
        end_us = now_us - model.delay_us
        bad = any(
            each.model == model.name and each.start_us < end_us and each.end_us > end_us - DAY_US
            for each in world.conditions
            if each.monitor.signal.startswith(("quality.", "outcomes"))
        )
        if not bad:
            fine[PROJECT, model.name] = Window(end_us - model.window_us, end_us)
    return Known(
        topology=world.topology,
        changes=[each for each in world.changes if each.time_us <= now_us],
        judged={
            (PROJECT, model.name): Window(end - model.window_us, end)
            for model in world.models
            for end in [(now_us - 15 * MINUTE_US) // model.window_us * model.window_us]
        },
        watched={PROJECT: world.components},
        fine=fine,
    )


def _tell(played: Played, told: dict[str, Incident], now_us: int) -> None:
    """What is news, a minute and a half after an incident opened: until then other layers may still join."""
    for id, incident in played.incidents.items():
        if told.get(id) is incident or incident.opened_us + WAIT_US > now_us:
            continue
        if id not in told and incident.merged_into:
            told[id] = incident
            continue
        for delivery in news(told, [incident], {}, "http://localhost", now_us):
            if delivery.reason not in SILENT:
                played.messages.append((now_us, id, delivery.reason))
        told[id] = incident
