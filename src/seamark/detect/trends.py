"""Slow trends: one point a week of every series, against an anchor that never moves, and what they say together.

Hourly thresholds follow slow change and so forgive it: what creeps in over two months is each week's new normal. Here
weeks are compared with each other. A whole week holds every hour of it, so no season of day or week is left in a
point, and two weeks have no window in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamark.detect.calibrated import SeriesPlan, series_of
from seamark.detect.monitors import base_of
from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor, RuleKind
from seamark.stats.channels import SHIFT, Layout, Ranks, SeriesKind, differences
from seamark.stats.profile import BinSet, Profile
from seamark.stats.special import normal_isf
from seamark.stats.trend import Trends, likeness, trends

WEEKS = 12  # that are looked at, at most
FEWEST_WEEKS = 6
SHARE = 0.25  # of the budget, which trends have beside it
_WEEKS_A_MONTH = 30 / 7
_HOLDS = 10.0  # times the level, up to which p neither begins nor ends an alert
_CERTAIN = 1e-4  # the least share of rows above or below; further apart, ranks say nothing of how far

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TrendPlan:
    """The series whose trends a monitor set watches; `series.monitors` are what `watched` is the trend of."""

    watched: tuple[Monitor, ...]
    series: SeriesPlan
    anchor: NDArray[np.float32]  # float32[T] cells of the static reference
    ranks: Ranks

    def __len__(self) -> int:
        return len(self.series.series)

    def point(self, week: Profile) -> Floats:
        """float64[S]: how a week lies to the anchor.

        Numbers: standard deviations, as ranks say: √2 times the normal quantile of the chance that a row of the week
        lies above one of the anchor (K. O. McGraw & S. P. Wong, Psychological Bulletin 111(2), 1992), which no wild
        value moves. Categories: the debiased JS distance. Shares: the share. Traffic: the logarithm of its rows.
        """
        return points_of(self.series.layout, self.series.cells(week)[:, None], self.anchor, self.ranks)[:, 0]


def points_of(
    layout: Layout, cells: NDArray[np.float32], anchor: NDArray[np.float32], ranks: Ranks | None = None
) -> Floats:
    """float64[S, n] from the cells float32[T, n] of n weeks, and float32[T] of the anchor; NaN without rows."""
    expected = np.broadcast_to(anchor[:, None], cells.shape).astype(np.float32)
    behind = np.broadcast_to(layout.sizes_behind(anchor[:, None]), (len(layout), cells.shape[1]))
    ranks = ranks or Ranks.under(layout, anchor / np.maximum(layout.per_cell(behind)[:, 0], 1))
    found = differences(layout, cells, expected, behind, ranks)
    points = np.where(found.n > 0, found.effect, np.nan).astype(np.float64)
    ordered, counted = layout.kinds == SeriesKind.ORDERED, layout.kinds >= SeriesKind.SHARE
    above = np.clip(0.5 + found.x[ordered, SHIFT].astype(np.float64), _CERTAIN, 1 - _CERTAIN)
    points[ordered] = np.where(np.isnan(points[ordered]), np.nan, -np.sqrt(2) * normal_isf(above))
    n = found.n[counted]
    part = cells[layout.offsets[:-1][counted]]
    points[counted] = np.divide(part, n, out=np.full(n.shape, np.nan), where=n > 0)
    return points


def trend_plan(bin_set: BinSet, monitors: Sequence[Monitor], reference: Profile) -> TrendPlan | None:
    """The trends that `monitors` ask for, against the static reference; None where none does."""
    watched = watched_by(monitors)
    if not watched:
        return None
    bases = [
        replace(each, statistic=base_of(each.statistic), rule=replace(each.rule, kind=RuleKind.CALIBRATED))
        for each in watched
    ]
    series = series_of(bin_set, bases, reference)
    anchor = series.cells(reference)
    behind = series.layout.per_cell(series.layout.sizes_behind(anchor[:, None]))[:, 0]
    ranks = Ranks.under(series.layout, anchor / np.maximum(behind, 1))
    return TrendPlan(watched, series, anchor, ranks)


def watched_by(monitors: Sequence[Monitor]) -> tuple[Monitor, ...]:
    """Those that are about a trend."""
    return tuple(monitor for monitor in monitors if monitor.rule.kind is RuleKind.TREND)


def level_of(budget: float, series: int) -> float:
    """The p at which a quarter of the budget would be spent on false trends, were every week's test a new one."""
    return min(SHARE * budget / _WEEKS_A_MONTH / max(series, 1), 0.01)


def weighed(points: Floats, smallest: Floats, budget: float) -> tuple[Trends, Floats, NDArray[np.uint8]]:
    """(trends, the least slope that is an alarm, status) of float64[S, n] points, the newest last.

    `smallest` float64[S] is the change over all n points that matters.
    """
    level = level_of(budget, len(points))
    found = trends(points, level, alike=likeness(points))
    threshold = np.fmax(found.least, smallest / max(points.shape[1] - 1, 1))
    status = np.select(
        [found.n < FEWEST_WEEKS, np.abs(found.slope) >= threshold, found.p <= _HOLDS * level],
        [Status.INSUFFICIENT, Status.BREACH, Status.ELEVATED],
        Status.OK,
    )
    return found, threshold, status.astype(np.uint8)


def judged(plan: TrendPlan, points: Floats, budget: float, windows: int) -> dict[str, NDArray[np.generic]]:
    """The trend monitors' items of an evaluation block's arrays, in the order of `plan.watched`.

    `points` float64[S, n] are those of the newest weeks, the last one last; `windows` make up a week. `value` is the
    slope a week in the unit of the points, `threshold` the least slope that would be an alarm, `now` and `usual` the
    ends of the line (of traffic in rows). Of several series a monitor speaks for the one with the least p.
    """
    smallest = np.array([plan.watched[place].rule.fire for place in plan.series.places.tolist()])
    found, threshold, status = weighed(points, smallest, budget)
    weeks, value = points.shape[1], np.abs(np.nan_to_num(found.slope))
    arrays = {
        "value": value,
        "effect": value,
        "threshold": threshold,
        "exceedance": value / threshold,
        "p": found.p,
        "n": found.n,
        "now": found.start + found.slope * (weeks - 1),
        "usual": found.start,
        "status": status,
        "span": np.full(len(plan), min(weeks * windows, np.iinfo(np.int16).max)),
    }
    return _per_monitor(plan, found, arrays)


def _per_monitor(
    plan: TrendPlan, found: Trends, arrays: Mapping[str, NDArray[np.generic]]
) -> dict[str, NDArray[np.generic]]:
    order = np.argsort(-found.p, kind="stable")  # the least p is written last
    places = plan.series.places[order]
    told: dict[str, NDArray[np.generic]] = {}
    for name, array in arrays.items():
        of_monitors = np.zeros(len(plan.series.monitors), dtype=array.dtype)
        of_monitors[places] = array[order]
        told[name] = of_monitors
    return told


def put_into(
    arrays: Mapping[str, NDArray[np.generic]], monitors: Sequence[Monitor], told: Mapping[str, NDArray[np.generic]]
) -> dict[str, NDArray[np.generic]]:
    """An evaluation block's arrays with the trends put in."""
    places = [place for place, monitor in enumerate(monitors) if monitor.rule.kind is RuleKind.TREND]
    found = {name: array.copy() for name, array in arrays.items()}
    found.setdefault("span", np.ones(len(monitors), dtype=np.int16))
    for name, array in told.items():
        found[name][places] = array
    return found
