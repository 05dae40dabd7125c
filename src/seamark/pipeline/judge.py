"""The stage between store and detect: fetch what the due windows need, judge them, pack the verdicts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from seamark.detect import blocks
from seamark.detect.evaluate import Plan, evaluate, plan_of, steadier
from seamark.detect.monitors import TRAFFIC, monitors_for, version_monitors
from seamark.detect.windows import choose_length, due
from seamark.pipeline.groups import Gaps
from seamark.pipeline.quarantine import new_normals
from seamark.pipeline.scored import Calibrations
from seamark.pipeline.trending import Trending
from seamark.pipeline.versions import Versions
from seamark.pipeline.windows import RecentWindows
from seamark.profile.bins import BinSets, read_profile
from seamark.records.blocks import EvaluationBlock, SlowStep
from seamark.records.model import Model, StoredMonitorSet, is_young
from seamark.records.monitor import ROLLING_NEEDS, Monitor, monitors_to_json
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Store

_CHOSEN_FROM_DAYS = 7
_USUAL_WEEKS = 3
_DESERT_WINDOWS = 400
_TROUBLED_US = 5 * MINUTE_US
_LOG = logging.getLogger("seamark.pipeline")


@dataclass(frozen=True, slots=True)
class Judge:
    """Evaluates sealed windows, model by model."""

    store: Store
    options_for: Callable[[str, str], ModelOptions]
    bins: BinSets
    windows: RecentWindows
    windows_a_step: int = 64
    learns_at_us: Callable[[Model, ModelOptions, int], int | None] = lambda _model, _options, _length_us: None
    _again_us: dict[tuple[str, str], int] = field(default_factory=dict)  # when a model that failed is tried again
    _turn: list[int] = field(default_factory=lambda: [0])
    _plans: dict[tuple[int, int], tuple[ModelOptions, tuple[bool, dict[str, int], int | None], Plan]] = field(
        default_factory=dict
    )
    _calibrations: Calibrations = field(init=False)
    _trending: Trending = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_calibrations", Calibrations(self.store, self.bins, self.windows))
        object.__setattr__(self, "_trending", Trending(self.store))

    def evaluate(self, now_us: int) -> SlowStep | None:
        """Verdicts for up to `windows_a_step` due windows of one or more models; None if none is due."""
        dirty: dict[tuple[str, str], list[int]] = {}
        for project, name, hour_us in self.store.slow.dirty():
            dirty.setdefault((project, name), []).append(hour_us)
        step = SlowStep(watermark_seq=self.store.slow.watermark())
        for model in self._in_turn(now_us):
            left = min(self.windows_a_step - len(step.evaluations), max(self.windows_a_step // 4, 4))
            if left <= 0:
                break
            try:
                step = self._judge(step, model, dirty.get((model.project, model.name), []), now_us, left)
            except Exception:  # noqa: BLE001 one model's trouble must not stop the others' judgement
                _LOG.exception("Model %r of project %r cannot be judged.", model.name, model.project)
                self._again_us[model.project, model.name] = now_us + _TROUBLED_US
        in_time = sorted(step.evaluations, key=lambda block: (block.late, block.window.end_us))
        return replace(step, evaluations=tuple(in_time)) if in_time else None

    def _in_turn(self, now_us: int) -> list[Model]:
        """The models to judge, each pass starting one further, so that a backlog of one delays the others little."""
        models = [
            model
            for model in self.store.slow.models()
            if model.bin_set is not None and self._again_us.get((model.project, model.name), 0) <= now_us
        ]
        first = self._turn[0] % len(models) if models else 0
        self._turn[0] += 1
        return models[first:] + models[:first]

    def _judge(self, step: SlowStep, model: Model, dirty: Sequence[int], now_us: int, limit: int) -> SlowStep:
        """The step with this model's due windows added."""
        options = self.options_for(model.project, model.name)
        if options.retired or model.first_time_us is None:
            return step
        lateness_us = options.lateness_seconds * SECOND_US
        length_us = self._length(model, options, now_us - lateness_us)
        if length_us is None:
            return step
        windows = due(
            length_us=length_us,
            first_time_us=model.first_time_us,
            evaluated_through_us=self._past_a_desert(model, length_us, now_us - lateness_us),
            dirty_hours_us=dirty,
            now_us=now_us,
            lateness_us=lateness_us,
            limit=limit,
        )
        if not windows:
            return step
        windows = _until(windows, self.learns_at_us(model, options, length_us))
        self._calibrations.forget(model, dirty)
        self._trending.forget(model, dirty)
        windows = self._as_judged_before(model, windows)
        step, model, plan = self._monitored(step, model, options)
        through_us = max(model.evaluated_through_us or 0, *(window.end_us for window, _ in windows))
        cleaned = sorted(hour for hour in dirty if any(w.start_us <= hour < w.end_us for w, _ in windows))
        return replace(
            step,
            models=(*step.models, replace(model, window_us=length_us, evaluated_through_us=through_us)),
            evaluations=(
                *step.evaluations,
                *(verdict for run in _runs(windows) for verdict in self._verdicts(model, plan, options, run)),
            ),
            cleaned=(*step.cleaned, *((model.project, model.name, hour) for hour in cleaned)),
        )

    def _as_judged_before(self, model: Model, windows: Sequence[tuple[Window, bool]]) -> list[tuple[Window, bool]]:
        """Late windows in the length they were first judged in, which may have been another."""
        found: dict[tuple[Window, bool], None] = {}
        for window, late in windows:
            stored = self.store.slow.evaluations(model.project, model.name, window) if late else []
            found |= dict.fromkeys([(block.window, True) for block in stored] or [(window, late)])
        return list(found)

    def _past_a_desert(self, model: Model, length_us: int, sealed_us: int) -> int | None:
        """How far the model has been evaluated, or where its rows go on after a long stretch without any.

        One row with a wrong year must not make decades of empty windows due.
        """
        through_us = model.evaluated_through_us
        desert_us = _DESERT_WINDOWS * length_us
        if through_us is None or sealed_us - through_us <= desert_us:
            return through_us
        busy = min(self._traffic(model, Window(through_us, sealed_us)), default=sealed_us - desert_us)
        return busy // length_us * length_us if busy - through_us > desert_us else through_us

    def _length(self, model: Model, options: ModelOptions, sealed_us: int) -> int | None:
        """The configured window, or the one that fits the last week's traffic, looked at once a day."""
        if options.window_seconds is not None:
            return options.window_seconds * SECOND_US
        through_us = model.evaluated_through_us or 0
        if model.window_us is not None and (through_us % DAY_US or through_us + model.window_us > sealed_us):
            return model.window_us
        first_us, last_us = model.first_time_us or 0, model.last_time_us or 0
        end_us = min(sealed_us, last_us + HOUR_US) // HOUR_US * HOUR_US
        start_us = max(first_us // HOUR_US * HOUR_US, end_us - _CHOSEN_FROM_DAYS * DAY_US)
        if end_us <= start_us:
            return model.window_us
        traffic = self._traffic(model, Window(start_us, end_us))
        rows = np.array([traffic.get(hour, 0) for hour in range(start_us, end_us, HOUR_US)], dtype=np.int64)
        return choose_length(start_us, rows, model.window_us)

    def _verdicts(
        self, model: Model, plan: Plan, options: ModelOptions, windows: Sequence[tuple[Window, bool]]
    ) -> list[EvaluationBlock]:
        adopted = model.bin_set or 0
        bin_set = self.bins.get(model.project, model.name, adopted)
        static = self.bins.baseline(model.project, model.name, adopted)
        reach = Window(min(w.start_us for w, _ in windows), max(w.end_us for w, _ in windows))
        alone = [window for window, _ in windows]
        scored = self._calibrations.score(model, options, alone)
        if scored is None and plan.overlaid:
            plan = plan_of(bin_set, plan.monitors)
        compared = {m.against: m for m in plan.measured if m.signal != TRAFFIC and m.against != ("static", None)}
        behind = {of: self._behind(model, monitor, bin_set, alone) for of, monitor in compared.items()}
        young = is_young(model) and alone[0].length_us < DAY_US
        hourly = self._hourly(
            model, bin_set, Window(reach.start_us - DAY_US - HOUR_US, reach.end_us) if young else reach
        )
        traffic = self._traffic(model, Window(reach.start_us - _USUAL_WEEKS * 7 * DAY_US, reach.end_us))
        all_traffic = EvaluationBlock(
            model.project, model.name, "", "", reach, monitor_set=model.monitor_set or 0, rows=0, payload=b""
        )
        gaps = Gaps(self.store, model, bin_set, options, reach) if options.fairness else None
        versions = None
        if len(model.versions) > 1:
            versions = Versions(self.store, model, self._version_plan(model, options), reach, options.min_rows)
        verdicts = []
        for window, late in windows:
            current = _total(hourly, window, bin_set)
            others = {of: profiles[window] for of, profiles in behind.items()}
            others = {of: rows for of, rows in others.items() if rows.rows >= ROLLING_NEEDS * options.min_rows}
            usual = _usual_rows(traffic, window, model.first_time_us or 0)
            arrays = evaluate(plan, current, static, usual, others)
            if young:
                arrays = _of_a_young_model(plan, hourly, window, arrays, static, usual)
            if scored is not None:
                arrays = scored.put_into(arrays, window)
            if gaps is not None:
                arrays = gaps.put_into(arrays, plan.monitors, window)
            arrays = self._trending.put_into(arrays, plan, static, model, options, window)
            block = replace(all_traffic, window=window, late=late)
            verdicts.append(replace(block, rows=current.rows, payload=blocks.pack(arrays)))
            if scored is not None:
                of_segment = replace(block, monitor_set=model.segment_monitor_set or 0)
                verdicts += [
                    replace(of_segment, segment=name, rows=rows, payload=blocks.pack(judged))
                    for name, rows, judged in scored.segments(window)
                ]
            if versions is not None:
                of_version = replace(block, monitor_set=model.version_monitor_set or 0)
                verdicts += [
                    replace(of_version, version=each.version, rows=each.rows, payload=blocks.pack(each.arrays))
                    for each in versions.compared(window)
                ]
        return verdicts

    def _monitored(self, step: SlowStep, model: Model, options: ModelOptions) -> tuple[SlowStep, Model, Plan]:
        """The model's plan; a new monitor set where signals or the owner's words have changed."""
        adopted = model.bin_set or 0
        learned = self._calibrations.of(model, options)
        calibrated_us = None if learned is None else model.window_us
        state = (is_young(model), new_normals(self.store, model), None if learned is None else learned.id)
        known = self._plans.get((adopted, model.monitor_set or 0))
        alone = len(model.versions) < 2 or model.version_monitor_set is not None
        if known is not None and known[0] is options and known[1] == state and alone:
            return step, model, known[2]
        bin_set = self.bins.get(model.project, model.name, adopted)
        provisional = self.bins.is_provisional(model.project, model.name, adopted)
        monitors = monitors_for(
            *(bin_set, model.task, options),
            provisional=provisional,
            young=state[0],
            calibrated_us=calibrated_us,
            accepted=state[1],
        )
        step, id = self._stored(step, model, monitors, model.monitor_set)
        model = replace(model, monitor_set=id)
        if learned is not None and learned.plan.watched.segments:
            step, id = self._stored(step, model, learned.plan.segment.monitors, model.segment_monitor_set)
            model = replace(model, segment_monitor_set=id)
        if len(model.versions) > 1:
            of_versions = version_monitors(bin_set, model.task, options)
            step, id = self._stored(step, model, of_versions, model.version_monitor_set)
            model = replace(model, version_monitor_set=id)
        plan = plan_of(bin_set, monitors, overlaid=learned is not None)
        self._plans[adopted, model.monitor_set or 0] = (options, state, plan)
        return step, model, plan

    def _version_plan(self, model: Model, options: ModelOptions) -> Plan:
        """How versions are compared; changes with what `_monitored` looks at."""
        bin_set = self.bins.get(model.project, model.name, model.bin_set or 0)
        return plan_of(bin_set, version_monitors(bin_set, model.task, options))

    def _stored(
        self, step: SlowStep, model: Model, monitors: Sequence[Monitor], present: int | None
    ) -> tuple[SlowStep, int]:
        """The id of these monitors: the present one, or a new one in the step where they are others."""
        payload = monitors_to_json(monitors)
        stored = self.store.slow.monitor_set(present) if present is not None else None
        if present is not None and stored is not None and stored.payload == payload:
            return step, present
        id = max(self.store.slow.next_id(), *(made.id + 1 for made in step.monitor_sets), 0)
        made = StoredMonitorSet(id, model.project, model.name, payload)
        return replace(step, monitor_sets=(*step.monitor_sets, made)), id

    def _behind(
        self, model: Model, monitor: Monitor, bin_set: BinSet, windows: Sequence[Window]
    ) -> dict[Window, Profile]:
        """What each window is compared with by a monitor whose baseline is not the reference."""
        behind = {window: monitor.traffic_behind(window) or window for window in windows}
        reach = Window(min(b.start_us for b in behind.values()), max(b.end_us for b in behind.values()))
        hourly = self._hourly(model, bin_set, reach)
        return {window: _total(hourly, rows, bin_set) for window, rows in behind.items()}

    def _hourly(self, model: Model, bin_set: BinSet, window: Window) -> dict[int, Profile]:
        """The profile of each hour that has rows, all versions together."""
        stored = self.store.slow.profiles(model.project, model.name, model.bin_set or 0, window)
        hours: dict[int, Profile] = {}
        for block in stored:
            profile = read_profile(block.payload, bin_set)
            hour = block.key.hour_us
            hours[hour] = hours[hour] + profile if hour in hours else profile
        return hours

    def _traffic(self, model: Model, window: Window) -> Mapping[int, int]:
        return self.store.slow.traffic(model.project, model.name, window)


def _total(hourly: Mapping[int, Profile], window: Window, bin_set: BinSet) -> Profile:
    hours = range(window.start_us, window.end_us, HOUR_US)
    return Profile.total([hourly[hour] for hour in hours if hour in hourly], bin_set)


def _of_a_young_model(
    plan: Plan,
    hourly: Mapping[int, Profile],
    window: Window,
    arrays: dict[str, NDArray[np.generic]],
    static: Profile,
    usual: float,
) -> dict[str, NDArray[np.generic]]:
    """The verdicts of a window of a day whose season nobody knows."""
    day = _total(hourly, Window(window.end_us - DAY_US, window.end_us), plan.bin_set)
    then = Window(window.start_us - DAY_US - HOUR_US, window.end_us - DAY_US + HOUR_US)  # hours alike, for their rows
    now = _total(hourly, window, plan.bin_set)
    before = _total(hourly, then, plan.bin_set)
    yesterday = evaluate(plan, now, before, usual) if before.rows else None
    return steadier(arrays, evaluate(plan, day, static, usual), yesterday, plan, DAY_US // window.length_us)


def _until(windows: list[tuple[Window, bool]], learns_at_us: int | None) -> list[tuple[Window, bool]]:
    """Without the windows that what is learned on the way is to judge: a backlog is judged as if there were none."""
    begin_us = min((window.start_us for window, late in windows if not late), default=0)
    if learns_at_us is None or begin_us >= learns_at_us:
        return windows
    return [(window, late) for window, late in windows if late or window.start_us < learns_at_us]


def _runs(windows: Sequence[tuple[Window, bool]]) -> list[list[tuple[Window, bool]]]:
    """Windows that follow one another, so that what lies between others is not read."""
    runs: list[list[tuple[Window, bool]]] = []
    for window, late in sorted(windows):
        if not runs or runs[-1][-1][0].end_us != window.start_us:
            runs.append([])
        runs[-1].append((window, late))
    return runs


def _usual_rows(traffic: Mapping[int, int], window: Window, first_us: int) -> float:
    """Median rows of the same hours of the last three weeks; NaN while no whole week is known.

    The same weekday, or every Saturday would look like an outage.
    """
    weeks = []
    for week in range(1, _USUAL_WEEKS + 1):
        start_us = window.start_us - week * 7 * DAY_US
        if start_us >= first_us // HOUR_US * HOUR_US:
            weeks.append(sum(traffic.get(hour, 0) for hour in range(start_us, start_us + window.length_us, HOUR_US)))
    return float(np.median(weeks)) if weeks else float("nan")
