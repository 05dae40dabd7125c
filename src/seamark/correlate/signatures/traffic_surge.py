"""More requests came than what serves the model can take."""

from __future__ import annotations

from seamark.correlate.finding import Finding
from seamark.correlate.items import Aspect
from seamark.correlate.scene import Scene, rises
from seamark.records.sentences import measured

_LATE = ("p50", "p95", "p99", "latency_burn_fast", "latency_burn_medium", "latency_burn_slow")
_FULL = ("saturation", "cpu_saturation", "throttling", "unavailable", "server_error_rate")


def traffic_surge(scene: Scene) -> Finding | None:
    """Traffic has risen, and there is latency or saturation."""
    risen = [item for item in scene.about(Aspect.TRAFFIC) if rises(item)]
    if not risen or not (scene.measured_by(*_LATE) or scene.measured_by(*_FULL)):
        return None
    return Finding(
        "traffic_surge",
        "traffic",
        risen[0].alert.signal,
        "more requests came than can be served",
        "Add replicas, or shed load; then find out who sends the traffic.",
        evidence=(f"Traffic: {measured(risen[0].alert, '')}.",),
    )
