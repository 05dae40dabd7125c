"""What an alert is about, as far as joining it with others asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from seamark.clock import DAY_US
from seamark.correlate.labels import label_of
from seamark.records.alert import Alert
from seamark.records.signals import Layer, is_of_outcomes
from seamark.records.topology import NodeKind, Place, label_of_node
from seamark.records.window import Window

_LONGEST_INTERVAL_US = DAY_US


class Aspect(IntEnum):
    """A layer, taken apart where its parts have lags of their own; causes before effects."""

    INFRASTRUCTURE = 0
    SERVING = 1
    TRAFFIC = 2
    DATA = 3
    PREDICTION = 4
    QUALITY = 5
    BUSINESS = 6

    @property
    def rank(self) -> int:
        """Who may cause whom; what a model gets and answers, all at once, has one rank."""
        return _RANKS[self]


_RANKS = {
    Aspect.INFRASTRUCTURE: 0,
    Aspect.SERVING: 1,
    Aspect.TRAFFIC: 2,
    Aspect.DATA: 2,
    Aspect.PREDICTION: 2,
    Aspect.QUALITY: 3,
    Aspect.BUSINESS: 3,
}
_OF_LAYER = {
    Layer.INFRASTRUCTURE: Aspect.INFRASTRUCTURE,
    Layer.SERVING: Aspect.SERVING,
    Layer.DATA: Aspect.DATA,
    Layer.MODEL: Aspect.PREDICTION,
    Layer.BUSINESS: Aspect.BUSINESS,
}


def aspect_of(alert: Alert) -> Aspect:
    """What an alert is about."""
    if alert.signal == "traffic":
        return Aspect.TRAFFIC
    if is_of_outcomes(alert.signal) and alert.layer is not Layer.BUSINESS:
        return Aspect.QUALITY
    if alert.signal.startswith("fairness."):
        return Aspect.PREDICTION  # a business alert by its layer, and about the model's answers by its nature
    return _OF_LAYER[alert.layer]


def node_of(alert: Alert) -> str:
    """The label of what an alert is about, as in a topology."""
    if alert.component:
        return alert.component
    if alert.signal.startswith("feature."):
        return label_of_node(NodeKind.FEATURE, alert.model, label_of(alert.signal))
    if aspect_of(alert) >= Aspect.QUALITY:
        return label_of_node(NodeKind.OUTCOME, alert.model)
    if alert.version:
        return label_of_node(NodeKind.VERSION, alert.model, alert.version)
    return label_of_node(NodeKind.MODEL, alert.model)


@dataclass(frozen=True)
class Item:
    """An alert, and what joining asks of it."""

    alert: Alert
    place: Place | None = None

    @cached_property
    def aspect(self) -> Aspect:
        """What it is about."""
        return aspect_of(self.alert)

    @cached_property
    def node(self) -> str:
        """Its label in a topology."""
        return node_of(self.alert)

    @cached_property
    def window(self) -> Window:
        """The time its evidence is from: since the onset, where that lies within what its statistic was made of.

        A view over four days shows a fault of its last few hours; the days before have to do with nothing.
        """
        evidence, onset_us = self.alert.evidence, self.alert.onset_us
        if onset_us is None or not evidence.start_us < onset_us < evidence.end_us:
            return evidence
        return Window(onset_us, evidence.end_us)

    @cached_property
    def interval_us(self) -> int:
        """How often it is judged: no finer can its beginning be told."""
        recent = self.alert.recent
        length_us = recent[-1].window.length_us if recent else self.alert.evidence.length_us
        return min(length_us, _LONGEST_INTERVAL_US)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Of environment, region, version, segment and feature those that it carries."""
        place = self.place
        found = {
            "environment": place.environment if place else "",
            "region": place.region if place else "",
            "version": self.alert.version,
            "segment": self.alert.segment,
            "feature": label_of(self.alert.signal) if self.alert.signal.startswith("feature.") else "",
        }
        return {name: value for name, value in found.items() if value}

    @cached_property
    def key(self) -> tuple[Window, str]:
        """Orders items whatever order they come in."""
        return self.window, self.alert.id
