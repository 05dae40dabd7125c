"""A process runs out of memory, is killed, starts again, and runs out of memory."""

from __future__ import annotations

from seamark.correlate.finding import Finding, named
from seamark.correlate.scene import Scene

_SHORT = ("oom_kills", "oom_restarts", "memory_near_limit", "node_memory", "gpu_memory")
_STARTING = ("restart_loop", "crash_loop", "oom_restarts")
_FAILING = ("server_error_rate", "unavailable", "error_burn_fast", "error_burn_medium", "availability_burn_fast")


def memory_loop(scene: Scene) -> Finding | None:
    """Memory is short, and there are restarts or failing requests."""
    short, starting = scene.measured_by(*_SHORT), scene.measured_by(*_STARTING)
    if not short or not (starting or scene.measured_by(*_FAILING)):
        return None
    killed = [item for item in short if item.alert.statistic.startswith("oom")] or short
    subject = min(killed, key=lambda item: item.key).node
    return Finding(
        "memory_loop",
        "component",
        subject,
        f"{named([subject])} runs out of memory and starts again",
        f"Give {named([subject])} more memory, or find what it keeps: compare its memory before and after the last"
        " deploy and under today's traffic.",
    )
