"""What the model gets has moved, and it answers as well as before."""

from __future__ import annotations

from seamark.correlate.finding import Finding
from seamark.correlate.items import Aspect
from seamark.correlate.scene import Scene

_BROKEN = ("missing_rate", "mistyped_rate")


def benign_shift(scene: Scene) -> Finding | None:
    """Traffic or several inputs moved, nothing is broken, machines are well, and outcomes of that time are fine.

    One feature alone is no population: who reads that it is benign would never look where it comes from.
    """
    moved = scene.has(Aspect.TRAFFIC) or len(scene.features()) > 1
    harmed = scene.has(Aspect.QUALITY, Aspect.BUSINESS, Aspect.INFRASTRUCTURE, Aspect.SERVING)
    if not moved or harmed or not scene.quality_is_fine or scene.measured_by(*_BROKEN):
        return None
    return Finding(
        "benign_shift",
        "benign",
        scene.model,
        "other inputs than usual, and the model answers them as well as ever",
        "If this is here to stay, accept it as the new normal; if it was expected, say so.",
        evidence=("Outcomes of the same time confirm the model's quality.",),
    )
