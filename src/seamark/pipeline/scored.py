"""A model's calibration at work: windows scored against what was learned from its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seamark.detect.calendar import calendar_of
from seamark.detect.calibrated import SeriesPlan, from_bytes, overlay, series_of
from seamark.detect.monitors import monitors_for
from seamark.pipeline.calibrating import counts_of
from seamark.pipeline.windows import WindowProfiles
from seamark.profile.bins import BinSets
from seamark.records.model import Model
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.calibration import Calibration
from seamark.stats.scoring import Scores, score
from seamark.store.protocol import Store

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of some windows that follow one another."""

    plan: SeriesPlan
    calibration: Calibration
    scores: Scores
    first_us: int
    length_us: int

    def put_into(self, arrays: Arrays, window: Window) -> dict[str, NDArray[np.generic]]:
        """An evaluation block's arrays with the calibrated verdicts on `window`."""
        place = (window.start_us - self.first_us) // self.length_us
        return overlay(arrays, self.plan, self.calibration, self.scores, place)


@dataclass(frozen=True, slots=True)
class Calibrations:
    """The calibrations in use, each read once."""

    store: Store
    bins: BinSets
    _known: dict[tuple[str, str], tuple[int, ModelOptions, tuple[SeriesPlan, Calibration] | None]] = field(
        default_factory=dict
    )

    def of(self, model: Model, options: ModelOptions) -> tuple[SeriesPlan, Calibration] | None:
        """What to judge a model by; None until it has been learned for its present bins, windows and monitors."""
        stored = self.store.slow.calibration(model.project, model.name)
        if stored is None or not options.learns or stored.bin_set != model.bin_set or model.window_us is None:
            return None
        known = self._known.get((model.project, model.name))
        if known is not None and known[0] == stored.id and known[1] is options:
            return known[2]
        adopted = model.bin_set or 0
        bin_set = self.bins.get(model.project, model.name, adopted)
        provisional = self.bins.is_provisional(model.project, model.name, adopted)
        monitors = monitors_for(bin_set, model.task, options, provisional=provisional, calibrated_us=model.window_us)
        plan = series_of(bin_set, monitors, self.bins.baseline(model.project, model.name, adopted))
        calibration, names = from_bytes(stored.payload)
        fits = names == plan.names and stored.window_us == model.window_us
        found = (plan, calibration) if fits else None
        self._known[model.project, model.name] = (stored.id, options, found)
        return found

    def score(self, model: Model, options: ModelOptions, windows: Sequence[Window]) -> Scored | None:
        """Scores of windows that follow one another; None where they cannot be had."""
        found = self.of(model, options)
        length_us = windows[0].length_us
        if found is None or length_us != model.window_us:
            return None
        plan, calibration = found
        before = max(calibration.scales) - 1
        span = Window(windows[0].start_us - before * length_us, windows[-1].end_us)
        profiles = WindowProfiles(self.store, model, plan.bin_set, span)
        counts = counts_of(plan, [profiles.of(window) for window in span.split(length_us)])
        slot = calendar_of(span, length_us, options.time_zone, options.holidays).slot
        scores = score(calibration, counts, slot, before)
        return Scored(plan, calibration, scores, windows[0].start_us, length_us)
