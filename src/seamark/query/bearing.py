"""Which machines and services bear on a model, and how that is known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seamark.records.metric import Component
from seamark.records.topology import NodeKind, label_of_node
from seamark.records.window import Window
from seamark.store.protocol import Store

_FURTHEST = 5  # steps from a machine to a model: node → pod → deployment → service → version → model


@dataclass(frozen=True, slots=True)
class Bearing:
    """`how` is "topology", "name", "only_model", or "" where nothing bears on it."""

    components: tuple[Component, ...]
    how: str

    @property
    def labels(self) -> list[str]:
        """As alerts and topologies name them."""
        return [component.label for component in self.components]


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the models of a project; read once for all of them."""

    components: tuple[Component, ...]
    pairs: frozenset[tuple[str, str]]  # cause and effect
    models: tuple[str, ...]  # those that are not retired

    @classmethod
    def of(cls, store: Store, project: str, window: Window) -> Around:
        """As far as it held in a window."""
        components = tuple(sorted({series.component for series in store.metrics.series(project)}))
        if not components:
            return cls((), frozenset(), ())
        models = tuple(each.name for each in store.slow.models(project) if not each.retired)
        return cls(components, store.metrics.topology().pairs(project, window), models)

    def bearing_on(self, model: str) -> Bearing:
        """What the topology says; else what carries the model's name; else, of an only model, everything."""
        told = self._beneath(model)
        found = [component for component in self.components if component.label in told]
        if found:
            return Bearing(tuple(found), "topology")
        found = [component for component in self.components if _carries(component.name, model)]
        if found:
            return Bearing(tuple(found), "name")
        is_only = bool(self.components) and set(self.models) <= {model}
        return Bearing(self.components, "only_model") if is_only else Bearing((), "")

    def _beneath(self, model: str) -> set[str]:
        """The labels of everything that a model or a version of it rests on."""
        version = label_of_node(NodeKind.VERSION, model, "")
        versions = {node for pair in self.pairs for node in pair if node.startswith(version)}
        found = {label_of_node(NodeKind.MODEL, model), *versions}
        fresh: set[str] = set(found)
        for _ in range(_FURTHEST):
            fresh = {cause for cause, effect in self.pairs if effect in fresh} - found
            found |= fresh
        return found


def bearing_on(store: Store, project: str, model: str, window: Window) -> Bearing:
    """What bears on one model."""
    return Around.of(store, project, window).bearing_on(model)


def _carries(name: str, model: str) -> bool:
    """`default/fraud-api-7d9/api` carries `fraud`."""
    words = _words(model)
    return bool(words) and f"-{words}-" in f"-{_words(name)}-"


def _words(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
