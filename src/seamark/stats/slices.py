"""Slices: in which part of the traffic have a model's answers changed?

A slice is all rows that have one feature, or two, in a given cell: `country = BR`, or that and `device = phone`. Its
shift is its mean answer now less its mean answer in the baseline, so a slice that merely became more frequent has none
(what lies across it has: its rows weigh more there). Slices are ranked by √n·|shift|, which is largest for the slice
that holds the change and nothing else: a narrower one has fewer rows, a wider one a smaller shift.

Thousands of slices are looked at, and the largest of many noises looks like a finding. So each has a p-value, adjusted
for all (Benjamini & Hochberg), of the hypothesis that its answers are distributed as in the baseline. It is that of the
mean rank (Mann & Whitney, with ties), whatever the distribution of the answers: means of skewed answers are not normal
in the far tail that thousands of tests look at. And a change in one slice shifts every other that shares rows with it:
a slice is listed only if those of its rows that are in no stronger one of the list have shifted too.

Y. Chung et al., Slice Finder: Automated data slicing for model validation, ICDE 2019 (literals, effect and test);
H. Mann & D. Whitney, Ann. Math. Statist. 18(1), 1947.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.binning import NumericBins
from seamark.stats.grid import Floats
from seamark.stats.sample import divide
from seamark.stats.special import normal_two_sided
from seamark.stats.verdict import ALPHA, benjamini_hochberg

SUPPORT: Final = 0.02  # of the rows, at least, in a slice
MOST_PAIRED: Final = 30  # features whose pairs are looked at: at most 435 pairs, some 4 ms each for 2 · 200,000 rows
LITERALS: Final = 6  # parts of an ordered feature, so that a pair of them has a support of about 1/36
_LEAST_ROWS: Final = 50  # on either side: fewer say nothing about a mean
_MOST_CHECKED: Final = 200  # slices, of the strongest, for whether others of the list tell them
_SHARPER: Final = 1.05  # so much stronger must a second literal make a slice to be worth saying

Cells = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """N rows: the cell of each in F features, and what the model answered."""

    cells: Cells  # [F, N]
    values: Floats  # [N], finite


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """S slices, the strongest first."""

    features: npt.NDArray[np.int64]  # [S, 2] places of the features; -1 where there is no second
    cells: npt.NDArray[np.int64]  # [S, 2]
    rows: Floats  # [S] in the window
    baseline_rows: Floats
    mean: Floats  # [S] answer in the window
    baseline_mean: Floats
    p: Floats  # [S] adjusted for all slices that were looked at
    tested: int  # slices with enough rows
    noise: float  # √n·|shift| of the strongest slice that is no finding; 0 if there is none

    @property
    def strength(self) -> Floats:
        """float64[S]: √n·|shift|."""
        return np.sqrt(self.rows) * np.abs(self.mean - self.baseline_mean)


def search(window: Answers, baseline: Answers, sizes: npt.NDArray[np.int64], *, top: int = 20) -> Slices:
    """The `top` slices of one or two literals with the largest √n·|shift| whose adjusted p is below 0.01.

    `sizes` int64[F] is the number of cells of each feature. A slice has at least 2 % of the window's rows, and 50 on
    either side. Pairs are of the MOST_PAIRED features with the strongest single literals (of all where there are no
    more), so of many features a change that shows in neither of two by itself may be missed. A pair is left out where
    its second literal does not make it stronger by 5 %: then the single one says it. So is a slice without a shift of
    its own, in rows that no stronger slice of the list has.
    """
    ranks = _midranks(window.values, baseline.values)
    sides = _side(window, ranks[: len(window.values)]), _side(baseline, ranks[len(window.values) :])
    singles = [_tallied(sides, (feature,), sizes) for feature in range(len(sizes))]
    strongest = np.array([each.strength().max(initial=0.0) for each in singles])
    paired = np.sort(np.argsort(-strongest, kind="stable")[:MOST_PAIRED]).tolist()
    pairs = [
        _tallied(sides, (first, second), sizes).sharper_than(singles[first], singles[second])
        for first, second in combinations(paired, 2)
    ]
    found = _Tallies.joined([*singles, *pairs])
    adjusted = benjamini_hochberg(found.p())
    significant = found.enough & (adjusted < ALPHA)
    strength = found.strength()
    candidates = np.flatnonzero(significant & found.worth)
    candidates = candidates[np.argsort(-strength[candidates], kind="stable")][:_MOST_CHECKED]
    order = _with_a_shift_of_their_own(found, candidates, sides)[:top]
    mean, baseline_mean = found.means()
    return Slices(
        found.features[order],
        found.cells[order],
        found.now[0][order],
        found.before[0][order],
        mean[order],
        baseline_mean[order],
        adjusted[order],
        int(found.enough.sum()),
        float(strength[~significant].max(initial=0.0)),
    )


def literal_bins(bins: NumericBins, counts: npt.NDArray[np.int64]) -> NumericBins | None:
    """An ordered feature's bins merged into at most LITERALS of about equal baseline mass; None without any mass.

    >>> literal_bins(NumericBins(np.arange(13.0)), np.array([0, *[10] * 12, 0])).edges.tolist()
    [2.0, 4.0, 6.0, 8.0, 10.0]
    """
    share = counts / max(int(counts.sum()), 1)
    group = np.minimum((LITERALS * (np.cumsum(share) - share / 2)).astype(np.int64), LITERALS - 1)
    edges = bins.edges[group[1:] != group[:-1]]
    return NumericBins(edges, whole=bins.whole) if len(edges) else None


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One side's rows: their cells, answers, and the rank of each answer among all, from 0 to 1."""

    cells: Cells
    values: Floats
    ranks: Floats
    squares: Floats  # of the ranks

    def sums(self, place: npt.NDArray[np.intp], size: int) -> Floats:
        """float64[4, size]: rows, answers, ranks and squared ranks by place."""
        weights = (None, self.values, self.ranks, self.squares)
        return np.array([np.bincount(place, weight, minlength=size) for weight in weights])

    def inside(self, features: npt.NDArray[np.int64], cells: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """bool[N]: the rows of one slice."""
        found: npt.NDArray[np.bool_] = np.ones(len(self.ranks), dtype=np.bool_)
        for feature, cell in zip(features.tolist(), cells.tolist(), strict=True):
            if feature >= 0:
                found &= self.cells[feature] == cell
        return found

    def sums_of(self, rows: npt.NDArray[np.bool_]) -> Floats:
        """float64[4, 1] of some rows, like `sums`."""
        return np.array([[rows.sum()], [self.values[rows].sum()], [self.ranks[rows].sum()], [self.squares[rows].sum()]])


@dataclass(frozen=True, slots=True, eq=False)
class _Tallies:
    """L slices as they were counted, those with too few rows among them."""

    features: npt.NDArray[np.int64]  # [L, 2]
    cells: npt.NDArray[np.int64]  # [L, 2]
    now: Floats  # [4, L] of `_Side.sums`
    before: Floats  # [4, L]
    enough: npt.NDArray[np.bool_]  # [L]
    worth: npt.NDArray[np.bool_]  # [L] saying, beside its literals

    @classmethod
    def joined(cls, parts: list[_Tallies]) -> _Tallies:
        """All of them in one."""
        return cls(
            np.concatenate([each.features for each in parts] or [np.empty((0, 2), dtype=np.int64)]),
            np.concatenate([each.cells for each in parts] or [np.empty((0, 2), dtype=np.int64)]),
            np.concatenate([each.now for each in parts] or [np.empty((4, 0))], axis=1),
            np.concatenate([each.before for each in parts] or [np.empty((4, 0))], axis=1),
            np.concatenate([each.enough for each in parts] or [np.empty(0, dtype=np.bool_)]),
            np.concatenate([each.worth for each in parts] or [np.empty(0, dtype=np.bool_)]),
        )

    def means(self) -> tuple[Floats, Floats]:
        return divide(self.now[1], self.now[0]), divide(self.before[1], self.before[0])

    def strength(self) -> Floats:
        """√n·|shift|, 0 for a slice with too few rows."""
        now, before = self.means()
        return np.where(self.enough, np.sqrt(self.now[0]) * np.abs(now - before), 0.0)

    def sharper_than(self, first: _Tallies, second: _Tallies) -> _Tallies:
        """Worth saying are the pairs that are clearly stronger than either of their literals."""
        alone = np.maximum(first.strength()[self.cells[:, 0]], second.strength()[self.cells[:, 1]])
        return replace(self, worth=self.strength() > _SHARPER * alone)

    def p(self) -> Floats:
        """Of the mean rank; NaN for a slice with too few rows."""
        return np.where(self.enough, _p_of_ranks(self.now, self.before), np.nan)


def _side(answers: Answers, ranks: Floats) -> _Side:
    return _Side(answers.cells, answers.values, ranks, ranks**2)


def _tallied(sides: tuple[_Side, _Side], features: tuple[int, ...], sizes: npt.NDArray[np.int64]) -> _Tallies:
    """The slices of one feature or of two."""
    shape = tuple(int(sizes[feature]) for feature in features)
    size = int(np.prod(shape))
    sums = []
    for side in sides:
        place = side.cells[features[0]].astype(np.intp)
        for feature, cells in zip(features[1:], shape[1:], strict=True):
            place = place * cells + side.cells[feature]
        sums.append(side.sums(place, size))
    now, before = sums
    blank = np.full((size, 2 - len(features)), -1, dtype=np.int64)
    return _Tallies(
        np.concatenate([np.broadcast_to(np.array(features), (size, len(features))), blank], axis=1),
        np.concatenate([np.column_stack(np.unravel_index(np.arange(size), shape)), blank], axis=1),
        now,
        before,
        (now[0] >= max(SUPPORT * len(sides[0].ranks), _LEAST_ROWS)) & (before[0] >= _LEAST_ROWS),
        np.ones(size, dtype=np.bool_),
    )


def _with_a_shift_of_their_own(
    found: _Tallies, candidates: npt.NDArray[np.int64], sides: tuple[_Side, _Side]
) -> npt.NDArray[np.int64]:
    """The strongest candidate, and those after it whose rows outside of all kept before them have shifted too.

    What is left of a slice was chosen from all of them, so its p is held against alpha over their number (Bonferroni).
    """
    bar = ALPHA / max(int(found.enough.sum()), 1)
    free = [np.ones(len(side.ranks), dtype=np.bool_) for side in sides]
    kept: list[int] = []
    for candidate in candidates.tolist():
        inside = [side.inside(found.features[candidate], found.cells[candidate]) for side in sides]
        now, before = (side.sums_of(own & left) for side, own, left in zip(sides, inside, free, strict=True))
        enough = min(now[0, 0], before[0, 0]) >= _LEAST_ROWS
        if not kept or (enough and _p_of_ranks(now, before)[0] <= bar):
            kept.append(candidate)
            free = [left & ~own for left, own in zip(free, inside, strict=True)]
    return np.array(kept, dtype=np.int64)


def _p_of_ranks(now: Floats, before: Floats) -> Floats:
    """float64[L] from two of `_Side.sums`: the p of the difference of mean ranks, by the variance of all ranks."""
    n, m, both = now[0], before[0], now + before
    variance = divide(both[3], both[0]) - divide(both[2], both[0]) ** 2
    error = np.sqrt(np.maximum(variance, 0.0) * divide(both[0] ** 2, (both[0] - 1) * n * m))
    return normal_two_sided(divide(divide(now[2], n) - divide(before[2], m), error, otherwise=0.0))


def _midranks(window: Floats, baseline: Floats) -> Floats:
    """float64[N + M] from 0 to 1: the place of each value among all, equal values sharing theirs."""
    _, place, counts = np.unique(np.concatenate([window, baseline]), return_inverse=True, return_counts=True)
    middle: Floats = (np.cumsum(counts) - counts / 2) / max(len(place), 1)
    return middle[place]
