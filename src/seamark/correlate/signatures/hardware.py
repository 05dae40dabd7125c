"""A machine computes slower than it did, and what runs on it answers late."""

from __future__ import annotations

from seamark.correlate.finding import Finding, named
from seamark.correlate.items import Aspect
from seamark.correlate.scene import Scene
from seamark.records.topology import NodeKind

_LATE = ("p50", "p95", "p99", "latency_burn_fast", "latency_burn_medium", "latency_burn_slow")
_MEMORY = ("node_memory", "gpu_memory")
_KINDS = (f"{NodeKind.NODE}/", f"{NodeKind.GPU}/")


def hardware(scene: Scene) -> Finding | None:
    """Clock, faults or temperature of a machine or GPU, and latency; traffic is as usual."""
    ill = [
        item
        for item in scene.about(Aspect.INFRASTRUCTURE)
        if item.node.startswith(_KINDS) and item.alert.statistic not in _MEMORY
    ]
    if not ill or not scene.measured_by(*_LATE) or scene.has(Aspect.TRAFFIC):
        return None
    subject = min(ill, key=lambda item: (not item.node.startswith(_KINDS[1]), item.key)).node
    return Finding(
        "hardware",
        "component",
        subject,
        f"{named([subject])} computes slower than usual",
        f"Move what runs on {named([subject])} elsewhere, and look at its clock, temperature and faults.",
        counter_evidence=("Traffic is as usual, so it is not the load.",),
    )
