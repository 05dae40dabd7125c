"""Hours of traffic in which nothing drifts: 10 numeric columns, 4 categorical ones and a score.

Our own generator (Apache-2.0, like everything here). It needs numpy only, so that every rule can make the same rows in
its own environment; `fingerprint` proves that they are the same.

| columns | population |
|---|---|
| num_0 … num_4 | normal |
| num_5 … num_9 | Student's t with 3 degrees of freedom |
| cat_0 … cat_3 | Zipf over 5, 10, 20 and 30 categories |
| score | logit-normal, from 0 to 1 |

| scenario | what an hour does to its rows |
|---|---|
| none | nothing |
| jitter | N(0, .05) sd on each number and on the score's logit, N(0, .05) on each category's log weight |
| season | .3 sd times the sine of the hour of the day on all numbers and on the score's logit |

sd is the column's standard deviation. Four weeks of history come first; the reference is 20,000 rows spread evenly over
them, and the windows that are judged are the hours right after them. An hour's shift is the same however many rows it
has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SEED = 20_260_105
SCENARIOS = ("none", "jitter", "season")
REFERENCE_ROWS = 20_000
HISTORY_HOURS = 28 * 24
WINDOWS = {200: 168, 1_000: 168, 10_000: 72, 100_000: 24}  # rows of a window → how many: whole days
START_US = 1_767_571_200_000_000  # Monday 2026-01-05 00:00 UTC
HOUR_US = 3_600_000_000
JITTER = 0.05
SEASON = 0.3

CARDINALITIES = (5, 10, 20, 30)
NUMERIC = [f"num_{at}" for at in range(10)]
HEAVY_TAILED = range(5, 10)
CATEGORICAL = [f"cat_{at}" for at in range(len(CARDINALITIES))]
COLUMNS = [*NUMERIC, *CATEGORICAL, "score"]

Columns = dict[str, np.ndarray]  # float64, and objects that are str


@dataclass(frozen=True)
class Workload:
    """One scenario. Equal (seed, scenario) make equal rows."""

    seed: int
    scenario: str

    def reference(self) -> Columns:
        """20,000 rows of the four weeks of history, in order of time."""
        bounds = np.arange(HISTORY_HOURS + 1) * REFERENCE_ROWS // HISTORY_HOURS
        return together([self.window(hour, rows) for hour, rows in enumerate(np.diff(bounds).tolist())])

    def history(self, rows: int) -> History:
        return History(self, rows)

    def windows(self, rows: int, every: int = 1) -> Iterator[tuple[int, Columns]]:
        """Start (microseconds UTC) and rows of each hour to judge, or of every n-th."""
        for hour in range(HISTORY_HOURS, HISTORY_HOURS + WINDOWS[rows], every):
            yield START_US + hour * HOUR_US, self.window(hour, rows)

    def window(self, hour: int, rows: int) -> Columns:
        shifts, weights = self._hour(hour)
        rng = np.random.default_rng([self.seed, SCENARIOS.index(self.scenario), hour, rows])
        data: Columns = {}
        for at, name in enumerate(NUMERIC):
            z = rng.standard_t(3, rows) / np.sqrt(3) if at in HEAVY_TAILED else rng.standard_normal(rows)
            data[name] = 10 * at + (1 + at) * (z + shifts[at])
        for at, name in enumerate(CATEGORICAL):
            p = weights[at] / np.arange(1, CARDINALITIES[at] + 1)
            places = np.searchsorted(np.cumsum(p / p.sum())[:-1], rng.random(rows), side="right")
            data[name] = np.array([f"c{code:02d}" for code in range(len(p))], dtype=object)[places]
        data["score"] = 1 / (1 + np.exp(1 - rng.standard_normal(rows) - shifts[-1]))
        return data

    def _hour(self, hour: int) -> tuple[np.ndarray, list[np.ndarray]]:
        """Shifts of the numbers and the score in standard deviations, and factors on each column's categories."""
        numbers = len(NUMERIC) + 1
        if self.scenario == "season":
            return np.full(numbers, SEASON * np.sin(2 * np.pi * hour / 24)), [np.ones(k) for k in CARDINALITIES]
        rng = np.random.default_rng([self.seed, hour])
        sd = JITTER if self.scenario == "jitter" else 0.0
        return sd * rng.standard_normal(numbers), [np.exp(sd * rng.standard_normal(k)) for k in CARDINALITIES]


@dataclass(frozen=True)
class History:
    """The four weeks before: 672 hours of `rows` rows, made as they are asked for (67 million rows at 100,000)."""

    workload: Workload
    rows: int

    def __iter__(self) -> Iterator[tuple[int, Columns]]:
        return self._from(0)

    def latest(self, most_rows: int) -> Iterator[tuple[int, Columns]]:
        """The last whole days that have no more than `most_rows` rows, at least one, for a rule that holds them all."""
        days = min(max(most_rows // (24 * self.rows), 1), HISTORY_HOURS // 24)
        return self._from(HISTORY_HOURS - 24 * days)

    def _from(self, first: int) -> Iterator[tuple[int, Columns]]:
        for hour in range(first, HISTORY_HOURS):
            yield START_US + hour * HOUR_US, self.workload.window(hour, self.rows)


def together(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}


def fingerprint(seed: int) -> str:
    """Equal for equal rows, and for rows whose last bits another version of numpy rounded otherwise."""
    rows = together([Workload(seed, scenario).window(HISTORY_HOURS + 5, 1_000) for scenario in SCENARIOS])
    sums = [sum(map(hash_of, rows[name])) if name in CATEGORICAL else float(rows[name].sum()) for name in COLUMNS]
    return f"{sum(sums):.6f}"


def hash_of(category: str) -> int:
    return int(category[1:]) ** 2
