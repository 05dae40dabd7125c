"""Outcomes do not come: nothing is known of the model's quality, which is not to say that it is bad."""

from __future__ import annotations

from seamark.correlate.finding import Finding
from seamark.correlate.items import Aspect
from seamark.correlate.scene import Scene
from seamark.records.signals import OUTCOMES


def outcomes_broken(scene: Scene) -> Finding | None:
    """Outcomes are late, and nothing else is wrong with what the model gets or answers."""
    late = [item for item in scene.items if item.alert.signal == OUTCOMES]
    if not late or scene.has(Aspect.DATA, Aspect.PREDICTION, Aspect.INFRASTRUCTURE, Aspect.SERVING):
        return None
    return Finding(
        "outcomes_broken",
        "outcomes",
        OUTCOMES,
        "outcomes have stopped coming",
        "Look at what writes the outcomes; quality is unknown until they come.",
        evidence=("Outcomes are later than this model's ever were.",),
        counter_evidence=("Neither what the model gets nor what it answers has moved.",),
    )
