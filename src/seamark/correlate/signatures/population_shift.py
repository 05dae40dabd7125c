"""Other people come than before."""

from __future__ import annotations

from seamark.correlate.finding import Finding, named
from seamark.correlate.items import Aspect
from seamark.correlate.scene import Scene

_MANY = 3
_BROKEN = ("missing_rate", "mistyped_rate")


def population_shift(scene: Scene) -> Finding | None:
    """Many features move at once, and traffic with them; nothing arrives broken and machines are well."""
    features = scene.features()
    machines = scene.has(Aspect.INFRASTRUCTURE, Aspect.SERVING)
    if len(features) < _MANY or not scene.has(Aspect.TRAFFIC) or machines or scene.measured_by(*_BROKEN):
        return None
    return Finding(
        "population_shift",
        "population",
        scene.model,
        f"another population: {named(features)} moved together, and so did traffic",
        "Find out who came or stayed away: compare segments, and whether a campaign or a new customer began.",
        evidence=(f"{len(features)} features moved at once.",),
        counter_evidence=("No machine is in alarm, so it is not infrastructure.",),
    )
