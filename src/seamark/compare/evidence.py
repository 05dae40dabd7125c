"""What was counted of one column on both sides: all that a verdict and its picture need."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from seamark.compare.chunks import Column, Counts, Floats

_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Side:
    """One data set's side of a column. Moments are of finite numbers, NaN where there is none."""

    rows: int
    missing: int
    mistyped: int = 0
    mean: float = float("nan")
    sd: float = float("nan")
    minimum: float = float("nan")
    maximum: float = float("nan")
    distinct: int | None = None  # of texts

    @property
    def present(self) -> int:
        """Rows with a value that could be read."""
        return self.rows - self.missing - self.mistyped


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """A histogram of both sides in the same B bins; `lows` and `highs` are NaN for categories."""

    labels: tuple[str, ...]
    lows: Floats
    highs: Floats
    reference: Counts
    current: Counts

    @classmethod
    def none(cls) -> Bars:
        """Of a column that has no picture."""
        return cls((), np.empty(0), np.empty(0), _NOTHING, _NOTHING)


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Categories of the current data that the reference does not have.

    `once` and `twice` are the numbers of categories that the reference has once and twice: they tell how many
    more its population holds (I. Good, The population frequencies of species, Biometrika 40, 1953).
    """

    rows: int
    once: int
    twice: int
    examples: tuple[tuple[str, int], ...] = ()  # the most frequent, with their rows


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One column on both sides. `reference_bins` and `current_bins` int64[K] are what distances compare.

    `centers` float64[K] stand for the bins of numbers (NaN for categories).
    """

    column: Column  # as the reference has it
    reference: Side
    current: Side
    reference_bins: Counts = field(default_factory=lambda: _NOTHING)
    current_bins: Counts = field(default_factory=lambda: _NOTHING)
    centers: Floats = field(default_factory=lambda: np.empty(0))
    bars: Bars = field(default_factory=Bars.none)
    unseen: Unseen | None = None
    reference_cells: Counts = field(default_factory=lambda: _NOTHING)  # as counted; missing and mistyped are the last
    current_cells: Counts = field(default_factory=lambda: _NOTHING)
    uncountable: str = ""  # why the distribution cannot be compared, where it cannot
