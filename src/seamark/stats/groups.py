"""Gaps between groups: how differently the groups of a dimension are selected.

Selected is who is predicted as one class. Of all pairs of groups the one whose gap is most certainly wide speaks for
the dimension: the largest of gap - margin, with intervals at a level shared by all pairs (Bonferroni). Gaps of true and
false positive rates are the same with other counts, once outcomes are joined to predictions.

A. Agresti & B. Coull, Approximate is better than "exact" for interval estimation of binomial proportions, The American
Statistician 52(2), 1998.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.stats.binning import CategoricalBins
from seamark.stats.profile import BinSet, Profile
from seamark.stats.sample import divide
from seamark.stats.special import normal_isf

_LEVEL: Final = 0.001
_USUAL_NAMES: Final = ("1", "true", "yes")

Floats = NDArray[np.float64]


def selected_class(bin_set: BinSet, named: str = "") -> str | None:
    """The predicted class that counts as selected: the one `named`, else what usually means yes; None without one."""
    for signal in bin_set.signals:
        if signal.role == "prediction" and isinstance(signal.bins, CategoricalBins):
            names = signal.bins.categories
            if named:
                return named if named in names else None
            return next((name for name in names if name.lower() in _USUAL_NAMES), None)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """G groups: their names, rows with a prediction and selected ones among these."""

    names: tuple[str, ...]
    rows: Floats  # [G]
    selected: Floats  # [G]

    @classmethod
    def of(cls, profiles: Mapping[str, Profile], selected: str) -> Groups:
        """From each group's profile."""
        counted = np.array([_counted(profile, selected) for profile in profiles.values()], dtype=np.float64)
        rows, chosen = counted.reshape(-1, 2).T
        return cls(tuple(profiles), rows, chosen)

    def rates(self) -> Floats:
        """float64[G]: the share of selected rows; NaN without rows."""
        return divide(self.selected, self.rows)

    def intervals(self, level: float = _LEVEL) -> tuple[Floats, Floats]:
        """float64[G] centers and half widths of the rates' intervals at a two-sided level (Agresti-Coull)."""
        z2 = float(normal_isf(np.array(level / 2))) ** 2
        n = self.rows + z2
        center = (self.selected + z2 / 2) / n
        return center, np.sqrt(z2 * center * (1 - center) / n)


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap between two groups."""

    high: str
    low: str
    rates: tuple[float, float]  # of these two
    margin: float  # half the width of the gap's interval
    n: float  # rows of the smaller one

    @property
    def size(self) -> float:
        """In points of share."""
        return self.rates[0] - self.rates[1]


def widest_gap(groups: Groups, min_rows: int) -> Gap | None:
    """The one that is most certainly wide, among groups of `min_rows`; None with fewer than two of them.

    >>> found = widest_gap(Groups(("a", "b"), np.array([900.0, 400.0]), np.array([450.0, 80.0])), 50)
    >>> found.high, found.low, round(found.size, 3), round(found.margin, 3)
    ('a', 'b', 0.3, 0.086)
    """
    known = np.flatnonzero(groups.rows >= min_rows)
    if len(known) < 2:
        return None
    pairs = len(known) * (len(known) - 1) // 2
    rates, margins = groups.rates()[known], groups.intervals(_LEVEL / pairs)[1][known]
    gap, margin = rates[:, None] - rates, np.hypot(margins[:, None], margins)
    certain = np.where(np.eye(len(known), dtype=np.bool_), -np.inf, gap - margin)
    high, low = (int(place) for place in np.unravel_index(np.argmax(certain), gap.shape))
    names = [groups.names[place] for place in known.tolist()]
    return Gap(
        high=names[high],
        low=names[low],
        rates=(float(rates[high]), float(rates[low])),
        margin=float(margin[high, low]),
        n=float(groups.rows[known[[high, low]]].min()),
    )


def _counted(profile: Profile, selected: str) -> tuple[int, int]:
    """(rows with a prediction, selected ones)."""
    position = int(profile.bin_set.positions(role="prediction")[0])
    bins, counts = profile.bin_set.signals[position].bins, profile.counts_of(position)
    assert isinstance(bins, CategoricalBins)  # noqa: S101 `selected_class` found it there
    return int(counts.sum()), int(counts[bins.categories.index(selected)])
