"""How near things stand to each other in a topology, and which models they bear on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seamark.records.topology import NodeKind, Topology, label_of_node
from seamark.records.window import Window

_MODEL, _OUTCOME = f"{NodeKind.MODEL}/", f"{NodeKind.OUTCOME}/"
_OF_A_MODEL = (f"{NodeKind.FEATURE}/", f"{NodeKind.VERSION}/")
_NAMED_AS_MODELS = (NodeKind.SERVICE, NodeKind.ENDPOINT, NodeKind.DEPLOYMENT)
NAME_ONLY = "A service of the model's own name is taken to serve it, because no topology says what does."


@dataclass(slots=True)
class Ground:
    """The topology of one project at one time, with what the labels of nodes say by themselves."""

    causes: dict[str, set[str]] = field(default_factory=dict)
    effects: dict[str, set[str]] = field(default_factory=dict)
    hubs: frozenset[str] = frozenset()
    by_name: frozenset[str] = frozenset()  # services that nothing but their name connects
    _models: dict[str, frozenset[str]] = field(default_factory=dict)

    def models(self, node: str) -> frozenset[str]:
        """The labels of the models that a node bears on: what serves them, what they read, and their outcomes."""
        if node not in self._models:
            if node.startswith(_OUTCOME):
                found = {_MODEL + node.removeprefix(_OUTCOME)}
            else:
                found = {each for each in self.downstream(node) if each.startswith(_MODEL)}
            self._models[node] = frozenset(found)
        return self._models[node]

    def near(self, node: str) -> set[str]:
        """The node and what is one hop away, in whatever direction."""
        return {node, *self.causes.get(node, ()), *self.effects.get(node, ())}

    def hops(self, one: str, other: str) -> int | None:
        """0 of the same, 1 of neighbours and of what bears on the same model, 2 at two hops, None beyond.

        A hub may be the end of a path, but not on it.
        """
        if one == other:
            return 0
        if other in self.near(one) or self.models(one) & self.models(other):
            return 1
        return 2 if (self.near(one) & self.near(other)) - self.hubs else None

    def downstream(self, node: str) -> set[str]:
        """The node and all that rests on it, without what does so only through a hub."""
        found, waiting = {node}, [node]
        while waiting:
            each = waiting.pop()
            if each in self.hubs:
                continue
            new = self.effects.get(each, set()) - found
            found |= new
            waiting += new
        return found


def ground_of(topology: Topology, project: str, window: Window, nodes: Mapping[str, str]) -> Ground:
    """What is known around `nodes`: of each the model that its label tells, "" of machines and services."""
    pairs = set(topology.pairs(project, window))
    told = {node for pair in pairs for node in pair}
    by_name = _by_name(nodes, told)
    told_models = {node: node.split("/")[1] for node in told if node.startswith(_OF_A_MODEL)}
    for node, model in (told_models | dict(nodes)).items():
        if node.startswith(_OF_A_MODEL):
            pairs.add((node, label_of_node(NodeKind.MODEL, model)))
        if model:
            pairs.add((label_of_node(NodeKind.MODEL, model), label_of_node(NodeKind.OUTCOME, model)))
    pairs |= {(service, label_of_node(NodeKind.MODEL, service.partition("/")[2])) for service in by_name}
    ground = Ground(hubs=topology.hubs(project, window), by_name=by_name)
    for cause, effect in pairs:
        ground.effects.setdefault(cause, set()).add(effect)
        ground.causes.setdefault(effect, set()).add(cause)
    return ground


def _by_name(nodes: Iterable[str], told: set[str]) -> frozenset[str]:
    kinds = tuple(f"{kind}/" for kind in _NAMED_AS_MODELS)
    return frozenset(node for node in nodes if node.startswith(kinds) and node not in told)
