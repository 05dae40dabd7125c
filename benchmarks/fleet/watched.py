"""A fleet watched by Seamark: calibrated every week on what came before, judged hour by hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from simulator import WEEK, Fleet

from seamark.stats.alarms import ends_of
from seamark.stats.calibration import Calibration, History, Wish, learn_usual
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.scoring import score
from seamark.stats.seasonal import Calendar

LONGEST = 8  # weeks of history that a calibration learns from
DAY = 24
PERIOD = WEEK  # of the season
KINDS = {"numeric": SeriesKind.ORDERED, "categorical": SeriesKind.UNORDERED, "ratio": SeriesKind.SHARE}
SMALLEST = {"numeric": 0.05, "categorical": 0.05, "ratio": 0.02}  # the product's defaults

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Week:
    """One test week: a level and an end for each budget, and its hours' surprises [S, 168]."""

    levels: Floats
    ends: Floats
    surprise: Floats


@dataclass(frozen=True)
class Watch:
    """A calibration and the level of one budget."""

    calibration: Calibration
    level: float


def layout_of(fleet: Fleet) -> Layout:
    return Layout.of([(KINDS[kind], size) for kind, size in zip(fleet.kinds, fleet.sizes, strict=True)])


def calibrated(
    fleet: Fleet, counts: Floats, first: int, last: int, budgets: Sequence[float]
) -> tuple[Calibration, list[float]]:
    """From the weeks first:last of float32[T, N] counts."""
    hours = slice(first * WEEK, last * WEEK)
    length = hours.stop - hours.start
    calendar = Calendar(np.arange(length) % WEEK, np.ones(length, np.float32), DAY)
    used = np.ones((len(fleet.series), length), np.bool_)
    history = History(layout_of(fleet), counts[:, hours], calendar, used, DAY)
    smallest = np.array([SMALLEST[kind] for kind in fleet.kinds], np.float32)
    found, surprise = learn_usual(history, Wish(budgets[0], smallest, np.ones_like(smallest)), period=PERIOD)
    return found, [history.level_for(surprise, budget) for budget in budgets]


def surprises(calibration: Calibration, counts: Floats, first: int, last: int) -> Floats:
    """float32[S, last - first] of the hours first:last of all counts."""
    begin = first - WEEK
    return score(calibration, counts[:, begin:last], np.arange(begin, last) % WEEK, WEEK).surprise


def weeks(fleet: Fleet, counts: Floats, histories: Sequence[int], budgets: Sequence[float]) -> dict[int, list[Week]]:
    """The test weeks of each history's length; they follow the longest, and later ones have much in common."""
    found: dict[int, list[Week]] = {history: [] for history in histories}
    known: dict[tuple[int, int], Week] = {}
    for now in range(LONGEST, fleet.weeks):
        for history in histories:
            first = max(LONGEST - history, now - LONGEST)
            if (first, now) not in known:
                calibration, levels = calibrated(fleet, counts, first, now, budgets)
                surprise = surprises(calibration, counts, now * WEEK, (now + 1) * WEEK)
                at = np.array(levels, np.float32)
                known[first, now] = Week(at, ends_of(at, calibration.noise), surprise)
            found[history].append(known[first, now])
    return found


@dataclass(frozen=True)
class Played:
    """What a rule did over a stretch of time: alarms of single series, incidents, hours with any alarm."""

    alarms: int
    incidents: int
    hours: int


def played(watched: Sequence[Week], budget: int) -> Played:
    """Weeks in a row at the levels of one budget: as `seamark.stats.alarms`, with a level that changes weekly."""
    active = np.zeros(len(watched[0].surprise), np.bool_)
    quiet = np.zeros(len(active), np.int64)
    alarms = incidents = hours = 0
    for level, end, now in _hours(watched, budget):
        fires, was = now > level, active.any()
        begins = fires & ~active
        quiet += 1
        quiet[(now >= end) | begins] = 0
        active = (active | fires) & ((quiet < DAY) | fires)
        alarms += int(begins.sum())
        incidents += int(begins.any() and not was)
        hours += int(active.any())
    return Played(alarms, incidents, hours)


def _hours(watched: Sequence[Week], budget: int) -> Iterator[tuple[float, float, Floats]]:
    for week in watched:
        for now in np.ascontiguousarray(week.surprise.T):
            yield float(week.levels[budget]), float(week.ends[budget]), now
