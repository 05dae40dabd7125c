"""Named patterns of incidents, each a pure function in a file of its own; the first that fits speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seamark.correlate.finding import Finding
from seamark.correlate.scene import Scene
from seamark.correlate.signatures.bad_release import bad_release
from seamark.correlate.signatures.benign_shift import benign_shift
from seamark.correlate.signatures.concept_drift import concept_drift
from seamark.correlate.signatures.hardware import hardware
from seamark.correlate.signatures.memory_loop import memory_loop
from seamark.correlate.signatures.outcomes_broken import outcomes_broken
from seamark.correlate.signatures.population_shift import population_shift
from seamark.correlate.signatures.traffic_surge import traffic_surge
from seamark.correlate.signatures.upstream_fault import upstream_fault

SIGNATURES: Final[tuple[Callable[[Scene], Finding | None], ...]] = (
    outcomes_broken,
    bad_release,
    memory_loop,
    hardware,
    traffic_surge,
    upstream_fault,
    benign_shift,
    population_shift,
    concept_drift,
)
"""The most specific first."""


def signature_of(scene: Scene) -> Finding | None:
    """The first pattern that the incident fits."""
    return next((found for each in SIGNATURES if (found := each(scene)) is not None), None)
