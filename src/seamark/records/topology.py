"""What rests on what: machines, services, models, their inputs and their outcomes, as far as it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from seamark.records.window import Window

MOST_DEPENDENTS: Final = 20
"""What more rest upon is a hub: that two things share it says nothing about them."""


class NodeKind(StrEnum):
    """What stands in a topology; the values of `ComponentKind` mean the same here.

    node, gpu → pod → deployment, service → version → model → outcome;
    data source → feature pipeline → feature → model.
    """

    NODE = "node"
    GPU = "gpu"
    POD = "pod"
    CONTAINER = "container"
    PROCESS = "process"
    DEPLOYMENT = "deployment"
    SERVICE = "service"
    ENDPOINT = "endpoint"
    VERSION = "version"
    MODEL = "model"
    OUTCOME = "outcome"
    DATA_SOURCE = "data_source"
    FEATURE_PIPELINE = "feature_pipeline"
    FEATURE = "feature"


def label_of_node(kind: NodeKind, *names: str) -> str:
    """What a node is called: `service/checkout`, `model/fraud`, `version/fraud/3`, `feature/fraud/amount`.

    The name of a version, a feature or an outcome begins with its model's.
    """
    return "/".join((kind.value, *names))


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`effect` rests on `cause`, so what happens to `cause` may show in `effect`; both are labels of nodes.

    Edges between a model and its own versions, features and outcome need not be told: their labels say it.
    """

    project: str
    cause: str
    effect: str
    since_us: int = 0
    until_us: int | None = None  # None: it still holds

    def holds_in(self, window: Window) -> bool:
        """Whether it held at any instant of the window."""
        return self.since_us < window.end_us and (self.until_us is None or self.until_us > window.start_us)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a node runs; "" is not known. Two nodes of different environments or regions never share an incident."""

    project: str
    node: str
    environment: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Topology:
    """All that is known of what rests on what; the order says nothing."""

    edges: tuple[Edge, ...] = ()
    places: tuple[Place, ...] = ()

    def hubs(self, project: str, window: Window) -> frozenset[str]:
        """The nodes that more than `MOST_DEPENDENTS` others rested upon in a window."""
        dependents: dict[str, set[str]] = {}
        for edge in self._held(project, window):
            dependents.setdefault(edge.cause, set()).add(edge.effect)
        return frozenset(node for node, others in dependents.items() if len(others) > MOST_DEPENDENTS)

    def pairs(self, project: str, window: Window) -> frozenset[tuple[str, str]]:
        """(cause, effect) of every edge that held in a window."""
        return frozenset((edge.cause, edge.effect) for edge in self._held(project, window))

    def _held(self, project: str, window: Window) -> Iterable[Edge]:
        return (edge for edge in self.edges if edge.project == project and edge.holds_in(window))
