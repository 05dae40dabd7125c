"""All traffic and its segments, judged together: one list of series, one calibration, one level for all of them.

A segment watches what the model answers and the features that matter most, by fewer statistics than all traffic:
what a segment has too few rows for would only raise everybody's thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seamark.detect.calibrated import SeriesPlan, Watched, series_of
from seamark.detect.options import GROUP_SHIFT
from seamark.records.monitor import Monitor
from seamark.records.options import ModelOptions
from seamark.stats.binset import BinSet
from seamark.stats.channels import Floats, Layout
from seamark.stats.profile import Profile

MOST_FEATURES = 10
MOST_SERIES = 1_000  # of all segments of a model together
_STATISTICS = frozenset({"jensen_shannon", GROUP_SHIFT, "class_share", "near_half_share", "missing_rate"})
_ANSWERS = frozenset({"prediction", "score", "confidence"})


@dataclass(frozen=True, slots=True, eq=False)
class ScopedPlan:
    """The series of all traffic, then those of each segment, which are the same for every segment."""

    whole: SeriesPlan
    segment: SeriesPlan
    watched: Watched
    segments: SeriesPlan = field(init=False)  # of all segments, one after the other, as if they were one
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        whole, segments = self.whole.layout, self.segment.repeated(len(self.watched.segments))
        kinds = np.concatenate([whole.kinds, segments.layout.kinds])
        sizes = np.concatenate([whole.sizes, segments.layout.sizes])
        object.__setattr__(self, "segments", segments)
        object.__setattr__(self, "layout", Layout(kinds, sizes))

    @property
    def names(self) -> tuple[str, ...]:
        """Of each series; those of a segment begin with its name."""
        of_segments = [f"{name} {each}" for name in self.watched.segments for each in self.segment.names]
        return (*self.whole.names, *of_segments)

    @property
    def parents(self) -> NDArray[np.int64]:
        """int64[P]: for each segment's series, the place of the same one of all traffic."""
        place = {name: number for number, name in enumerate(self.whole.names)}
        of_segment = np.array([place[name] for name in self.segment.names], dtype=np.int64)
        return np.tile(of_segment, len(self.watched.segments))

    @property
    def smallest(self) -> Floats:
        """float32[S]: the effect of each series that matters, in the unit of its cells."""
        return np.concatenate([plan.smallest for _, plan in self.scopes])

    @property
    def scopes(self) -> tuple[tuple[str, SeriesPlan], ...]:
        """(segment, its plan), all traffic ("") first: the order of the series."""
        return (("", self.whole), *((name, self.segment) for name in self.watched.segments))

    def cells(self, profiles: Sequence[Profile]) -> Floats:
        """float32[T] of one window: `profiles` of all traffic and of each segment."""
        of_scopes = [plan.cells(each) for (_, plan), each in zip(self.scopes, profiles, strict=True)]
        return np.concatenate(of_scopes)

    def cells_of(self, whole: Profile) -> Floats:
        """float32[T] of one profile of all traffic; 0 for the segments, of which it says nothing."""
        found = np.zeros(self.layout.width, np.float32)
        found[: self.whole.layout.width] = self.whole.cells(whole)
        return found

    def series_of(self, segment: str) -> slice:
        """Where the series of a segment ("" for all traffic) are."""
        if not segment:
            return slice(0, len(self.whole.layout))
        size = len(self.segment.layout)
        first = len(self.whole.layout) + size * self.watched.segments.index(segment)
        return slice(first, first + size)

    @property
    def of_series(self) -> tuple[tuple[str, Monitor], ...]:
        """(segment, monitor) of each series."""
        return tuple((name, plan.monitors[place]) for name, plan in self.scopes for place in plan.places.tolist())


def scoped(bin_set: BinSet, monitors: Sequence[Monitor], reference: Profile, watched: Watched) -> ScopedPlan:
    """The series of all `monitors`, and of those that segments have too."""
    signals = set(watched.signals)
    whole = series_of(bin_set, monitors, reference)
    calibrated = {whole.monitors[place].name for place in whole.places.tolist()}
    chosen = [each for each in monitors if each.name in calibrated and _is_watched(each, signals)]
    return ScopedPlan(whole, series_of(bin_set, chosen, reference), watched)


def _is_watched(monitor: Monitor, signals: set[str]) -> bool:
    return monitor.signal in signals and monitor.statistic in _STATISTICS


def signals_to_watch(bin_set: BinSet, options: ModelOptions, importance: Mapping[str, float]) -> tuple[str, ...]:
    """What segments watch: the owner's list, or what the model answers and its most important features.

    A feature is as important as its owner says, then as its attributions say (`importance`, by name); without
    either the order of the reference decides.
    """
    names = list(dict.fromkeys(bin_set.group_of(signal.name) for signal in bin_set.signals))
    if options.segment_signals:
        wanted = {*options.segment_signals, *(f"feature.{name}" for name in options.segment_signals)}
        return tuple(name for name in names if name in wanted)

    def rank(name: str) -> tuple[float, float]:
        stated = options.importance.get(name, options.importance.get(name.removeprefix("feature."), 1.0))
        series = (bin_set.signals[place].name for place in bin_set.members(name).tolist())
        return -stated, -max(importance.get(each, 0.0) for each in series)

    features = sorted((name for name in names if name.startswith("feature.")), key=rank)[:MOST_FEATURES]
    answers = [signal.name for signal in bin_set.signals if signal.role in _ANSWERS]
    return (*answers, *features)
