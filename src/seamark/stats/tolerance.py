"""A metric of a window against the worst value that is tolerated: as evidence, and what to tolerate where nobody said.

`figures` are float64[N, 4]: value, low and high end of the 95 % interval and (effective) rows of N windows, as
`stats.intervals.Metric` has them; NaN where a window has no such metric.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.intervals import Metric, Z
from seamark.stats.sequential import (
    STAKES,
    evidence_of_estimates,
    evidence_of_means,
    evidence_of_shares,
)

Floats = npt.NDArray[np.float64]

WORSE: Final = 0.25  # by so much more than usual may be lost before anybody is told


class Shape(StrEnum):
    """What a metric is made of, which decides how its evidence is computed."""

    SHARE = "share"  # of rows: exact, whatever depends on what
    MEAN = "mean"  # of losses of at least 0: exact, too
    ESTIMATE = "estimate"  # anything else: by its standard error


def evidence(figures: Floats, shape: Shape, tolerance: float, *, higher: bool, fewest: float = 50.0) -> Floats:
    """float64[N, 5] log-evidence that the metric is worse than `tolerance`; `higher` values may be the better ones.

    NaN where a window says nothing; of an estimate with fewer than `fewest` rows, too.
    """
    value, low, high, n = figures.T
    found = np.full((len(figures), len(STAKES)), np.nan)
    told = np.flatnonzero(np.isfinite(value) & (n > 0) & ((shape is not Shape.ESTIMATE) | (n >= fewest)))
    value, low, high, n = value[told], low[told], high[told], n[told]
    limit = np.full(len(told), tolerance)
    if shape is Shape.SHARE:
        bad = 1 - value if higher else value
        found[told] = evidence_of_shares(np.clip(bad, 0.0, 1.0) * n, n, 1 - limit if higher else limit)
    elif shape is Shape.MEAN:
        variance = ((high - value) / Z) ** 2 * np.maximum(n - 1, 1.0)
        found[told] = evidence_of_means(value * n, (variance + value**2) * n, n, limit)
    else:
        error = np.maximum((high - low) / (2 * Z), 1e-9 * np.maximum(np.abs(value), 1.0))
        found[told] = evidence_of_estimates(limit - value if higher else value - limit, error)
    return found


def usual_tolerance(usual: Metric, *, higher: bool, best: float | None = None, least: float = 0.0) -> float:
    """The worst value that is no alarm, where the owner states none: a quarter worse than usual, and `least` worse.

    What is a quarter worse is what is lost: the way to the `best` value (1 of an accuracy, 0 of an error), or the size
    of a figure that has none. From the worse end of the interval of what is usual, so that few rows are no alarm.

    >>> round(usual_tolerance(Metric(0.944, 0.94, 0.948, 10_000), higher=True, best=1.0), 3)
    0.925
    """
    end = usual.low if higher else usual.high
    lost = abs(end) if best is None else abs(best - end)
    margin = max(WORSE * lost, least)
    return end - margin if higher else end + margin
