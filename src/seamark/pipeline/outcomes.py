"""What came true, judged: windows whose outcomes are there against the tolerances of quality and business metrics.

The verdict on a window is a function of what is known by now, of the delays learned from it, and of the tolerances. So
a correction is judged anew by judging anew: only verdicts that differ from the stored ones are stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from seamark.detect import blocks
from seamark.detect.outcomes import Told, begin_of_evidence, gather, judged, status_of
from seamark.detect.tolerated import (
    LEARNED,
    estimated_monitors,
    is_estimated,
    learned_monitor,
    stated_tolerance,
    tolerance_from,
    tolerance_monitors,
    watched_metrics,
)
from seamark.pipeline.expecting import Estimates, Expecting
from seamark.pipeline.quarantine import new_normals
from seamark.query.graded import (
    ENOUGH,
    LEARNED_DAYS,
    GradedWindows,
    active,
    graded_windows,
    learned_delays,
    read_hours,
)
from seamark.records.blocks import EvaluationBlock, SlowStep
from seamark.records.evaluation import Status
from seamark.records.model import Model, StoredMonitorSet
from seamark.records.monitor import Monitor, monitors_from_json, monitors_to_json
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.delays import DelayCurve
from seamark.stats.expected import ESTIMATED as ESTIMATED_METRICS
from seamark.stats.grading import Grading
from seamark.stats.intervals import Metric
from seamark.store.protocol import Store

_CHANGED_US: Final = 15 * MINUTE_US  # new outcomes are looked at so often
_JUDGED_US: Final = 60 * DAY_US  # what is corrected later than this after it was known is not judged anew
_TROUBLED_US: Final = HOUR_US
_MOST_VERSIONS: Final = 10
_USUAL_DAYS, _NEW_NORMAL_DAYS, _USUAL_ROWS = 14, 7, 500  # complete ones, that tell what is usual
_USUAL_WITHIN_US: Final = 120 * DAY_US
_LOG = logging.getLogger("seamark.pipeline")

Scope = tuple[str, str]  # version, segment; "" of all
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one model."""

    model: Model
    options: ModelOptions
    card: int
    grading: Grading
    now_us: int
    curve: DelayCurve  # of the outcomes of all traffic

    @property
    def length_us(self) -> int:
        return self.model.window_us or HOUR_US

    @property
    def judged_from_us(self) -> int:
        """Windows that begin before are left as they were judged."""
        return self.now_us - _JUDGED_US - self.curve.reached_us(ENOUGH)

    @property
    def scopes(self) -> list[Scope]:
        """All traffic first."""
        versions = sorted(self.model.versions, key=lambda version: self.model.first_us[version])[-_MOST_VERSIONS:]
        graded = [name for name in self.model.segments if name.partition("=")[0] in self.grading.dimensions]
        apart = [(version, "") for version in versions] if len(self.model.versions) > 1 else []
        return [("", ""), *(("", segment) for segment in graded), *apart]


