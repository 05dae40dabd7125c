"""The lanes over a store of past profiles, on a clock that shows the time of the rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US, SECOND_US
from seamark.detect.blocks import unpack
from seamark.detect.stored import from_bytes
from seamark.pipeline.options import PipelineOptions
from seamark.pipeline.tick import Pipeline
from seamark.pipeline.windows import SettledWindows
from seamark.records.alert import Alert
from seamark.records.blocks import EvaluationBlock
from seamark.records.incident import Incident
from seamark.records.model import Model
from seamark.records.monitor import Monitor, monitors_from_json
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.alarms import ends_of
from seamark.store.memory.scratch import ScratchStore
from seamark.store.protocol import Store

_WEEK_US = 7 * DAY_US
_EVERY_WINDOW = 4 * _WEEK_US // HOUR_US  # a model may take a quarter of a step: a week of hours
_BLOCKS_A_WINDOW = 16  # besides those of segments: all traffic and some versions
_NEVER = 1 << 31

Progress = Callable[[int], None]
"""Told how far the clock has come, in microseconds."""


@dataclass(frozen=True, slots=True)
class Levels:
    """What was learned at a moment: the levels of the budgets that are always known."""

    from_us: int  # windows that start here or later are judged by them
    by_budget: Mapping[float, tuple[float, float]]  # the level past which an alarm begins, and that below which it ends
    summary: str


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What N windows said that were judged by the same M monitors."""

    monitors: tuple[Monitor, ...]
    places: NDArray[np.int64]  # [N] of the windows among all blocks
    status: NDArray[np.uint8]  # [N, M]
    exceedance: NDArray[np.float32]  # [N, M]
    surprise: NDArray[np.float32]  # [N, M] -log10 of p


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What would have been told of the windows of `span`."""

    store: ScratchStore
    project: str
    model: str
    options: ModelOptions
    span: Window
    alerts: tuple[Alert, ...]  # those that fired, by opening
    incidents: tuple[Incident, ...]  # by opening
    blocks: tuple[EvaluationBlock, ...]  # in the order the fast lane read them
    verdicts: tuple[Verdicts, ...]  # the same, taken apart
    levels: tuple[Levels, ...]  # oldest first; none where nothing was learned

    @property
    def end_us(self) -> int:
        """When the play ended: its last window was sealed."""
        return self.span.end_us + self.options.lateness_seconds * SECOND_US


def play(
    store: ScratchStore, project: str, name: str, options: ModelOptions, progress: Progress | None = None
) -> Played:
    """Judge every whole window of the model's rows, and raise what would have been raised, when it would have been.

    `options.window_seconds` must be stated. The store must hold nothing that was judged before.
    """
    length_us = (options.window_seconds or 0) * SECOND_US
    lateness_us = options.lateness_seconds * SECOND_US
    model = store.slow.model(project, name)
    assert model is not None  # noqa: S101 its rows were counted
    span = span_of(model, length_us)
    pipeline = pipeline_on(store, options)
    levels: dict[int, Levels] = {}
    until_us = span.start_us
    while until_us < span.end_us:
        until_us = min(until_us + _WEEK_US, span.end_us)
        more = True
        while more:
            more = pipeline.slow_lane(until_us + lateness_us)
            _learned(store, project, name, levels)
            tell(store, pipeline, options)
        if progress is not None:
            progress(until_us)
    blocks = tuple(store.fast.new_evaluations(0, _NEVER))
    alerts, incidents = told(store)
    verdicts = tuple(_verdicts(store, blocks))
    return Played(store, project, name, options, span, alerts, incidents, blocks, verdicts, tuple(levels.values()))


def span_of(model: Model, length_us: int) -> Window:
    """The windows of `length_us` from the first row to the last; the hour of the last row is taken as over."""
    first_us, last_us = model.first_time_us or 0, model.last_time_us or 0
    end_us = (last_us // HOUR_US + 1) * HOUR_US
    return Window(first_us // length_us * length_us, end_us // length_us * length_us)


def pipeline_on(store: Store, options: ModelOptions) -> Pipeline:
    """A pipeline that judges a week of hours in a step and sends no news."""
    pace = PipelineOptions(windows_a_step=_EVERY_WINDOW, compact_files=_NEVER, learning_threads=os.cpu_count() or 1)
    return Pipeline(store, lambda _p, _m: options, receivers={}, base_url="", options=pace, windows=SettledWindows)


def tell(store: Store, pipeline: Pipeline, options: ModelOptions) -> None:
    """The fast lane over what has been judged, each window at the moment it was sealed."""
    most = _BLOCKS_A_WINDOW + max((len(model.segments) for model in store.slow.models()), default=0)
    while waiting := store.fast.new_evaluations(store.fast.evaluations_through(), 1):
        pipeline.fast_lane(waiting[0].window.end_us + options.lateness_seconds * SECOND_US, most)


def told(store: Store) -> tuple[tuple[Alert, ...], tuple[Incident, ...]]:
    """The alerts that fired and the incidents, each by opening."""
    alerts = [alert for alert in store.fast.alerts() if alert.opened_us is not None]
    return (
        tuple(sorted(alerts, key=lambda alert: (alert.opened_us or 0, alert.monitor, alert.id))),
        tuple(sorted(store.fast.incidents(), key=lambda incident: (incident.opened_us, incident.id))),
    )


def _learned(store: Store, project: str, name: str, levels: dict[int, Levels]) -> None:
    stored = store.slow.calibration(project, name)
    if stored is not None and stored.id not in levels:
        calibration, _, _ = from_bytes(stored.payload)
        ends = ends_of(np.array([level for _, level in calibration.levels], np.float32), calibration.noise)
        by_budget = {b: (level, end) for (b, level), end in zip(calibration.levels, ends.tolist(), strict=True)}
        levels[stored.id] = Levels(stored.through_us, by_budget, stored.summary)


def _verdicts(store: Store, blocks: Sequence[EvaluationBlock]) -> Iterator[Verdicts]:
    for number in dict.fromkeys(block.monitor_set for block in blocks):
        stored = store.slow.monitor_set(number)
        places = [place for place, block in enumerate(blocks) if block.monitor_set == number]
        arrays = [unpack(blocks[place]) for place in places]
        status, exceedance, p = (np.stack([each[name] for each in arrays]) for name in ("status", "exceedance", "p"))
        with np.errstate(divide="ignore"):
            surprise = -np.log10(p.astype(np.float32))
        yield Verdicts(
            monitors_from_json(stored.payload) if stored else (),
            np.array(places),
            status.astype(np.uint8),
            exceedance.astype(np.float32),
            surprise,
        )
