"""Slow trends at work: a point for every closed week, read once, and a verdict that stands for a week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US
from seamark.detect.evaluate import Plan
from seamark.detect.trends import FEWEST_WEEKS, WEEKS, TrendPlan, judged, put_into, trend_plan, watched_by
from seamark.profile.bins import read_profile
from seamark.records.model import Model
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.channels import SeriesKind
from seamark.stats.profile import Profile
from seamark.store.protocol import Store

_WEEK_US: Final = 7 * DAY_US
_MONDAY_US: Final = 4 * DAY_US  # the first of all
_WHOLE: Final = 0.8  # of the hours that a week usually has rows in, for it to be compared with others

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False)
class _Week:
    points: NDArray[np.float64]  # [S]
    hours: int  # with rows
    rows: int


@dataclass(slots=True, eq=False)
class _Known:
    """What is known of one model. Losing it costs only time."""

    bin_set: int
    of: Plan  # all monitors, as last seen
    plan: TrendPlan
    weeks: dict[int, _Week] = field(default_factory=dict)  # by their starts
    told: dict[tuple[int, int, float], Arrays] = field(default_factory=dict)  # by end, window and budget: the newest


class Trending:
    """Judges the trends of models, once per closed week (Monday to Monday, UTC)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], _Known] = {}

    def forget(self, model: Model, hours_us: Iterable[int]) -> None:
        """Hours of a model whose rows have changed."""
        known = self._known.get((model.project, model.name))
        for start_us in {_monday(hour_us) for hour_us in hours_us} if known is not None else ():
            if known is not None and known.weeks.pop(start_us, None) is not None:
                known.told.clear()

    def put_into(
        self, arrays: Arrays, plan: Plan, reference: Profile, model: Model, options: ModelOptions, window: Window
    ) -> Arrays:
        """An evaluation block's arrays with the trends of the weeks that were closed when `window` ended."""
        end_us = _monday(window.end_us)
        first_us = max(_monday((model.first_time_us or 0) + _WEEK_US - 1), end_us - WEEKS * _WEEK_US)
        known = self._of(model, plan, reference) if end_us - first_us >= FEWEST_WEEKS * _WEEK_US else None
        if known is None:
            return arrays
        key = (end_us, window.length_us, options.budget)
        if key not in known.told:
            points = self._points(known, model, options, range(first_us, end_us, _WEEK_US))
            known.told = {key: judged(known.plan, points, options.budget, _WEEK_US // window.length_us)}
        return put_into(arrays, plan.monitors, known.told[key])

    def _of(self, model: Model, plan: Plan, reference: Profile) -> _Known | None:
        key, adopted = (model.project, model.name), model.bin_set or 0
        known = self._known.get(key)
        same = known is not None and known.bin_set == adopted
        if known is not None and same and (known.of is plan or known.plan.watched == watched_by(plan.monitors)):
            known.of = plan
            return known
        made = trend_plan(plan.bin_set, plan.monitors, reference)
        if made is None:
            return None
        self._known[key] = _Known(adopted, plan, made)
        return self._known[key]

    def _points(
        self, known: _Known, model: Model, options: ModelOptions, starts_us: Iterable[int]
    ) -> NDArray[np.float64]:
        """float64[S, n]; NaN where a week holds too few rows or hours to stand beside the others."""
        known.weeks = {start: known.weeks.get(start) or self._read(known, model, start) for start in starts_us}
        weeks = list(known.weeks.values())
        points = np.stack([week.points for week in weeks], axis=1)
        hours, rows = (np.array([getattr(week, name) for week in weeks]) for name in ("hours", "rows"))
        empty = rows < options.min_rows
        partial = hours < _WHOLE * np.median(hours[~empty]) if not empty.all() else empty
        points[:, empty] = np.nan
        points[np.ix_(known.plan.series.layout.kinds != SeriesKind.VALUE, partial)] = np.nan
        return points

    def _read(self, known: _Known, model: Model, start_us: int) -> _Week:
        week = Window(start_us, start_us + _WEEK_US)
        bin_set = known.plan.series.bin_set
        stored = self._store.slow.profiles(model.project, model.name, known.bin_set, week)
        total = Profile.total([read_profile(block.payload, bin_set) for block in stored], bin_set)
        return _Week(known.plan.point(total), len({block.key.hour_us for block in stored if block.rows}), total.rows)


def _monday(time_us: int) -> int:
    """The last one that was over at this time."""
    return (time_us - _MONDAY_US) // _WEEK_US * _WEEK_US + _MONDAY_US
