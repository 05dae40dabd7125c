"""What a distance promises. Each lives in a file of its own in `distances/`, as `DISTANCE`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

import numpy as np

from seamark.plugins import discover
from seamark.stats.grid import Floats
from seamark.stats.sample import Sample

Measure = Callable[[Sample, Sample], Floats]
Critical = Callable[[Floats, Sample, Sample], Floats]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a distance says of S series (float64[S] each; NaN where a side has no rows)."""

    value: Floats  # as measured
    null: Floats  # what sampling alone would show, in the same unit
    debiased: Floats  # what is left without it
    p: Floats  # how often sampling alone reaches `value`; NaN where the distance has no test


@dataclass(frozen=True, slots=True)
class Distance:
    """One way to say how far a window is from its baseline.

    `measure(current, baseline)` is vectorised over S series and 0 when both are the same.
    `null_mean(current, baseline)` is the expectation of `measure ** power` when both come from one
    population. Distances linear in a small shift have power 2, because the squares of signal and noise
    add; those quadratic in it (divergences) have power 1.
    `critical(alpha, current, baseline)` is the `measure ** power` whose p-value is alpha.
    """

    name: str  # the file's
    title: str
    unit: str
    needs: Literal["counts", "moments", "values"]
    kinds: tuple[str, ...]  # of signals it makes sense for
    smallest_effect: float  # of the debiased value; by default what a normal's shift of 0.12 sd gives
    measure: Measure
    null_mean: Measure
    p_value: Measure | None = None
    critical: Critical | None = None
    power: Literal[1, 2] = 1

    def debias(self, value: Floats, null_mean: Floats) -> Floats:
        """What is left of `value` when sampling noise is taken off: max(0, valueᵖ - null)^(1/p)."""
        left = np.maximum(value**self.power - null_mean, 0.0)
        return left if self.power == 1 else np.sqrt(left)

    def evaluate(self, current: Sample, baseline: Sample) -> Measured:
        """Value, null mean, debiased value and p of S series."""
        value = self.measure(current, baseline)
        null = self.null_mean(current, baseline)
        return Measured(
            value=value,
            null=null if self.power == 1 else np.sqrt(null),
            debiased=self.debias(value, null),
            p=np.full(len(value), np.nan) if self.p_value is None else self.p_value(current, baseline),
        )


@cache
def distances() -> Mapping[str, Distance]:
    """Every distance there is, by name. Looked for once: the search opens the metadata of every installed package."""
    return cast("Mapping[str, Distance]", discover("seamark.stats.distances", "DISTANCE"))
