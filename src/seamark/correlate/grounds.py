"""Why some alerts are taken for one incident, in a sentence."""

from __future__ import annotations

from seamark.correlate.ground import NAME_ONLY
from seamark.correlate.scene import MACHINES, Scene


def grounds_of(scene: Scene) -> str:
    """What brings the members together; "" of a single one."""
    if len(scene.items) < 2:
        return ""
    models = frozenset.intersection(*(scene.ground.models(item.node) for item in scene.items))
    names = sorted(label.partition("/")[2] for label in models)
    if any(item.node in scene.ground.by_name for item in scene.items):
        return f"{NAME_ONLY} Confidence is low."
    if scene.about(*MACHINES):
        where = f"All of it bears on {names[0]}" if names else "Each stands near another"
        return f"{where} in what is known of the topology, and the times fit."
    if names and not scene.is_mapped:
        return f"All of it is {names[0]} at one time. No topology is known, so confidence that this is all is low."
    return f"All of it is {names[0]} at one time." if names else "They share where they come from, and the times fit."