@dataclass(frozen=True, slots=True)
class OutcomeJudge:
    """Judges what outcomes tell, model by model. Its memory is disposable."""

    store: Store
    options_for: Callable[[str, str], ModelOptions]
    blocks_a_step: int = 500
    _looked: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # when, at how many outcomes
    _expecting: Expecting = field(init=False)
    _waiting: list[tuple[EvaluationBlock, ...]] = field(default_factory=list)
    _figures: dict[tuple[str, str, int, Scope, Window], tuple[int, Mapping[str, Metric]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """With a memory of scores."""
        object.__setattr__(self, "_expecting", Expecting(self.store))

    def evaluate(self, now_us: int) -> SlowStep | None:
        """The next verdicts that differ from those that are stored; None if there are none."""
        if self._waiting:
            return SlowStep(watermark_seq=self.store.slow.watermark(), evaluations=self._waiting.pop(0))
        for model in self.store.slow.models():
            options = self.options_for(model.project, model.name)
            if not self._is_due(model, options, now_us):
                continue
            key = (model.project, model.name)
            self._looked[key] = (now_us, model.outcomes.rows if model.outcomes else 0)
            try:
                step = self._judge(model, options, now_us)
            except Exception:  # noqa: BLE001 one model's trouble must not stop the others' judgement
                _LOG.exception("What came true of model %r in project %r cannot be judged.", model.name, model.project)
                self._looked[key] = (now_us + _TROUBLED_US, -1)
                continue
            if step is not None:
                return step
        return None

    def _is_due(self, model: Model, options: ModelOptions, now_us: int) -> bool:
        if model.scorecard is None or model.window_us is None or options.retired or model.outcomes is None:
            return False
        looked = self._looked.get((model.project, model.name))
        if looked is None:
            return True
        since_us, rows = looked
        return now_us - since_us >= (_CHANGED_US if rows != model.outcomes.rows else HOUR_US)

    def _judge(self, model: Model, options: ModelOptions, now_us: int) -> SlowStep | None:
        card = active(self.store, model)
        if card is None:
            return None
        look = _Look(model, options, *card, now_us, self._delays(model, *card, now_us))
        monitors = self._monitors(look)
        step, id_ = self._stored(look, monitors)
        verdicts: list[EvaluationBlock] = []
        through_us = model.outcomes_through_us
        for scope in look.scopes:
            told, graded, estimates = self._told(look, monitors, scope)
            found = self._verdicts(look, monitors, scope, told, graded, estimates)
            verdicts += self._changed(scope, [replace(block, monitor_set=id_) for block in found])
            if scope == ("", "") and told.complete.any():
                through_us = graded.windows[int(np.flatnonzero(told.complete)[-1])].end_us
        if not verdicts and not step.monitor_sets and through_us == model.outcomes_through_us:
            return None
        verdicts.sort(key=lambda block: (block.window.end_us, block.segment, block.version))
        slices = [tuple(verdicts[at : at + self.blocks_a_step]) for at in range(0, len(verdicts), self.blocks_a_step)]
        self._waiting.extend(slices[1:])
        judged_model = replace(model, outcome_monitor_set=id_, outcomes_through_us=through_us)
        return replace(step, models=(judged_model,), evaluations=slices[0] if slices else ())

    # --- monitors -----------------------------------------------------------------------------------------------------

    def _monitors(self, look: _Look) -> tuple[Monitor, ...]:
        counted = [name for name in look.grading.business if name not in look.grading.unknown]
        metrics = watched_metrics(look.grading.card.task, counted, look.options)
        unstated = [metric for metric in metrics if stated_tolerance(metric, look.options) is None]
        found = tolerance_monitors(metrics, self._learned(look, unstated), look.options)
        told = ESTIMATED_METRICS.get(look.grading.card.task, ()) if look.grading.card.edges else ()
        return (*found, *estimated_monitors(found, told))

    def _learned(self, look: _Look, metrics: Sequence[str]) -> dict[str, Monitor]:
        """Monitors of metrics without a stated tolerance, of those whose usual level is known by now."""
        present = {each.statistic: each for each in _present(self.store, look.model) if not is_estimated(each)}
        normals = new_normals(self.store, look.model)
        found: dict[str, Monitor] = {}
        for metric in metrics:
            known = present.get(metric)
            since_us = normals.get(known.name) if known is not None else None
            if known is not None and known.since_us == since_us and known.baseline == LEARNED:
                found[metric] = learned_monitor(metric, known.rule.fire, look.options, since_us)
                continue
            usual = self._usual(look, metric, since_us)
            if usual is not None:
                tolerance = tolerance_from(metric, usual, look.options)
                found[metric] = learned_monitor(metric, tolerance, look.options, since_us)
        return found

    def _usual(self, look: _Look, metric: str, since_us: int | None) -> Metric | None:
        """The metric over the first complete days; None while there are too few."""
        first_us = (look.model.first_time_us or 0) if since_us is None else since_us
        begin_us = -(-first_us // DAY_US) * DAY_US
        span = Window(begin_us, min(begin_us + _USUAL_WITHIN_US, look.now_us))
        if span.length_us <= 0:
            return None
        graded = self._graded(look, span, ("", ""), look.curve)
        days = [numbers for numbers in _days(graded) if graded.complete[numbers].all()]
        days = days[: _USUAL_DAYS if since_us is None else _NEW_NORMAL_DAYS]
        if len(days) < (_USUAL_DAYS if since_us is None else _NEW_NORMAL_DAYS):
            return None
        numbers = np.concatenate(days)
        if graded.joined[numbers].sum() < _USUAL_ROWS:
            return None
        return look.grading.card.metrics(graded.vectors[numbers].sum(axis=0)).get(metric)

    def _stored(self, look: _Look, monitors: Sequence[Monitor]) -> tuple[SlowStep, int]:
        step = SlowStep(watermark_seq=self.store.slow.watermark())
        id_, payload = look.model.outcome_monitor_set, monitors_to_json(monitors)
        stored = self.store.slow.monitor_set(id_) if id_ is not None else None
        if id_ is not None and stored is not None and stored.payload == payload:
            return step, id_
        made = StoredMonitorSet(self.store.slow.next_id(), look.model.project, look.model.name, payload)
        return replace(step, monitor_sets=(made,)), made.id

    # --- windows ------------------------------------------------------------------------------------------------------

    def _delays(self, model: Model, card: int, grading: Grading, now_us: int, segment: str = "") -> DelayCurve:
        span = Window(now_us - LEARNED_DAYS * DAY_US, now_us)
        return learned_delays(read_hours(self.store, model, card, grading, span, segment=segment), now_us)

    def _graded(self, look: _Look, span: Window, scope: Scope, curve: DelayCurve) -> GradedWindows:
        version, segment = scope
        hours = read_hours(*(self.store, look.model, look.card, look.grading, span), version=version, segment=segment)
        return graded_windows(hours, curve, look.length_us, look.now_us)

    def _told(
        self, look: _Look, monitors: Sequence[Monitor], scope: Scope
    ) -> tuple[Told, GradedWindows, Estimates | None]:
        sealed_us = (look.now_us - look.options.lateness_seconds * SECOND_US) // look.length_us * look.length_us
        from_us = begin_of_evidence(look.judged_from_us)
        place = (look.model, look.card, look.grading, look.now_us)
        of_scope = self._delays(*place, scope[1]) if scope[1] else look.curve
        graded = self._graded(look, Window(from_us, max(sealed_us, from_us)), scope, of_scope)
        metrics = ["" if is_estimated(monitor) else monitor.statistic for monitor in monitors]
        realised = [self._metrics(look, scope, w, v) for w, v in zip(graded.windows, graded.vectors, strict=True)]
        figures = _figures(metrics, realised)
        daily = figures.copy() if look.length_us >= DAY_US else self._daily(look, scope, metrics, graded)
        estimates = None
        if scope == ("", ""):
            estimates = self._expecting.of(*place[:3], look.curve, graded, realised, look.now_us)
        if estimates is not None:
            estimates.put_into(figures, daily, monitors, graded.windows)
        mature = (graded.expected > 0) & (graded.expected >= ENOUGH * of_scope.final * graded.rows)
        missing = np.full(len(graded.rows), np.nan)
        if scope == ("", ""):
            missing[mature] = 1 - np.minimum(graded.joined[mature] / graded.expected[mature], 1.0)
        told = Told(graded.windows, graded.complete, figures, daily, missing, graded.expected)
        return told, graded, estimates

    def _daily(self, look: _Look, scope: Scope, metrics: Sequence[str], graded: GradedWindows) -> Floats:
        found = np.full((len(metrics), len(graded.windows), 4), np.nan)
        for numbers in _days(graded):
            if graded.complete[numbers].all():
                start_us = graded.windows[numbers[0]].start_us // DAY_US * DAY_US
                day = Window(start_us, start_us + DAY_US)
                told = self._metrics(look, scope, day, graded.vectors[numbers].sum(axis=0))
                found[:, numbers[-1]] = _figures(metrics, [told])[:, 0]
        return found

    def _metrics(self, look: _Look, scope: Scope, window: Window, vector: NDArray[np.int64]) -> Mapping[str, Metric]:
        """The metrics of a window; those of one that has not changed are remembered."""
        key, content = (look.model.project, look.model.name, look.card, scope, window), hash(vector.tobytes())
        known = self._figures.get(key)
        if known is None or known[0] != content:
            known = self._figures[key] = (content, look.grading.card.metrics(vector))
        return known[1]

    # --- verdicts -----------------------------------------------------------------------------------------------------

    def _verdicts(
        self,
        look: _Look,
        monitors: Sequence[Monitor],
        scope: Scope,
        told: Told,
        graded: GradedWindows,
        estimates: Estimates | None,
    ) -> Iterator[EvaluationBlock]:
        evidence = gather(monitors, told, look.options, len(look.scopes))
        known = graded.vectors * graded.complete[:, None]
        version, segment = scope
        for number, window in enumerate(told.windows):
            if window.start_us < look.judged_from_us:
                continue
            pooled = {}
            for place, monitor in enumerate(monitors):
                if not told.known(monitor)[number] or status_of(evidence.share[place, number]) is Status.OK:
                    continue
                since = number + 1 - int(evidence.spans[place, number])
                if is_estimated(monitor):
                    estimate = estimates.over(monitor.statistic, since, number) if estimates is not None else None
                    metrics = {} if estimate is None else {monitor.statistic: estimate}
                else:
                    span = Window(told.windows[since].start_us, window.end_us)
                    metrics = dict(self._metrics(look, scope, span, known[since : number + 1].sum(axis=0)))
                pooled[place] = _figures([monitor.statistic], [metrics])[0, 0]
            payload = blocks.pack(judged(monitors, told, evidence, number, pooled))
            rows = int(graded.joined[number])
            yield EvaluationBlock(
                *(look.model.project, look.model.name, version, segment, window),
                monitor_set=0,
                rows=rows,
                payload=payload,
                of_outcomes=True,
            )

    def _changed(self, scope: Scope, verdicts: Sequence[EvaluationBlock]) -> list[EvaluationBlock]:
        """Those that say something else than what is stored."""
        if not verdicts:
            return []
        reach = Window(verdicts[0].window.start_us, verdicts[-1].window.end_us)
        version, segment = scope
        project, name = verdicts[0].project, verdicts[0].model
        stored = self.store.slow.evaluations(project, name, reach, version=version, segment=segment, of_outcomes=True)
        present = {block.window: (block.monitor_set, block.payload) for block in stored}
        return [block for block in verdicts if present.get(block.window) != (block.monitor_set, block.payload)]


def _present(store: Store, model: Model) -> tuple[Monitor, ...]:
    stored = None if model.outcome_monitor_set is None else store.slow.monitor_set(model.outcome_monitor_set)
    return monitors_from_json(stored.payload) if stored else ()


def _days(graded: GradedWindows) -> list[NDArray[np.int64]]:
    """The numbers of the windows that begin on the same UTC day, in order."""
    days = np.array([window.start_us // DAY_US for window in graded.windows], dtype=np.int64)
    return np.split(np.arange(len(days)), np.flatnonzero(np.diff(days)) + 1) if len(days) else []


def _figures(metrics: Sequence[str], told: Sequence[Mapping[str, Metric]]) -> Floats:
    """float64[M, N, 4] as `stats.tolerance` takes them."""
    found = np.full((len(metrics), len(told), 4), np.nan)
    for number, each in enumerate(told):
        for place, name in enumerate(metrics):
            metric = each.get(name)
            if metric is not None:
                found[place, number] = (metric.value, metric.low, metric.high, metric.n)
    return found
