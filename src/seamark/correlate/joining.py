"""Which alerts are one incident: how well two go together, and what keeps a chain of pairs from growing.

The score of two alerts is S = .5 topology + .3 lag + .2 labels, of which they need .6 and some topology and lag.
* topology: 1 of the same component; .8 at one hop, or where both bear on the same model; .5 at two hops
* lag: as `lags.py` says
* labels: the Jaccard index of those of environment, region, version, segment and feature that both carry; without any,
  the weights of the other two count alone. Another environment or region forbids.

Pairs are joined from the best score on, as in single linkage, so the order in which alerts came says nothing. Three
rules keep chains short: no two members are more than `SPAN_US` apart; none is more than three hops from another, going
from member to member; and what began later must follow from what began earlier by its own root, not by an effect that
the two share.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final

from seamark.clock import DAY_US
from seamark.correlate.ground import Ground
from seamark.correlate.items import Item
from seamark.correlate.lags import lag
from seamark.records.window import Window

TOPOLOGY, LAG, LABELS = 0.5, 0.3, 0.2  # weights, set before anything was measured
LEAST_SCORE: Final = 0.6
SPAN_US: Final = 14 * DAY_US
MOST_HOPS: Final = 3
_BY_HOPS: Final = {0: 1.0, 1: 0.8, 2: 0.5}
_FORBIDDING: Final = ("environment", "region")


@dataclass(frozen=True, slots=True)
class Link:
    """Two items that go together."""

    score: float
    hops: int


@dataclass(slots=True)
class Links:
    """How well items go together, worked out once per pair."""

    ground: Ground
    _known: dict[tuple[str, str], Link | None] = field(default_factory=dict)

    def between(self, one: Item, other: Item) -> Link | None:
        """The link of two items; None where they do not go together."""
        first, second = sorted((one, other), key=lambda item: item.alert.id)
        key = (first.alert.id, second.alert.id)
        if key not in self._known:
            self._known[key] = _link(first, second, self.ground)
        return self._known[key]


def _link(one: Item, other: Item, ground: Ground) -> Link | None:
    if one.alert.is_trend or other.alert.is_trend:
        return _link_of_trends(one, other)
    hops = ground.hops(one.node, other.node)
    if hops is None or not lag(one, other):
        return None
    shared = _jaccard(one.labels, other.labels)
    if any(one.labels.get(name) != other.labels.get(name) for name in _FORBIDDING if _both(one, other, name)):
        return None
    score = TOPOLOGY * _BY_HOPS[hops] + LAG
    score = score / (TOPOLOGY + LAG) if shared is None else score + LABELS * shared
    return Link(score, hops) if score >= LEAST_SCORE else None


def _link_of_trends(one: Item, other: Item) -> Link | None:
    """Slow trends keep to themselves: their evidence is months long and would swallow everything that happens."""
    both = one.alert.is_trend and other.alert.is_trend
    if not both or one.alert.model != other.alert.model or not one.window.overlaps(other.window):
        return None
    return Link(1.0, 1)


def _both(one: Item, other: Item, name: str) -> bool:
    return name in one.labels and name in other.labels


def _jaccard(one: Mapping[str, str], other: Mapping[str, str]) -> float | None:
    names = one.keys() & other.keys()
    if not names:
        return None
    alike = sum(one[name] == other[name] for name in names)
    return alike / (2 * len(names) - alike)


@dataclass(slots=True)
class _Cluster:
    """Items found to be one incident so far."""

    items: list[Item]
    models: frozenset[str]  # that all of them bear on
    over: bool = False  # an incident that is over: it takes in only what is new and tells of its time

    @property
    def root(self) -> Item:
        """What everything else may follow from: of the lowest layer, the earliest."""
        return min(self.items, key=lambda item: (item.aspect.rank, item.key))


def gather(
    items: Iterable[Item],
    links: Links,
    *,
    over: Mapping[str, str] | None = None,
    apart: Collection[frozenset[str]] = (),
) -> list[list[Item]]:
    """The items in groups, each in canonical order; the order and repetition of `items` do not matter.

    `over` names, by alert id, the incident that is over and whose members stay together. `apart` are pairs of alert
    ids that a person took apart.
    """
    over = over or {}
    unique = {item.alert.id: item for item in items}
    clusters = _begin(sorted(unique.values(), key=lambda item: item.key), links.ground, over)
    refused: dict[tuple[int, int], tuple[_Cluster, _Cluster]] = {}  # holds them, so that no other gets their ids
    for one, other in _ranked(list(unique.values()), links):
        mine, theirs = clusters[one.alert.id], clusters[other.alert.id]
        if mine is theirs or (id(mine), id(theirs)) in refused:
            continue
        if not _may_merge(mine, theirs, links, apart):
            refused |= {(id(mine), id(theirs)): (mine, theirs), (id(theirs), id(mine)): (mine, theirs)}
            continue
        merged = _Cluster(mine.items + theirs.items, mine.models & theirs.models, mine.over or theirs.over)
        clusters |= {item.alert.id: merged for item in merged.items}
    distinct = {id(cluster): cluster for cluster in clusters.values()}
    groups = [sorted(cluster.items, key=lambda item: item.key) for cluster in distinct.values()]
    return sorted(groups, key=lambda group: group[0].key)


def _begin(items: Sequence[Item], ground: Ground, over: Mapping[str, str]) -> dict[str, _Cluster]:
    """Each item alone; the members of an incident that is over together."""
    clusters: dict[str, _Cluster] = {}
    settling: dict[str, _Cluster] = {}
    for item in items:
        models = ground.models(item.node)
        incident = over.get(item.alert.id, "")
        known = settling.get(incident)
        if known is None:
            known = _Cluster([item], models, bool(incident))
            if incident:
                settling[incident] = known
        else:
            known.items.append(item)
            known.models &= models
        clusters[item.alert.id] = known
    return clusters


def _ranked(items: Sequence[Item], links: Links) -> list[tuple[Item, Item]]:
    """All pairs that go together: the best score first, then the closest in time, then the nearest."""
    pairs = []
    for one, other in neighbours(items, links.ground):
        link = links.between(one, other)
        if link is not None:
            between_us = abs(one.window.start_us - other.window.start_us)
            pairs.append(((-link.score, between_us, link.hops, one.key, other.key), one, other))
    return [(one, other) for _, one, other in sorted(pairs, key=lambda pair: pair[0])]


def neighbours(items: Sequence[Item], ground: Ground) -> Iterable[tuple[Item, Item]]:
    """Each pair of items within two hops of each other or bearing on one model, the earlier first."""
    ordered = sorted(items, key=lambda item: item.key)
    by_place: dict[str, list[int]] = {}
    for at, item in enumerate(ordered):
        for place in ground.models(item.node) | ground.near(item.node):
            by_place.setdefault(place, []).append(at)
    seen = {(one, other) for at in by_place.values() for index, one in enumerate(at) for other in at[index + 1 :]}
    return ((ordered[one], ordered[other]) for one, other in sorted(seen))


def _may_merge(one: _Cluster, other: _Cluster, links: Links, apart: Collection[frozenset[str]]) -> bool:
    if (one.over or other.over) and not _tells_of(one, other):
        return False
    items = one.items + other.items
    if max(item.window.start_us for item in items) - min(item.window.end_us for item in items) > SPAN_US:
        return False
    if apart and any(frozenset((a.alert.id, b.alert.id)) in apart for a in one.items for b in other.items):
        return False
    return _follows(one, other, links) and (bool(one.models & other.models) or _is_compact(items, links))


def _tells_of(one: _Cluster, other: _Cluster) -> bool:
    """Whether all that is new is of the time of the one that is over."""
    if one.over and other.over:
        return False
    past, new = (one, other) if one.over else (other, one)
    window = reduce(Window.cover, (item.window for item in past.items))
    return all(item.alert.incident is None and item.window.overlaps(window) for item in new.items)


def _follows(one: _Cluster, other: _Cluster, links: Links) -> bool:
    """Whether the root of what began later goes with the root of the earlier, or with one that may have caused it."""
    earlier, later = sorted((one, other), key=lambda cluster: cluster.root.key)
    root = later.root
    return any(
        links.between(item, root) is not None
        for item in earlier.items
        if item is earlier.root or item.aspect.rank <= root.aspect.rank
    )


def _is_compact(items: Sequence[Item], links: Links) -> bool:
    """Whether each item is within `MOST_HOPS` of each other one, stepping on items that are no hubs."""
    ground = links.ground
    nodes = sorted({item.node for item in items})
    near = {one: {other: hops for other in nodes if (hops := ground.hops(one, other)) is not None} for one in nodes}
    return all(len(_within(one, near, ground.hubs)) == len(nodes) for one in nodes)


def _within(start: str, near: Mapping[str, Mapping[str, int]], hubs: Collection[str]) -> dict[str, int]:
    """The nodes within `MOST_HOPS` of one, with how far they are."""
    found = {start: 0}
    for far in range(MOST_HOPS + 1):
        for node in [each for each, hops in found.items() if hops == far and (each == start or each not in hubs)]:
            for other, hops in near[node].items():
                if far + hops <= MOST_HOPS and far + hops < found.get(other, MOST_HOPS + 1):
                    found[other] = far + hops
    return found
