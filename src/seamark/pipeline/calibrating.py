"""Once a week, and whenever the owner asks for something else, a model's thresholds are learned anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US
from seamark.detect.calendar import calendar_of
from seamark.detect.calibrated import SeriesPlan, series_of, to_bytes
from seamark.detect.monitors import monitors_for
from seamark.pipeline.windows import WindowProfiles
from seamark.profile.bins import BinSets
from seamark.records.answer import AnswerKind
from seamark.records.blocks import SlowStep
from seamark.records.model import Model, StoredCalibration
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.calibration import History, Wish, calibrate
from seamark.stats.channels import Floats
from seamark.stats.profile import Profile
from seamark.store.protocol import Store

_WEEK_US = 7 * DAY_US
_HISTORY_WEEKS = 8
_FIRST_WEEKS = 1  # of history, before thresholds are learned at all
_SEASON_WEEKS = 3  # before every hour of the week has a profile of its own
_FEWEST_WINDOWS = 28


@dataclass(frozen=True, slots=True)
class Choice:
    """Which season a model's baseline has, and why: a sentence for people."""

    days: int  # after which the season repeats itself
    why: str


def choose(options: ModelOptions, weeks: float) -> Choice:
    """The longest season that this much history supports."""
    asked = "as configured" if options.baseline == "seasonal" else "chosen automatically"
    if weeks >= _SEASON_WEEKS:
        return Choice(7, f"each hour of the week, {asked}: {weeks:.1f} weeks of history hold it")
    return Choice(1, f"each hour of the day, {asked}: {weeks:.1f} weeks of history do not hold a week yet")


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Learns thresholds, one model a step."""

    store: Store
    options_for: Callable[[str, str], ModelOptions]
    bins: BinSets

    def calibrate(self, _now_us: int) -> SlowStep | None:
        """The next model's calibration; None when no model's is due."""
        for model in self.store.slow.models():
            options = self.options_for(model.project, model.name)
            idle = options.retired or model.bin_set is None or not options.learns
            span = None if idle else self._history(model)
            if span is None or not self._is_due(model, options, span.end_us):
                continue
            made = self._learn(model, options, span)
            return SlowStep(watermark_seq=self.store.slow.watermark(), calibrations=(made,))
        return None

    def due_us(self, model: Model, options: ModelOptions, length_us: int) -> int | None:
        """When windows of `length_us` will be due to be learned from; None for a model that does not learn."""
        if options.retired or model.bin_set is None or not options.learns:
            return None
        last = self.store.slow.calibration(model.project, model.name)
        if last is not None and last.bin_set == model.bin_set and last.window_us == length_us:
            return last.through_us + _WEEK_US
        return _first_us(model, length_us) + _enough_us(length_us)

    def _history(self, model: Model) -> Window | None:
        """The closed windows to learn from; None while they are too few."""
        if model.window_us is None or model.evaluated_through_us is None:
            return None
        length_us, end_us = model.window_us, model.evaluated_through_us
        start_us = max(_first_us(model, length_us), end_us - _HISTORY_WEEKS * _WEEK_US)
        return Window(start_us, end_us) if end_us - start_us >= _enough_us(length_us) else None

    def _is_due(self, model: Model, options: ModelOptions, end_us: int) -> bool:
        last = self.store.slow.calibration(model.project, model.name)
        return (
            last is None
            or last.bin_set != model.bin_set
            or last.wish != wish_of(model, options, self._answered(model))
            or end_us - last.through_us >= _WEEK_US
        )

    def _answered(self, model: Model) -> int:
        return len(self.store.fast.answers(model.project, model.name))

    def _learn(self, model: Model, options: ModelOptions, span: Window) -> StoredCalibration:
        adopted, length_us = model.bin_set or 0, model.window_us or 1
        bin_set = self.bins.get(model.project, model.name, adopted)
        reference = self.bins.baseline(model.project, model.name, adopted)
        provisional = self.bins.is_provisional(model.project, model.name, adopted)
        monitors = monitors_for(bin_set, model.task, options, provisional=provisional, calibrated_us=length_us)
        plan = series_of(bin_set, monitors, reference)
        profiles = WindowProfiles(self.store, model, bin_set, span)
        counts = counts_of(plan, [profiles.of(window) for window in span.split(length_us)])
        calendar = calendar_of(span, length_us, options.time_zone, options.holidays)
        history = History(plan.layout, counts, calendar, self._used(model, plan, span), DAY_US // length_us)
        choice = choose(options, history.weeks)
        learned = calibrate(history, _wish(plan, options), period=choice.days * history.windows_a_day)
        return StoredCalibration(
            id=self.store.slow.next_id(),
            project=model.project,
            model=model.name,
            bin_set=adopted,
            created_us=span.end_us,
            through_us=span.end_us,
            window_us=length_us,
            summary=f"Baseline: {choice.why}. Thresholds for {options.budget:g} false incidents a month.",
            wish=wish_of(model, options, self._answered(model)),
            payload=to_bytes(learned, plan.names),
        )

    def _used(self, model: Model, plan: SeriesPlan, span: Window) -> NDArray[np.bool_]:
        """Which windows teach which series: not those of an alert nobody has called the new normal or false."""
        length_us = model.window_us or 1
        used = np.ones((len(plan.series), (span.end_us - span.start_us) // length_us), dtype=np.bool_)
        kinds = {answer.alert: answer for answer in self.store.fast.answers(model.project, model.name)}
        monitors = [plan.monitors[place].name for place in plan.places.tolist()]
        for alert in self.store.fast.alerts(model.project, model=model.name):
            if alert.opened_us is None or alert.version or alert.segment:
                continue
            answer = kinds.get(alert.id)
            if answer is None and alert.provisional and alert.resolved_us is not None:
                continue  # what is not calibrated takes every season for drift, and it went away by itself
            rows = [number for number, name in enumerate(monitors) if name == alert.monitor]
            begin_us = alert.evidence.start_us if alert.onset_us is None else alert.onset_us
            first = max((begin_us - span.start_us) // length_us, 0)
            last = None if alert.resolved_us is None else max(-((span.start_us - alert.resolved_us) // length_us), 0)
            if answer is None or answer.kind in (AnswerKind.EXPECTED, AnswerKind.RESOLVE):
                used[rows, first:last] = False
            elif answer.kind is AnswerKind.ACCEPT:
                used[rows, :first] = False
        return used


def _first_us(model: Model, length_us: int) -> int:
    """The start of the first window that can be whole."""
    return -(-(model.first_time_us or 0) // length_us) * length_us


def _enough_us(length_us: int) -> int:
    """How much history a first calibration needs."""
    return max(_FIRST_WEEKS * _WEEK_US, _FEWEST_WINDOWS * length_us)


def counts_of(plan: SeriesPlan, profiles: Sequence[Profile]) -> Floats:
    """float32[T, N] cells of N windows."""
    return np.stack([plan.cells(profile) for profile in profiles], axis=1)


def wish_of(model: Model, options: ModelOptions, answers: int) -> str:
    """What a calibration depends on besides the history: when it differs, another one is due."""
    said = (
        options.baseline,
        options.budget,
        sorted(options.importance.items()),
        options.time_zone,
        options.holidays,
        options.smallest_effect,
        sorted(options.thresholds.items()),
        options.min_rows,
        model.window_us,
        answers,
    )
    return json.dumps(said, separators=(",", ":"))


def _wish(plan: SeriesPlan, options: ModelOptions) -> Wish:
    signals = [plan.monitors[place].signal for place in plan.places.tolist()]
    weights = [options.importance.get(s, options.importance.get(s.removeprefix("feature."), 1.0)) for s in signals]
    smallest = [plan.monitors[place].rule.fire for place in plan.places.tolist()]
    return Wish(options.budget, np.array(smallest, np.float32), np.array(weights, np.float32))
