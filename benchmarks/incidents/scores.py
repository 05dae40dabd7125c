"""How well alerts were gathered, and whether the right cause was named."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from played import Played
from world import DAYS, START_US, Fault, World

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.records.incident import Cause
from seamark.records.monitor import Priority


def b_cubed(found: Mapping[str, str], truth: Mapping[str, str]) -> float:
    """F1 of the mean precision and recall over items (Bagga and Baldwin, 1998)."""
    both = Counter((found[each], truth[each]) for each in truth)
    groups, faults = Counter(found[each] for each in truth), Counter(truth.values())
    n = len(truth)
    precision = sum(count * count / groups[group] for (group, _), count in both.items()) / n
    recall = sum(count * count / faults[fault] for (_, fault), count in both.items()) / n
    return 2 * precision * recall / (precision + recall)


def pairwise(found: Mapping[str, str], truth: Mapping[str, str]) -> float:
    """F1 over pairs of items."""

    def pairs(counts: Counter[object]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    right = pairs(Counter((found[each], truth[each]) for each in truth))
    said, true = pairs(Counter(found[each] for each in truth)), pairs(Counter(truth.values()))
    return 2 * right / (said + true) if said + true else 1.0


@dataclass
class Score:
    """Of one world; lists are per true incident."""

    kind: list[str] = field(default_factory=list)
    b_cubed: dict[str, float] = field(default_factory=dict)
    pairwise: dict[str, float] = field(default_factory=dict)
    first: list[bool] = field(default_factory=list)
    among: list[bool] = field(default_factory=list)
    first_alert: list[bool] = field(default_factory=list)  # the baseline: whoever alarmed first
    minutes: list[float] = field(default_factory=list)  # from the first alert to its incident
    messages: list[int] = field(default_factory=list)
    benign: list[bool] = field(default_factory=list)
    quiet_days: int = 0
    quiet_p1: int = 0
    alerts: int = 0
    map: str = ""


def scored(world: World, played: Played, baselines: Mapping[str, Mapping[str, str]]) -> Score:
    """Against the truth of a world."""
    truth = {id: played.faults[id] for id in played.alerts}
    found = {id: _home(alert.incident or "", played) for id, alert in played.alerts.items()}
    score = Score(alerts=len(truth), map=world.map)
    for name, groups in {"seamark": found, **baselines}.items():
        score.b_cubed[name] = b_cubed(groups, truth)
        score.pairwise[name] = pairwise(groups, truth)
    of_fault: dict[str, list[str]] = defaultdict(list)
    for id, fault in truth.items():
        of_fault[fault].append(id)
    for fault in world.faults:
        ids = sorted(of_fault.get(fault.id, []), key=lambda each: (played.alerts[each].opened_us or 0, each))
        if fault.harmless:
            score.benign.append(_is_named_benign(ids, played))
        elif ids and fault.kind != "false_alarm":
            _add(score, fault, ids, played)
    _quiet(score, world, played)
    return score


def _home(incident: str, played: Played) -> str:
    """An incident, or the one whose late consequence it says it is."""
    return played.incidents[incident].aftermath_of or incident


def _causes(home: str, played: Played) -> list[Cause]:
    """As they were told last while the incident was open; of an aftermath, first the cause of the earlier one."""
    incident = played.as_open.get(home) or played.incidents[home]
    causes = list(incident.causes)
    if causes and causes[0].kind == "incident":
        causes = [*_causes(causes[0].subject, played)[:1], *causes[1:]]
    return causes


def _add(score: Score, fault: Fault, ids: list[str], played: Played) -> None:
    homes = Counter(played.alerts[id].incident or "" for id in ids)
    home, _ = homes.most_common(1)[0]
    causes = _causes(home, played)
    clear = not causes or causes[0].kind != "none"
    causes = [each for each in causes if each.kind != "none"]
    score.kind.append(fault.kind)
    score.first.append(bool(causes) and clear and is_right(fault, causes[0].kind, causes[0].subject))
    score.among.append(any(is_right(fault, each.kind, each.subject) for each in causes[:3]))
    first = played.alerts[ids[0]]
    score.first_alert.append(is_right(fault, "", first.component or first.signal))
    opened = min(played.alerts[id].opened_us or 0 for id in ids)
    score.minutes.append((played.first_us[ids[0]] - opened) / MINUTE_US)
    score.messages.append(sum(1 for _, id, why in played.messages if id in homes and why != "resolved"))


def is_right(fault: Fault, kind: str, subject: str) -> bool:
    return subject in fault.right or f"kind:{kind}" in fault.right


def _is_named_benign(ids: list[str], played: Played) -> bool:
    """Nothing was opened for it, or the incident was called benign at some time."""
    homes = {played.alerts[id].incident or "" for id in ids}
    return all("benign" in played.leaders.get(home, ()) for home in homes)


def _quiet(score: Score, world: World, played: Played) -> None:
    """Days that no fault touches, nor its aftermath."""
    busy = set()
    for fault in world.faults:
        if not fault.harmless and fault.kind != "false_alarm":
            busy |= set(range((fault.start_us - HOUR_US) // DAY_US, (fault.end_us + 5 * DAY_US) // DAY_US + 1))
    quiet = set(range(START_US // DAY_US, START_US // DAY_US + DAYS)) - busy
    score.quiet_days = len(quiet)
    score.quiet_p1 = sum(
        1 for each in played.incidents.values() if each.priority is Priority.P1 and each.opened_us // DAY_US in quiet
    )


def mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
