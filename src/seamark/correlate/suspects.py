"""What an incident may come from: each member that could be a cause, scored.

R = .35 explains what is downstream of it, and is not itself explained + .25 began first + .20 how far it departs +
.10 was changed shortly before + .10 stands lower. What cannot be told for any suspect is left out, and the other
weights count for more. How far it departs is compared within its own kind; p-values, which saturate, are not used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from seamark.correlate.items import Aspect, Item
from seamark.correlate.lags import after_change
from seamark.correlate.scene import Scene, begins_us, may_cause, nodes_of, resolution_us
from seamark.correlate.titles import strength

EXPLAINS, ONSET, MAGNITUDE, CHANGED, LOW = 0.35, 0.25, 0.20, 0.10, 0.10  # set before anything was measured
LEAST_SCORE: Final = 0.4
LEAST_LEAD: Final = 0.05
_JOINT: Final = "joint"


@dataclass(frozen=True, slots=True)
class Suspect:
    """One component, feature or signal that could be behind an incident."""

    subject: str  # a signal or the label of a component
    items: tuple[Item, ...]
    explains: float  # share of the other members that may come from it
    by: tuple[str, ...]  # the suspects that it may come from itself
    is_first: bool | None  # whether it began clearly before all others; None where nobody did
    magnitude: float  # 0..1, of the strongest of its kind
    changed: bool | None  # whether it was changed shortly before; None where nothing was
    low: float  # 1 for infrastructure, 0 for business
    score: float

    @property
    def aspect(self) -> Aspect:
        """What it is about."""
        return self.items[0].aspect


def suspects_of(scene: Scene) -> list[Suspect]:
    """All that could be a cause, the likeliest first."""
    groups = _groups(scene)
    firsts = _firsts(groups)
    strongest: dict[Aspect, float] = {}
    for items in groups.values():
        aspect = items[0].aspect
        strongest[aspect] = max(strongest.get(aspect, 0.0), _magnitude(items))
    changed = {subject: _was_changed(items, scene) for subject, items in groups.items()}
    any_changed = any(changed.values())
    found = [
        _scored(
            subject,
            items,
            scene,
            groups,
            is_first=None if firsts is None else subject == firsts,
            magnitude=_magnitude(items) / (strongest[items[0].aspect] or 1.0),
            changed=changed[subject] if any_changed else None,
        )
        for subject, items in groups.items()
    ]
    return sorted(found, key=lambda each: (-each.score, each.aspect, each.subject))


def is_clear(suspects: Sequence[Suspect]) -> bool:
    """Whether the first is likely enough, and clearly likelier than the second."""
    if not suspects or suspects[0].score < LEAST_SCORE:
        return False
    return len(suspects) == 1 or suspects[0].score - suspects[1].score >= LEAST_LEAD


def _groups(scene: Scene) -> dict[str, tuple[Item, ...]]:
    """By subject the members that could be causes: no answers, and the joint shift only where no feature moved."""
    found: dict[str, list[Item]] = {}
    features = scene.features()
    for item in scene.items:
        if item.aspect < Aspect.PREDICTION and not (features and item.alert.signal == _JOINT):
            found.setdefault(item.alert.component or item.alert.signal, []).append(item)
    return {subject: tuple(items) for subject, items in sorted(found.items())}


def _scored(
    subject: str,
    items: tuple[Item, ...],
    scene: Scene,
    groups: dict[str, tuple[Item, ...]],
    *,
    is_first: bool | None,
    magnitude: float,
    changed: bool | None,
) -> Suspect:
    others = [item for item in scene.items if item not in items]
    explained = [other for other in others if any(may_cause(item, other, scene.ground) for item in items)]
    by = tuple(
        parent
        for parent, theirs in groups.items()
        if parent != subject and _explains(theirs, items, scene) and not _explains(items, theirs, scene)
    )
    share = len(explained) / len(others) if others else 1.0
    low = 1.0 - items[0].aspect / Aspect.BUSINESS
    parts = [(EXPLAINS, 0.0 if by else share), (MAGNITUDE, magnitude), (LOW, low)]
    parts += [(ONSET, float(is_first))] if is_first is not None else []
    parts += [(CHANGED, float(changed))] if changed is not None else []
    score = math.fsum(weight * value for weight, value in parts) / math.fsum(weight for weight, _ in parts)
    return Suspect(subject, items, share, by, is_first, magnitude, changed, low, score)


def _explains(causes: Iterable[Item], effects: Iterable[Item], scene: Scene) -> bool:
    effects = list(effects)
    return any(may_cause(cause, effect, scene.ground) for cause in causes for effect in effects)


def _firsts(groups: dict[str, tuple[Item, ...]]) -> str | None:
    """The subject that began before all others by more than can be told apart; None where there is none."""
    if len(groups) < 2:
        return None
    begun = sorted((min(map(begins_us, items)), max(map(resolution_us, items)), name) for name, items in groups.items())
    (first_us, fine_us, name), (second_us, other_us, _) = begun[:2]
    return name if second_us - first_us > max(fine_us, other_us) else None


def _magnitude(items: Iterable[Item]) -> float:
    return max(math.log1p(max(strength(item.alert), 0.0)) for item in items)


def _was_changed(items: Iterable[Item], scene: Scene) -> bool:
    return any(
        after_change(change.time_us, item) and (scene.ground.hops(node, item.node) or 0) <= 1
        for change in scene.changes
        for node in nodes_of(change)
        for item in items
        if scene.ground.hops(node, item.node) is not None
    )
