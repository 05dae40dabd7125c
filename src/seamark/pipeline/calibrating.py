"""Once a week, and whenever the owner asks for something else, a model's thresholds are learned anew."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US
from seamark.detect.baselines import choose, season_days, stated
from seamark.detect.calendar import calendar_of
from seamark.detect.calibrated import Watched
from seamark.detect.monitors import CAUTION, monitors_for
from seamark.detect.scoped import MOST_SERIES, ScopedPlan, scoped, signals_to_watch
from seamark.detect.stored import CALIBRATION_FORMAT, from_bytes, to_bytes
from seamark.errors import Corrupt
from seamark.pipeline.quarantine import new_normals, what_people_said
from seamark.pipeline.windows import RecentWindows
from seamark.profile.bins import BinSets
from seamark.records.answer import Answer, AnswerKind
from seamark.records.blocks import SlowStep
from seamark.records.model import (
    FEWEST_WINDOWS,
    YOUNG_US,
    Model,
    StoredCalibration,
    first_whole_us,
    fits,
    learns_from_us,
    prevailing,
)
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.records.wording import counted
from seamark.stats.attribution import Attribution
from seamark.stats.calibration import MOST_WEEKS, History, Wish, calibrate, history_weeks
from seamark.stats.channels import Floats
from seamark.stats.impact import importance_of
from seamark.stats.profile import BinSet, Profile
from seamark.stats.renewal import renewed
from seamark.store.protocol import Store

_WEEK_US = 7 * DAY_US
_LONG = 2_000_000  # bins times windows: about half a second
_LOOKS_A_DAY = 24
_LOG = logging.getLogger("seamark.pipeline")


class Learner(Protocol):
    """Learns thresholds where they disturb nobody."""

    def learn(self, model: Model, options: ModelOptions, span: Window) -> StoredCalibration | None:
        """As `Calibrator.learn`; the number of what is learned is not to be used."""
        ...

    def rest(self) -> None:
        """Told when nothing is due."""
        ...


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Learns thresholds, one model a step; with `elsewhere`, it has those that take long learned there and waits."""

    store: Store
    options_for: Callable[[str, str], ModelOptions]
    bins: BinSets
    windows: RecentWindows
    threads: int = 1
    elsewhere: Learner | None = None
    _tried: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)  # in vain: for what, through when
    _usable: set[int] = field(default_factory=set)  # calibrations that this program can read and whose series it knows

    def calibrate(self, _now_us: int) -> SlowStep | None:
        """The next model's calibration; None when no model's is due."""
        for model in self.store.slow.models():
            options = self.options_for(model.project, model.name)
            idle = options.retired or model.bin_set is None
            span = None if idle else self._history(model)
            if span is None or not self._is_due(model, options, span.end_us):
                continue
            made = self._attempt(model, options, span)
            if made is not None:
                made = replace(made, id=self.store.slow.next_id())
                self._usable.add(made.id)
                return SlowStep(watermark_seq=self.store.slow.watermark(), calibrations=(made,))
        self.rest()
        return None

    def rest(self) -> None:
        """Nothing is due, which whoever learns elsewhere is told."""
        if self.elsewhere is not None:
            self.elsewhere.rest()

    def _attempt(self, model: Model, options: ModelOptions, span: Window) -> StoredCalibration | None:
        """A calibration; None where history does not hold one, which is asked again a day of windows later."""
        key, wish = (model.project, model.name), wish_of(model, options, len(self._answers(model)))
        last_wish, last_us = self._tried.get(key, ("", 0))
        if last_wish == wish and span.end_us - last_us < DAY_US:
            return None
        made = None
        try:
            width = self.bins.get(model.project, model.name, model.bin_set or 0).width
            elsewhere = self.elsewhere if _takes_long(width, model, options, span) else None
            made = (elsewhere or self).learn(model, options, span)
        except Exception:  # noqa: BLE001 one model's trouble must not stop the others' calibration
            _LOG.exception("The thresholds of model %r of project %r cannot be learned.", model.name, model.project)
        self._tried.pop(key, None)
        if made is None:
            self._tried[key] = (wish, span.end_us)
        return made

    def due_us(self, model: Model, options: ModelOptions, length_us: int) -> int | None:
        """When other rules will hold for windows of `length_us`; None for a model that does not learn."""
        if options.retired or model.bin_set is None:
            return None
        last = self.store.slow.calibration(model.project, model.name, payload=False)
        _, tried_us = self._tried.get((model.project, model.name), ("", -DAY_US))
        if last is not None and fits(last, replace(model, window_us=length_us)):
            return max(last.through_us + self._pace_us(model, last.through_us), tried_us + DAY_US)
        young_us, learns_us = (model.first_time_us or 0) + YOUNG_US, learns_from_us(model, length_us)
        if (model.evaluated_through_us or 0) < young_us < learns_us:
            return young_us
        return max(learns_us, tried_us + DAY_US)

    def _history(self, model: Model) -> Window | None:
        """The closed windows to learn from; None while they are too few."""
        if model.window_us is None or model.evaluated_through_us is None:
            return None
        length_us, end_us = model.window_us, model.evaluated_through_us
        start_us = max(
            first_whole_us(model, length_us), end_us - max(MOST_WEEKS * _WEEK_US, 2 * FEWEST_WINDOWS * length_us)
        )
        return Window(start_us, end_us) if end_us >= learns_from_us(model, length_us) else None

    def _is_due(self, model: Model, options: ModelOptions, end_us: int) -> bool:
        last = self.store.slow.calibration(model.project, model.name, payload=False)
        return (
            last is None
            or last.bin_set != model.bin_set
            or last.wish != wish_of(model, options, len(self._answers(model)))
            or end_us - last.through_us >= self._pace_us(model, last.through_us)
            or not self._is_usable(last, model, options)
        )

    def _is_usable(self, last: StoredCalibration, model: Model, options: ModelOptions) -> bool:
        """Whether what another program stored, such as the version before an upgrade, is of the series watched now."""
        if last.id not in self._usable and fits(last, model):
            whole = self.store.slow.calibration(model.project, model.name)
            try:
                _, names, watched = from_bytes(b"" if whole is None else whole.payload)
            except Corrupt:
                return False
            if names != self._plan(model, options, watched).names:
                return False
            self._usable.add(last.id)
        return True

    def _plan(self, model: Model, options: ModelOptions, watched: Watched) -> ScopedPlan:
        adopted = model.bin_set or 0
        bin_set = self.bins.get(model.project, model.name, adopted)
        provisional = self.bins.is_provisional(model.project, model.name, adopted)
        monitors = monitors_for(bin_set, model.task, options, provisional=provisional, calibrated_us=model.window_us)
        return scoped(bin_set, monitors, self.bins.baseline(model.project, model.name, adopted), watched)

    def _pace_us(self, model: Model, through_us: int) -> int:
        """How long a calibration serves: a day in the first week of a new normal, of which each day tells more."""
        accepted = [a.at_us for a in self._answers(model) if a.kind is AnswerKind.ACCEPT]
        return DAY_US if through_us - max(accepted, default=0) < _WEEK_US else _WEEK_US

    def _answers(self, model: Model) -> list[Answer]:
        return self.store.fast.answers(model.project, model.name)

    def learn(self, model: Model, options: ModelOptions, span: Window) -> StoredCalibration | None:
        """A calibration of the windows of `span`; None where they do not hold one."""
        adopted, length_us = model.bin_set or 0, model.window_us or 1
        bin_set = self.bins.get(model.project, model.name, adopted)
        reference = self.bins.baseline(model.project, model.name, adopted)
        watched = Watched(signals=signals_to_watch(bin_set, options, self._importance(model, reference)))
        plan = self._plan(model, options, watched)
        if not plan.whole.series:
            return None
        busy = self._busiest(model, options, span.end_us)[: MOST_SERIES // max(len(plan.segment.series), 1)]
        plan = ScopedPlan(plan.whole, plan.segment, replace(watched, segments=tuple(busy)))
        span = _recent(span, length_us, history_weeks(len(plan.layout)))
        counts = self.windows.history(model, plan, span, length_us).since_first_row(plan)
        calendar = calendar_of(span, length_us, options.time_zone, options.holidays)
        said = what_people_said(self.store, model, plan, span)
        used = said.used & (plan.layout.sizes_behind(counts) > 0)
        history = History(plan.layout, counts, calendar, used, DAY_US // length_us, plan.parents)
        if history.weeks < YOUNG_US / _WEEK_US:
            return None
        choice = choose(options, history.weeks, history.windows_a_day)
        period = max(season_days(options, history.weeks, history.windows_a_day) * history.windows_a_day, 1)
        history, rows = renewed(history, said.accepted)
        cells = self._reference(model, plan, reference, span.end_us)
        static, rolling = stated(plan, options, cells, np.asarray(used.any(axis=1)))
        learned = calibrate(
            history,
            _wish(plan, options, model, said.unsure),
            period=period,
            static=static,
            rolling=rolling,
            threads=self.threads,
        )
        learned = replace(learned, baseline=learned.baseline.at_most(rows))
        return StoredCalibration(
            id=0,  # until it is stored
            project=model.project,
            model=model.name,
            bin_set=adopted,
            created_us=span.end_us,
            through_us=span.end_us,
            window_us=length_us,
            summary=f"Baseline: {choice.why}. Thresholds for {_shared(options, model, len(busy))}.",
            wish=wish_of(model, options, len(self._answers(model))),
            payload=to_bytes(learned, plan.names, plan.watched),
            baseline=choice.kind,
            budget=options.budget,
            level=learned.level,
        )

    def _reference(self, model: Model, plan: ScopedPlan, reference: Profile, end_us: int) -> Floats:
        """float32[T]: the cells of the reference, or of what came since a new normal began."""
        cells, bin_set, now = plan.cells_of(reference), reference.bin_set, Window(end_us, end_us)
        normals = new_normals(self.store, model)
        for place, monitor in enumerate(plan.whole.monitors):
            behind = replace(monitor, since_us=normals.get(monitor.name), baseline="static").traffic_behind(now)
            if behind is None:
                continue
            since = Profile.total(self._hours(model, bin_set, behind), bin_set)
            about = np.zeros(len(plan.layout), np.bool_)
            about[: len(plan.whole.places)] = plan.whole.places == place
            cells = np.where(np.repeat(about, plan.layout.sizes) & (since.rows > 0), plan.cells_of(since), cells)
        return cells

    def _hours(self, model: Model, bin_set: BinSet, window: Window) -> list[Profile]:
        stored = self.store.slow.profiles(model.project, model.name, model.bin_set or 0, window)
        return [Profile.from_bytes(block.payload, bin_set) for block in stored]

    def _importance(self, model: Model, reference: Profile) -> dict[str, float]:
        """What each feature does to the model's answers on ordinary days; empty without attributions."""
        stored = self.store.slow.attributions(model.project, model.name)
        found: dict[str, float] = {}
        for target, each in prevailing(stored, model.bin_set or 0).items():
            attribution = Attribution.from_bytes(each.payload, target, reference.bin_set)
            for name, value in importance_of(attribution, reference).items():
                found[name] = max(found.get(name, 0.0), value)
        return found

    def _busiest(self, model: Model, options: ModelOptions, end_us: int) -> list[str]:
        """The segments that a day usually brings enough rows of, the busiest first: days before an outage count."""
        end_us = min(end_us, (model.last_time_us or end_us) + 1)
        week, rows = Window(end_us - _WEEK_US, end_us), {}
        for name in model.segments:
            if name.partition("=")[0] in options.segments:
                found = self.store.slow.profiles(model.project, model.name, model.bin_set or 0, week, segment=name)
                rows[name] = sum(block.rows for block in found)
        days = _WEEK_US // DAY_US
        return sorted((name for name in rows if rows[name] >= options.min_rows * days), key=lambda n: (-rows[n], n))


def _takes_long(bins: int, model: Model, options: ModelOptions, span: Window) -> bool:
    """Longer than it takes a process to begin."""
    windows = span.length_us // (model.window_us or DAY_US)
    scopes = 1 + sum(name.partition("=")[0] in options.segments for name in model.segments)
    return bins * scopes * windows > _LONG


def _recent(span: Window, length_us: int, weeks: int) -> Window:
    """The end of it, of which so many weeks, or enough windows, are learned from."""
    return replace(
        span, start_us=max(span.start_us, span.end_us - max(weeks * _WEEK_US, 2 * FEWEST_WINDOWS * length_us))
    )


def wish_of(model: Model, options: ModelOptions, answers: int) -> str:
    """What a calibration depends on besides the history: when it differs, another one is due."""
    said = (
        CALIBRATION_FORMAT,
        options.baseline,
        sorted(options.baselines.items()),
        model.task,
        options.budget,
        sorted(options.importance.items()),
        options.time_zone,
        options.holidays,
        options.smallest_effect,
        sorted(options.thresholds.items()),
        options.min_rows,
        options.segments,
        options.segment_signals,
        model.window_us,
        answers,
    )
    return json.dumps(said, separators=(",", ":"))


def _shared(options: ModelOptions, model: Model, segments: int) -> str:
    looks = _looks(model)
    rate = f"{options.budget:g} false incidents a month"
    if looks < 1:
        rate = f"{options.budget * looks:.2g} false incidents a month, which is {options.budget:g} at a look an hour"
    return rate + (f", shared by all traffic and {counted(segments, 'segment')}" if segments else "")


def _looks(model: Model) -> float:
    """How often a model is looked at, as a share of every hour."""
    return float(min(DAY_US / (model.window_us or DAY_US), _LOOKS_A_DAY) / _LOOKS_A_DAY)


def _wish(plan: ScopedPlan, options: ModelOptions, model: Model, unsure: NDArray[np.bool_]) -> Wish:
    """The budget is what a look each hour may cost; whoever looks less often gets as little for each look.

    Of a new normal that is `unsure` bool[S] only twice the smallest effect counts, as in a model's first week.
    """
    signals = [monitor.signal for _, monitor in plan.of_series]
    weights = [options.importance.get(s, options.importance.get(s.removeprefix("feature."), 1.0)) for s in signals]
    smallest = plan.smallest * np.where(unsure, np.float32(CAUTION), np.float32(1))
    return Wish(options.budget, smallest, np.array(weights, np.float32), _looks(model))
