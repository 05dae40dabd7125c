"""The same inputs mean something else than they did."""

from __future__ import annotations

from seamark.correlate.finding import Finding
from seamark.correlate.items import Aspect
from seamark.correlate.scene import Scene
from seamark.records.signals import OUTCOMES


def concept_drift(scene: Scene) -> Finding | None:
    """Quality or business is worse, while what the model gets has not moved and machines are well."""
    worse = [i for i in scene.about(Aspect.QUALITY, Aspect.BUSINESS) if i.alert.signal != OUTCOMES]
    if not worse or scene.has(Aspect.DATA, Aspect.INFRASTRUCTURE, Aspect.SERVING):
        return None
    return Finding(
        "concept_drift",
        "model",
        scene.model,
        "the same inputs have come to mean something else",
        "Train the model on recent outcomes, and compare it with the present one on the newest.",
        counter_evidence=("What the model gets has not moved, so it is not the population.",),
    )
