"""What the scores of a model let expect, as the judge of outcomes looks at it: before any of them has come."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.tolerated import is_estimated
from seamark.query.expected import Expectation, expectation, misses_of, score_counts
from seamark.query.graded import GradedWindows
from seamark.records.model import Model
from seamark.records.monitor import Monitor
from seamark.records.window import Window
from seamark.stats.delays import DelayCurve
from seamark.stats.expected import Misses
from seamark.stats.grading import Grading
from seamark.stats.intervals import Metric, Z
from seamark.store.protocol import Store

_DIGITS: Final = 3  # of a margin: it moves with every outcome, and is worth no new verdicts

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Of N windows: their score counts, what these let expect, and how far past estimates were off beyond chance."""

    known: Expectation
    counts: Sequence[Floats]
    told: Sequence[Mapping[str, Metric]]
    margins: Mapping[str, float]

    def over(self, metric: str, first: int, last: int) -> Metric | None:
        """The estimate of some windows together, both ends included."""
        if first == last:
            return self.told[first].get(metric)
        total = np.sum([self.counts[number] for number in range(first, last + 1)], axis=0)
        return self.known.calibration.metrics(total).get(metric)

    def put_into(self, figures: Floats, daily: Floats, monitors: Sequence[Monitor], windows: Sequence[Window]) -> None:
        """Fill the places of estimated metrics in arrays of [M, N, 4].

        `figures` as they are shown, `daily` those of whole days less what past estimates were off: what is held
        against the tolerance is the better end of what such a miss leaves possible.
        """
        days = np.array([window.start_us // DAY_US for window in windows])
        last_of_day = np.flatnonzero(np.append(np.diff(days) != 0, [True] * (len(days) > 0))).tolist()
        for place, monitor in enumerate(monitors):
            if not is_estimated(monitor):
                continue
            for number, told in enumerate(self.told):
                figures[place, number] = _figures(told.get(monitor.statistic))
            first = 0
            for last in last_of_day:
                daily[place, last] = _figures(self.over(monitor.statistic, first, last))
                first = last + 1
            margin = self.margins.get(monitor.statistic, 0.0)
            daily[place, :, :3] += margin if monitor.better == "higher" else -margin


@dataclass(frozen=True, slots=True)
class Expecting:
    """Makes estimates; what it counted of windows is remembered, and disposable."""

    store: Store
    _counts: dict[tuple[str, str, int], dict[Window, tuple[int, Floats]]] = field(default_factory=dict)

    def of(
        self,
        model: Model,
        card: int,
        grading: Grading,
        curve: DelayCurve,
        graded: GradedWindows,
        realised: Sequence[Mapping[str, Metric]],
        now_us: int,
    ) -> Estimates | None:
        """Of all traffic's windows; None where nothing can be estimated (yet)."""
        known = expectation(self.store, model, card, grading, curve, model.window_us or HOUR_US, now_us)
        if known is None:
            return None
        counts = self._counted((model.project, model.name, card), model, grading, graded)
        told = [known.calibration.metrics(each) for each in counts]
        misses = misses_of(known, graded, realised, told)
        return Estimates(known, counts, told, {name: _margin(of) for name, of in misses.items()})

    def _counted(
        self, key: tuple[str, str, int], model: Model, grading: Grading, graded: GradedWindows
    ) -> list[Floats]:
        before, rows = self._counts.get(key, {}), graded.rows.tolist()
        pairs = list(zip(graded.windows, rows, strict=True))
        new = [window for window, each in pairs if before.get(window, (-1,))[0] != each]
        counted = dict(zip(new, score_counts(self.store, model, grading, new), strict=True))
        now = {w: (each, counted[w]) if w in counted else before[w] for w, each in pairs}
        self._counts[key] = now
        return [now[window][1] for window in graded.windows]


def _margin(misses: Misses) -> float:
    beyond = max(misses.squares - misses.chance, 0.0) / max(misses.windows, 1)
    return round(Z * math.sqrt(beyond), _DIGITS)


def _figures(metric: Metric | None) -> Floats:
    if metric is None:
        return np.full(4, np.nan)
    return np.array([metric.value, metric.low, metric.high, metric.n])
