"""Predictions with their outcomes, and exact sums over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

UNIT: Final = 1 << 16  # fixed point of losses and errors
WEIGHT_UNIT: Final = 1 << 8  # fixed point of weights: one row
_HEAVIEST: Final = 4096.0

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BusinessSum:
    """A declared ratio: a row adds to either sum at most 4,096 of its scales (see `business_scale`)."""

    name: str
    scale: float = 1.0  # of the numerator
    denominator_scale: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """N predictions and their outcomes. NaN is *not known*, everywhere.

    `outcome` and `predicted` are float64[N]: numbers of the card's classes (`Scorecard.class_number`), or the values
    themselves for regression; a ranking's outcome is a hit where it is above 0. `scores` is float64[N, S], one column
    per `Scorecard.edges`. `weights` above 4,096 count as that. `position` counts from 1. `business` has a numerator
    and a denominator per declared metric; a row counts where both are finite.
    """

    outcome: Floats
    predicted: Floats | None = None
    scores: Floats | None = None
    weights: Floats | None = None
    position: Floats | None = None
    business: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """N."""
        return len(self.outcome)

    def column(self, name: str) -> Floats:
        """`predicted` or `position`: NaN where there is no such column."""
        values: Floats | None = getattr(self, name)
        return np.full(self.rows, np.nan) if values is None else values

    def score(self, column: int) -> Floats:
        """One column of the scores, NaN where there is none."""
        if self.scores is None or column >= self.scores.shape[1]:
            return np.full(self.rows, np.nan)
        values: Floats = self.scores[:, column]
        return values

    def fixed_weights(self) -> Counts:
        """int64[N] weights in units of 1/256; a weight that is no number above 0 counts as 1."""
        if self.weights is None:
            return np.full(self.rows, WEIGHT_UNIT, dtype=np.int64)
        weights = np.where(self.weights > 0, self.weights, 1.0)
        fixed: Counts = np.rint(np.clip(weights, 1 / WEIGHT_UNIT, _HEAVIEST) * WEIGHT_UNIT).astype(np.int64)
        return fixed


class Tally:
    """Vectors of G groups, being summed. Each row adds whole numbers that depend on nothing but the row."""

    def __init__(
        self,
        offsets: Mapping[str, int],
        weights: Counts,
        group: npt.NDArray[np.integer[Any]] | None,
        groups: int,
    ) -> None:
        """`offsets`: where each section begins, and under "" the width; `weights`: int64[N] in fixed point."""
        self.totals = np.zeros((groups, offsets[""]), dtype=np.int64)
        self._flat = self.totals.reshape(-1)
        self._offsets, self._weights = offsets, weights
        self._base = None if group is None else group.astype(np.int64) * offsets[""]

    def count(self, section: str, rows: Counts, cells: Counts, amounts: Floats | None = None) -> None:
        """Add the weights of the chosen rows (by number), times `amounts` in fixed point, to a cell for each."""
        slots = cells + self._offsets[section]
        if self._base is not None:
            slots += self._base[rows]
        np.add.at(self._flat, slots, self._weigh(rows, amounts, UNIT))

    def sum(
        self, section: str, rows: Counts, amounts: Sequence[Floats | None], *, start: int = 0, unit: int = UNIT
    ) -> None:
        """Add the same to the section's cells from `start` on, one per array of amounts (None: the weights alone)."""
        for cell, each in enumerate(amounts, self._offsets[section] + start):
            self._add(cell, rows, self._weigh(rows, each, unit))

    def rows(self, known: npt.NDArray[np.bool_]) -> None:
        """The section `rows`: usable outcomes, unusable ones, weight and squared weight of the usable."""
        chosen, others = np.flatnonzero(known), np.flatnonzero(~known)
        start, weights = self._offsets["rows"], self._weights[chosen]
        self._add(start, chosen, np.ones(len(chosen), dtype=np.int64))
        self._add(start + 1, others, np.ones(len(others), dtype=np.int64))
        self._add(start + 2, chosen, weights)
        self._add(start + 3, chosen, squared(weights))

    def squares(self, section: str, cell: int, rows: Counts) -> None:
        """Add the squared weights of the chosen rows to one cell of a section."""
        self._add(self._offsets[section] + cell, rows, squared(self._weights[rows]))

    def _weigh(self, rows: Counts, amounts: Floats | None, unit: int) -> Counts:
        weights: Counts = self._weights[rows]
        return weights if amounts is None else np.rint(amounts * unit).astype(np.int64) * weights

    def _add(self, cell: int, rows: Counts, amounts: Counts) -> None:
        if self._base is None:
            self._flat[cell] += amounts.sum()
        else:
            np.add.at(self._flat, self._base[rows] + cell, amounts)


def squared(weights: Counts) -> Counts:
    """int64 squared weights, in units of 1/256 as weights are, rounded up."""
    return -(-(weights * weights) // WEIGHT_UNIT)
