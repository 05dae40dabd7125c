"""Features arrive broken: without values, in another unit, of another type, with values never seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from seamark.correlate.finding import Finding, named
from seamark.correlate.items import Aspect, Item
from seamark.correlate.scene import Scene
from seamark.correlate.titles import strength
from seamark.records.topology import NodeKind

_BROKEN: Final = {
    "missing_rate": "arrives without values",
    "mistyped_rate": "arrives as another type",
    "unseen_rate": "has values never seen before",
    "out_of_range_rate": "is out of its usual range: another unit, perhaps",
}
_UPSTREAM = (f"{NodeKind.FEATURE_PIPELINE}/", f"{NodeKind.DATA_SOURCE}/")


def upstream_fault(scene: Scene) -> Finding | None:
    """One feature, or several of one pipeline, arrive broken while machines are well."""
    broken = scene.measured_by(*_BROKEN)
    if not broken or scene.has(Aspect.INFRASTRUCTURE):
        return None
    features = {item.alert.signal for item in broken}
    source = _source({item.node for item in broken}, scene) if len(features) > 1 else None
    worst = max(broken, key=lambda item: (strength(item.alert), item.alert.signal))
    return Finding(
        "upstream_fault",
        "component" if source else "feature",
        source or worst.alert.signal,
        _summary(worst, features, source),
        f"Look at what makes {named([source or worst.alert.signal])}: what was changed there when this began?",
        counter_evidence=("No machine under it is in alarm, so it is not infrastructure.",),
    )


def _summary(worst: Item, features: Collection[str], source: str | None) -> str:
    if len(features) == 1:
        return f"{named(features)} {_BROKEN[worst.alert.statistic]}"
    return f"{named(features)} arrive broken{f': all come from {named([source])}' if source else ''}"


def _source(nodes: Collection[str], scene: Scene) -> str | None:
    """What most of them come from, of two thirds at least; not every feature's origin need be known."""
    above = Counter(
        cause for node in nodes for cause in scene.ground.causes.get(node, ()) if cause.startswith(_UPSTREAM)
    )
    found = min(above, key=lambda cause: (-above[cause], cause), default=None)
    return found if found is not None and above[found] >= max(2 / 3 * len(nodes), 2) else None
