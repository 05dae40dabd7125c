"""Deploys, as metrics tell of them: the generation of a deployment has grown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import numpy as np

from seamark.clock import DAY_US, MINUTE_US
from seamark.query.bearing import Around
from seamark.records.log import Change
from seamark.records.metric import Component
from seamark.records.window import Window
from seamark.store.protocol import Store
from seamark.store.stretches import Stretch

_METRIC: Final = "deployment_generation"
_NEWS_US: Final = 5 * MINUTE_US  # a deploy is told in the minutes after it, under one id: metrics may come late


def deploys(store: Store, points: Mapping[Component, Mapping[str, Stretch]], at_us: int) -> list[Change]:
    """The deploys of the last minutes, about the model that rests on what was deployed if it is a single one."""
    found = [(component, *grown) for component, of in points.items() if _METRIC in of for grown in _grown(of[_METRIC])]
    recent = [each for each in found if at_us - _NEWS_US <= each[1] < at_us]
    around = {
        project: Around.of(store, project, Window(at_us - DAY_US, at_us))
        for project in sorted({component.project for component, _, _ in recent})
    }
    return [
        Change(
            id=_id(component, generation),
            project=component.project,
            kind="deploy",
            time_us=time_us,
            summary=f"{component.name} was deployed (generation {generation})",
            model=_only_model(around[component.project], component),
            service=component.name,
        )
        for component, time_us, generation in recent
    ]


def _grown(stretch: Stretch) -> Iterator[tuple[int, int]]:
    """(start of the minute, generation) of each growth; the first that is heard may be old."""
    level = stretch.values[3]
    heard = np.flatnonzero(np.isfinite(level)).tolist()
    for before, now in pairwise(heard):
        if level[now] > level[before]:
            yield stretch.start_us + now * stretch.step_us, int(level[now])


def _only_model(around: Around, component: Component) -> str | None:
    resting = [model for model in around.models if component in around.bearing_on(model).components]
    return resting[0] if len(resting) == 1 else None


def _id(component: Component, generation: int) -> str:
    text = f"{component.project}/{component.label}@{generation}"
    return f"chg_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
