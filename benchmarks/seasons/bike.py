"""Two years of real bike rentals, hour by hour: false alarms, and rentals whose user type is relabelled."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from weekly import Alarm, Series, Week, alarms, surprises, watched

from seamark.stats.calibration import history_weeks
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.seasonal import Baseline, Calendar, learn
from seamark.stats.special import chi_squared_sf

DATA = Path(__file__).parent / "data" / "bike_hours.csv.gz"
HOURS = 731 * 24
DAY, WEEK = 24, 168
FIRST_SLOT = 5 * DAY  # 2011-01-01 was a Saturday
REFERENCE_WEEKS = 8
BUDGETS = (0.5, 1.0, 2.0)
RELABELLED = {  # rentals that change their user type: from, to, share
    "a fifth of the registered become casual": (1, 0, 0.2),
    "a fifth of the casual become registered": (0, 1, 0.2),
    "a twentieth of the registered become casual": (1, 0, 0.05),
}

Floats = NDArray[np.float32]


def rentals() -> Series:
    """User type as a share and as a category, as a model of two classes is watched."""
    counts = np.zeros((2, HOURS), np.float32)
    holiday = np.zeros(HOURS, np.bool_)
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            hour = int(row["hour"])
            counts[:, hour] = float(row["casual"]), float(row["registered"])
            if row["holiday"] == "1":
                holiday[hour // DAY * DAY : (hour // DAY + 1) * DAY] = True
    hour = np.arange(HOURS)
    slot = np.where(holiday, 6 * DAY + hour % DAY, (hour + FIRST_SLOT) % WEEK)
    layout = Layout.of([(SeriesKind.SHARE, 2), (SeriesKind.UNORDERED, 2)])
    calendar = Calendar(slot, (~holiday).astype(np.float32), DAY)
    return Series(layout, np.concatenate([counts, counts]), calendar, np.array([0.02, 0.05], np.float32))


@dataclass(frozen=True)
class Way:
    """A baseline and how many weeks are learned from."""

    name: str
    history: int
    seasonal: bool
    static: bool = False


def ways(series: int) -> list[Way]:
    longest = history_weeks(series)
    return [
        Way(f"seasonal, {longest} weeks", longest, seasonal=True),
        Way("seasonal, 8 weeks", 8, seasonal=True),
        Way(f"rolling, {longest} weeks", longest, seasonal=False),
        Way(f"static: the first {REFERENCE_WEEKS} weeks", longest, seasonal=False, static=True),
    ]


def measure(seed: int) -> dict[str, Any]:
    of = rentals()
    reference = of.of(slice(0, REFERENCE_WEEKS * WEEK))
    one = np.ones((len(of.layout), REFERENCE_WEEKS * WEEK), np.float32)
    static = learn(of.layout, reference.counts, reference.calendar, one, period=1)
    rows = []
    for way in ways(len(of.layout)):
        for budget in BUDGETS:
            weeks = watched(
                of, budget, history=way.history, seasonal=way.seasonal, static=static if way.static else None
            )
            found = {"way": way.name, "budget": budget, **quiet(weeks, way.history)}
            found["delays"] = {
                name: delays(of, weeks, way.history, change, np.random.default_rng(seed))
                for name, change in RELABELLED.items()
            }
            rows.append(found)
    return {"ways": rows, "rules": rules(of, static, seed)}


def quiet(weeks: list[Week], history: int) -> dict[str, Any]:
    return of_alarms(alarms(weeks, DAY), len(weeks), history)


def of_alarms(found: list[Alarm], weeks: int, history: int) -> dict[str, Any]:
    return {
        "months": weeks * 7 / 30,
        "incidents": len(found),
        "hours": sum(each.ended - each.begun for each in found) / (weeks * WEEK),
        "weeks": [history + each.begun // WEEK for each in found],
    }


def injections(
    of: Series, history: int, change: tuple[int, int, float], rng: np.random.Generator
) -> Iterator[tuple[int, Floats]]:
    """(hour, all counts changed from that hour on) in every second week, at a random hour of it."""
    source, target, share = change
    for week in range(history, of.weeks - 2, 2):
        hour = week * WEEK + int(rng.integers(WEEK))
        counts = of.counts.copy()
        moved = rng.binomial(of.counts[source, hour:].astype(np.int64), share)
        for block in (0, 2):
            counts[block + source, hour:] -= moved
            counts[block + target, hour:] += moved
        yield hour, counts


def delays(
    of: Series, weeks: list[Week], history: int, change: tuple[int, int, float], rng: np.random.Generator
) -> dict[str, Any]:
    """Hours until seen; injections into an hour that was in alarm already, or had been that day, are left out."""
    found = []
    for hour, counts in injections(of, history, change, rng):
        watch = weeks[hour // WEEK - history]
        seen = surprises(of, watch.calibration, counts, hour - DAY, hour + 2 * WEEK).max(axis=0) > watch.level
        if not seen[:DAY].any():
            found.append(int(seen[DAY:].argmax()) + 1 if seen[DAY:].any() else None)
    return summary(found)


def summary(found: list[int | None]) -> dict[str, Any]:
    hours = np.array([np.inf if each is None else each for each in found])
    return {
        "injections": len(hours),
        "median": None if np.isinf(np.median(hours)) else float(np.median(hours)),
        "found": float(np.isfinite(hours).mean()),
    }


def rules(of: Series, static: Baseline, seed: int) -> list[dict[str, Any]]:
    """Peers' default rules on the share of casual rentals of the last day, against the first eight weeks."""
    history = history_weeks(len(of.layout))
    found = []
    for name, threshold in (("JS distance > .1; 24 h", 0.1), ("χ² p < .05; 24 h", 0.05)):
        fires = _fires(name, of.counts, static, threshold)
        quiet_hours = fires[history * WEEK : of.weeks * WEEK]
        begun = _alarms(quiet_hours)
        delays_of = {}
        for change_name, change in RELABELLED.items():
            hours: list[int | None] = []
            for hour, counts in injections(of, history, change, np.random.default_rng(seed)):
                seen = _fires(name, counts[:, : hour + 2 * WEEK], static, threshold)[hour - DAY :]
                if not seen[:DAY].any():
                    hours.append(int(seen[DAY:].argmax()) + 1 if seen[DAY:].any() else None)
            delays_of[change_name] = summary(hours) if hours else {"injections": 0, "median": None, "found": 0.0}
        row = {"way": name, "budget": None, **of_alarms(begun, len(quiet_hours) // WEEK, history), "delays": delays_of}
        found.append(row)
    return found


def _fires(name: str, counts: Floats, static: Baseline, threshold: float) -> NDArray[np.bool_]:
    """Whether a rule is broken in each hour."""
    total = np.cumsum(counts[:2], axis=1, dtype=np.float64)
    total[:, DAY:] -= total[:, :-DAY].copy()
    n = np.maximum(total.sum(axis=0), 1)
    p, q = total / n, static.flat[:2, None].astype(np.float64)
    if name.startswith("JS"):
        m = (p + q) / 2
        js = (_xlogy(p, p / m) + _xlogy(q, q / m)).sum(axis=0) / 2 / np.log(2)
        return np.asarray(np.sqrt(np.maximum(js, 0)) > threshold)
    statistic = (n * (p - q) ** 2 / q).sum(axis=0)
    return np.asarray(chi_squared_sf(statistic, np.ones_like(statistic)) < threshold)


def _xlogy(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return x * np.log(np.maximum(y, 1e-300))


def _alarms(fires: NDArray[np.bool_]) -> list[Alarm]:
    """An alarm ends after a day without."""
    at = np.flatnonzero(fires)
    if not len(at):
        return []
    begins = at[np.diff(at, prepend=-2 * DAY) > DAY]
    ends = at[np.diff(at, append=at[-1] + 2 * DAY) > DAY] + DAY
    return [Alarm(int(begin), min(int(end), len(fires))) for begin, end in zip(begins, ends, strict=True)]
