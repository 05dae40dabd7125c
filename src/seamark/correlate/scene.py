"""All that is known of one incident when its causes are looked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seamark.clock import HOUR_US, MINUTE_US
from seamark.correlate.ground import Ground
from seamark.correlate.items import Aspect, Item
from seamark.correlate.lags import after_change, follows
from seamark.records.log import Change
from seamark.records.topology import NodeKind, label_of_node

MACHINES: Final = frozenset({Aspect.INFRASTRUCTURE, Aspect.SERVING})
_RESOLUTION_US: Final = {Aspect.INFRASTRUCTURE: 15 * MINUTE_US, Aspect.SERVING: 15 * MINUTE_US}
"""How finely the beginning of what is found by rules over a quarter of an hour is known."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The members of an incident, and what stands around them."""

    model: str
    items: tuple[Item, ...]
    ground: Ground
    changes: tuple[Change, ...] = ()  # that may have to do with it
    unmoved: tuple[str, ...] = ()  # signals of the model that did not move
    normal: tuple[str, ...] = ()  # labels of machines and services under it that are watched and well
    quality_is_fine: bool = False  # outcomes of its very time say so
    is_mapped: bool = True  # whether any topology is known

    def about(self, *aspects: Aspect) -> list[Item]:
        """The members about some aspects."""
        return [item for item in self.items if item.aspect in aspects]

    def has(self, *aspects: Aspect) -> bool:
        """Whether any member is about one of them."""
        return any(item.aspect in aspects for item in self.items)

    def measured_by(self, *statistics: str) -> list[Item]:
        """The members that one of these rules or statistics found."""
        return [item for item in self.items if item.alert.statistic in statistics]

    def features(self) -> dict[str, list[Item]]:
        """The members about features, by signal."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            if item.alert.signal.startswith("feature."):
                found.setdefault(item.alert.signal, []).append(item)
        return found


def nodes_of(change: Change) -> tuple[str, ...]:
    """The labels of what was changed."""
    found = []
    if change.service:  # a feature pipeline is named there, too, and what was deployed may be known by its deployment
        kinds = (NodeKind.SERVICE, NodeKind.DEPLOYMENT, NodeKind.FEATURE_PIPELINE)
        found += [label_of_node(kind, change.service) for kind in kinds]
    if change.model:
        found.append(label_of_node(NodeKind.MODEL, change.model))
    return tuple(found)


def begins_us(item: Item) -> int:
    """When it began, as well as that is known."""
    onset_us = item.alert.onset_us
    return item.window.start_us if onset_us is None else onset_us


def resolution_us(item: Item) -> int:
    """How finely `begins_us` is known: an onset is dated by the hour, but with few rows it may be a window off."""
    return max(item.interval_us, _RESOLUTION_US.get(item.aspect, HOUR_US))


def may_cause(one: Item, other: Item, ground: Ground) -> bool:
    """Whether the one may be why the other is: by what they are about, by where they stand, and by time."""
    if one.node == other.node and one.aspect is other.aspect:
        return False
    return _is_upstream(one, other, ground) and _in_time(one, other)


def _in_time(one: Item, other: Item) -> bool:
    if follows(one, other):
        return True
    alike = one.aspect.rank == other.aspect.rank or {one.aspect, other.aspect} <= MACHINES
    slack_us = max(resolution_us(one), resolution_us(other))
    return alike and begins_us(one) <= begins_us(other) + slack_us


def _is_upstream(one: Item, other: Item, ground: Ground) -> bool:
    if one.aspect is Aspect.TRAFFIC and other.aspect in MACHINES:
        return rises(one)
    if other.aspect is Aspect.TRAFFIC:
        return one.aspect in MACHINES and not rises(other)
    if one.aspect.rank == other.aspect.rank:
        drift = one.aspect in (Aspect.DATA, Aspect.TRAFFIC) and other.aspect is Aspect.PREDICTION
        return drift or (one.node != other.node and other.node in ground.downstream(one.node))
    return one.aspect.rank < other.aspect.rank


def rises(item: Item) -> bool:
    """Whether there is more of it than usual."""
    return (item.alert.now or 0.0) > (item.alert.usual or 0.0)


def changes_near(items: Iterable[Item], changes: Iterable[Change], ground: Ground) -> tuple[Change, ...]:
    """The changes that may show in one of the items: near enough, and shortly before."""
    items = list(items)
    found = {
        change.id: change
        for change in changes
        if any(
            after_change(change.time_us, item) and ground.hops(node, item.node) is not None
            for node in nodes_of(change)
            for item in items
        )
    }
    return tuple(sorted(found.values(), key=lambda change: (change.time_us, change.id)))
