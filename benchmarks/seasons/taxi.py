"""Taxi passengers of New York in every half hour, with five labelled anomalies: a metric with a season."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from weekly import Alarm, Series, alarms, watched

from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.seasonal import Calendar

DATA = Path(__file__).parent / "data" / "nyc_taxi.csv.gz"
DAY = 48
WEEK = 7 * DAY
FIRST_SLOT = DAY  # 2014-07-01 was a Tuesday
BEGIN = datetime(2014, 7, 1, tzinfo=UTC)
LABELLED = {  # the windows of the benchmark, each about an event in its middle
    "marathon": ("2014-10-30 15:30", "2014-11-03 22:30"),
    "Thanksgiving": ("2014-11-25 12:00", "2014-11-29 19:00"),
    "Christmas": ("2014-12-23 11:30", "2014-12-27 18:30"),
    "New Year": ("2014-12-29 21:30", "2015-01-03 04:30"),
    "snow storm": ("2015-01-24 20:30", "2015-01-29 03:30"),
}
BUDGETS = (0.5, 1.0, 2.0)
SMALLEST = 0.1  # of the logarithm: a tenth more or fewer passengers


def passengers() -> NDArray[np.float64]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        return np.array([float(row["value"]) for row in csv.DictReader(lines)])


def watched_series() -> Series:
    values = passengers()
    counts = np.stack([np.log(np.maximum(values, 1)), np.ones(len(values))]).astype(np.float32)
    slot = (np.arange(len(values)) + FIRST_SLOT) % WEEK
    calendar = Calendar(slot, np.ones(len(values), np.float32), DAY)
    return Series(Layout.of([(SeriesKind.VALUE, 2)]), counts, calendar, np.array([SMALLEST], np.float32))


def measure(_seed: int) -> dict[str, Any]:
    of = watched_series()
    rows = []
    for history in (8, 12):
        for seasonal in (True, False):
            for budget in BUDGETS:
                weeks = watched(of, budget, history=history, seasonal=seasonal)
                name = f"{'seasonal' if seasonal else 'rolling'}, {history} weeks, budget {budget:g}"
                rows.append({"way": name, **told(alarms(weeks, DAY), history, len(weeks))})
    rows.append({"way": "mean + 3 sd of the last 8 weeks", **told(_three_sigma(of, 8), 8, of.weeks - 8)})
    return {"ways": rows}


def told(found: list[Alarm], history: int, weeks: int) -> dict[str, Any]:
    windows = [tuple(_place(each) - history * WEEK for each in span) for span in LABELLED.values()]
    begins = [each.begun for each in found]
    into = []
    for first, last in windows:
        inside = [max(each.begun - first, 0) for each in found if each.begun < last and each.ended - DAY >= first]
        into.append(min(inside) / 2 if inside else None)
    others = sum(not any(first <= begin < last for first, last in windows) for begin in begins)
    hours = sum(each.ended - each.begun for each in found) / (weeks * WEEK)
    return {"into": into, "others": others / (weeks * 7 / 30), "hours": hours, "begins": begins}


def _place(text: str) -> int:
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int((at - BEGIN).total_seconds() // 1800)


def _three_sigma(of: Series, history: int) -> list[Alarm]:
    value = of.counts[0].astype(np.float64)
    fires = np.zeros(of.weeks * WEEK, np.bool_)
    for place in range(history * WEEK, len(fires)):
        before = value[place - history * WEEK : place]
        fires[place] = abs(value[place] - before.mean()) > 3 * before.std()
    at = np.flatnonzero(fires[history * WEEK :])
    if not len(at):
        return []
    begins = at[np.diff(at, prepend=-2 * DAY) > DAY]
    ends = at[np.diff(at, append=at[-1] + 2 * DAY) > DAY] + DAY
    return [Alarm(int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]
