"""Some series watched as a server does: calibrated every week on what came before, judged hour by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.stats.alarms import ends_of
from seamark.stats.calibration import Calibration, History, Wish, learn_usual
from seamark.stats.channels import Layout
from seamark.stats.scoring import score
from seamark.stats.seasonal import Baseline, Calendar

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Series:
    """What is watched: cells of N windows, their calendar, and the effects that matter."""

    layout: Layout
    counts: Floats  # [T, N]
    calendar: Calendar
    smallest: Floats  # [S]

    @property
    def week(self) -> int:
        """Windows of one."""
        return 7 * self.calendar.a_day

    @property
    def weeks(self) -> int:
        """Whole ones."""
        return self.counts.shape[1] // self.week

    def of(self, windows: slice) -> History:
        """What is learned from these windows."""
        counts = self.counts[:, windows]
        used = np.ones((len(self.layout), counts.shape[1]), np.bool_)
        return History(self.layout, counts, self.calendar[windows], used, self.calendar.a_day)


@dataclass(frozen=True)
class Week:
    """A calibration, the level and end of its alarms, and the surprises [S, week] of the week after it."""

    calibration: Calibration
    level: float
    end: float
    surprise: Floats


def watched(of: Series, budget: float, *, history: int, seasonal: bool, static: Baseline | None = None) -> list[Week]:
    """All weeks after the first so many. Their alarms are called false: they teach what is usual."""
    found: list[Week] = []
    for now in range(history, of.weeks):
        end = now * of.week
        learned = of.of(slice(end - history * of.week, end))
        wish = Wish(budget, of.smallest, np.ones_like(of.smallest))
        period = of.week if seasonal else 1
        calibration, surprise = learn_usual(learned, wish, period=period, static=static)
        level = learned.level_for(surprise, budget)
        judged = surprises(of, calibration, of.counts, end, end + of.week)
        ends = float(ends_of(np.array([level], np.float32), calibration.noise)[0])
        found.append(Week(calibration, level, ends, judged))
    return found


def surprises(of: Series, calibration: Calibration, counts: Floats, first: int, last: int) -> Floats:
    """float32[S, last - first] of the windows first:last."""
    begin = first - of.week
    return score(calibration, counts[:, begin:last], of.calendar.slot[begin:last], of.week).surprise


@dataclass(frozen=True)
class Alarm:
    """When it began and ended, in windows since the first week judged."""

    begun: int
    ended: int


def alarms(weeks: list[Week], rest: int) -> list[Alarm]:
    """Incidents: overlapping alarms of any series."""
    found: list[Alarm] = []
    series = len(weeks[0].surprise)
    active, quiet = np.zeros(series, np.bool_), np.zeros(series, np.int64)
    begun, window = 0, 0
    for week in weeks:
        for now in week.surprise.T:
            fires, was = now > week.level, bool(active.any())
            quiet = np.where((now >= week.end) | (fires & ~active), 0, quiet + 1)
            active = (active | fires) & ((quiet < rest) | fires)
            if active.any() and not was:
                begun = window
            if was and not active.any():
                found.append(Alarm(begun, window))
            window += 1
    return [*found, Alarm(begun, window)] if active.any() else found
