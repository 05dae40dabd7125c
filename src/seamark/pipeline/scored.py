"""A model's calibration at work: windows scored against what was learned from its history."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.detect.calendar import calendar_of
from seamark.detect.calibrated import Watched, overlay
from seamark.detect.evaluate import blank
from seamark.detect.monitors import monitors_for
from seamark.detect.scoped import ScopedPlan, scoped
from seamark.detect.stored import from_bytes
from seamark.errors import Corrupt
from seamark.pipeline.quarantine import new_normals
from seamark.pipeline.windows import Counted, RecentWindows
from seamark.profile.bins import BinSets
from seamark.records.evaluation import Status
from seamark.records.model import Model
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.calibration import Calibration
from seamark.stats.scoring import Scores, score
from seamark.store.protocol import Store

_READ: Final = 128 << 20  # bytes of seasons
_LOG = logging.getLogger("seamark.pipeline")

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A stored calibration, and which series it is of."""

    id: int
    plan: ScopedPlan
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of some windows that follow one another."""

    learned: Learned
    scores: Scores
    counted: Counted
    first_us: int
    length_us: int

    def put_into(self, arrays: Arrays, window: Window) -> dict[str, NDArray[np.generic]]:
        """All traffic's evaluation block's arrays with the calibrated verdicts on `window`."""
        place = (window.start_us - self.first_us) // self.length_us
        return overlay(arrays, self.learned.plan.whole, self.learned.calibration, self.scores, place)

    def segments(self, window: Window) -> Iterator[tuple[str, int, dict[str, NDArray[np.generic]]]]:
        """(name, rows, an evaluation block's arrays) of each segment."""
        place = (window.start_us - self.first_us) // self.length_us
        plan = self.learned.plan
        if not plan.watched.segments:
            return
        rows = self.counted.rows[:, place - self.scores.surprise.shape[1]]
        nothing, first = blank(len(plan.segments.monitors)), len(plan.whole.series)
        judged = overlay(nothing, plan.segments, self.learned.calibration, self.scores, place, first)
        many = len(plan.segment.monitors)
        for number, name in enumerate(plan.watched.segments):
            mine = slice(number * many, (number + 1) * many)
            if not rows[number + 1]:
                status = judged["status"][mine]  # a view
                status[status == Status.INSUFFICIENT] = Status.NO_DATA
            yield name, int(rows[number + 1]), {field: values[mine] for field, values in judged.items()}


@dataclass(frozen=True, slots=True)
class Calibrations:
    """The calibrations in use: which series each is of, and, of the models judged last, all of it."""

    store: Store
    bins: BinSets
    windows: RecentWindows
    _known: dict[tuple[str, str], tuple[int, ModelOptions, ScopedPlan | None]] = field(default_factory=dict)
    _read: OrderedDict[tuple[str, str], Learned] = field(default_factory=OrderedDict)

    def forget(self, model: Model, hours_us: Iterable[int]) -> None:
        """Hours of a model whose rows have changed."""
        self.windows.forget(model, hours_us)

    def of(self, model: Model, options: ModelOptions) -> Learned | None:
        """What to judge a model by; None until it has been learned for its present bins, windows and monitors."""
        stored = self.store.slow.calibration(model.project, model.name, payload=False)
        if stored is None or stored.bin_set != model.bin_set or model.window_us is None:
            return None
        key = (model.project, model.name)
        id, of_options, plan = self._known.get(key, (None, None, None))
        known = id == stored.id and of_options is options
        if known and plan is None:
            return None
        read = self._read.get(key)
        if read is not None and read.id == stored.id and read.plan is plan:
            self._read.move_to_end(key)
            return read
        whole = self.store.slow.calibration(model.project, model.name)
        try:
            calibration, names, watched = from_bytes(b"" if whole is None else whole.payload)
        except Corrupt:
            _LOG.exception("The thresholds of model %r of project %r are learned anew.", model.name, model.project)
            return None
        if plan is None or not known:
            plan = self._plan(model, options, watched)
            fits = names == plan.names and stored.window_us == model.window_us
            self._known[key] = (stored.id, options, plan if fits else None)
            if not fits:
                return None
        return self._keep(key, Learned(stored.id, plan, calibration))

    def _plan(self, model: Model, options: ModelOptions, watched: Watched) -> ScopedPlan:
        adopted = model.bin_set or 0
        bin_set = self.bins.get(model.project, model.name, adopted)
        provisional = self.bins.is_provisional(model.project, model.name, adopted)
        monitors = monitors_for(bin_set, model.task, options, provisional=provisional, calibrated_us=model.window_us)
        return scoped(bin_set, monitors, self.bins.baseline(model.project, model.name, adopted), watched)

    def _keep(self, key: tuple[str, str], learned: Learned) -> Learned:
        """A season of a hundred features is megabytes, so only those of some models are kept as they are used."""
        self._read[key] = learned
        self._read.move_to_end(key)
        while (
            len(self._read) > 1 and sum(each.calibration.baseline.slots.nbytes for each in self._read.values()) > _READ
        ):
            self._read.popitem(last=False)
        return learned

    def score(self, model: Model, options: ModelOptions, windows: Sequence[Window]) -> Scored | None:
        """Scores of windows that follow one another; None where they cannot be had."""
        found = self.of(model, options)
        length_us = windows[0].length_us
        if found is None or length_us != model.window_us:
            return None
        before = max(found.calibration.scales) - 1
        span = Window(windows[0].start_us - before * length_us, windows[-1].end_us)
        counted = self.windows.of(model, found.plan, span, length_us)
        slot = calendar_of(span, length_us, options.time_zone, options.holidays).slot
        begins = self._begins(model, found.plan, span)
        scores = score(found.calibration, counted.since_first_row(found.plan), slot, before, begins)
        return Scored(found, scores, counted, windows[0].start_us, length_us)

    def _begins(self, model: Model, plan: ScopedPlan, span: Window) -> NDArray[np.int64] | None:
        """int64[S]: the window of `span` in which each series' new normal began; None where all are as ever."""
        since = {name: us for name, us in new_normals(self.store, model).items() if us > span.start_us}
        windows = [
            -((span.start_us - since.get(m.name, span.start_us)) // (model.window_us or 1)) for _, m in plan.of_series
        ]
        return np.array(windows, np.int64) if since else None
