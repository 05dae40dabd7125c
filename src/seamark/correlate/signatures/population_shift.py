"""Other people come than before."""

from __future__ import annotations

from seamark.correlate.finding import Finding, named
from seamark.correlate.items import Aspect
from seamark.correlate.scene import Scene

_MANY = 3
_BROKEN = ("missing_rate", "mistyped_rate")


def population_shift(scene: Scene) -> Finding | None:
    """Many features move at once, nothing arrives broken, and machines are well.

    Either traffic moves with them, or they are known not to come from one place.
    """
    features = scene.features()
    machines = scene.has(Aspect.INFRASTRUCTURE, Aspect.SERVING)
    if len(features) < _MANY or machines or scene.measured_by(*_BROKEN):
        return None
    if not scene.has(Aspect.TRAFFIC) and not _of_several_sources(scene):
        return None
    return Finding(
        "population_shift",
        "population",
        scene.model,
        f"another population: {named(features)} moved together",
        "Find out who came or stayed away: compare segments, and whether a campaign or a new customer began.",
        evidence=(f"{len(features)} features moved at once.",),
        counter_evidence=("No machine is in alarm, so it is not infrastructure.",),
    )


def _of_several_sources(scene: Scene) -> bool:
    """Whether the features are known not to come from one place."""
    nodes = {item.node for items in scene.features().values() for item in items}
    above = [causes for node in nodes if (causes := scene.ground.causes.get(node))]
    return len(above) >= _MANY and not set.intersection(*above)
