"""A new version was deployed, and since then that version is what is wrong."""

from __future__ import annotations

from seamark import clock
from seamark.correlate.finding import Finding
from seamark.correlate.items import Aspect, Item
from seamark.correlate.lags import CHANGE_LAG_US, SKEW_US
from seamark.correlate.scene import MACHINES, Scene, begins_us, resolution_us
from seamark.records.log import Change


def bad_release(scene: Scene) -> Finding | None:
    """All of it began after one deploy: in the new version only, or in what was deployed while machines are well."""
    deploys = [change for change in scene.changes if change.kind == "deploy"]
    fitting = [change for change in deploys if _began_with(change, scene) and _is_of(change, scene)]
    if len(fitting) != 1:
        return None
    [change] = fitting
    what = " ".join(filter(None, ("version", change.version))) if change.version else change.summary
    return Finding(
        "bad_release",
        "change",
        change.id,
        f"it began with the deploy of {what}",
        "Roll the deploy back, or send its traffic to the version before it.",
        evidence=(f"{change.summary}, at {clock.to_iso(change.time_us)}; all of it began after that.",),
        counter_evidence=_against(scene),
    )


def _began_with(change: Change, scene: Scene) -> bool:
    """None began before, and the first within an hour."""
    slack = [(begins_us(item), resolution_us(item) + SKEW_US) for item in scene.items]
    return all(begun_us + fine_us >= change.time_us for begun_us, fine_us in slack) and any(
        begun_us - fine_us <= change.time_us + CHANGE_LAG_US for begun_us, fine_us in slack
    )


def _is_of(change: Change, scene: Scene) -> bool:
    versions = {item.alert.version for item in scene.items if item.alert.version}
    if versions:
        return versions == {change.version}
    if scene.has(Aspect.INFRASTRUCTURE) or scene.has(Aspect.TRAFFIC, Aspect.DATA):
        return False
    return any(_is_deployed(item, change, scene) for item in scene.items)


def _is_deployed(item: Item, change: Change, scene: Scene) -> bool:
    if item.aspect in MACHINES:
        return not change.service or item.node.partition("/")[2] == change.service
    return item.aspect is Aspect.PREDICTION and bool(scene.ground.models(item.node))


def _against(scene: Scene) -> tuple[str, ...]:
    return () if scene.has(Aspect.DATA) else ("What the model gets has not moved, so it is not the population.",)
