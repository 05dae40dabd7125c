"""Shares of rows: missing, mistyped, unseen, out of range, of a class, near ½."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seamark.stats.binning import CategoricalBins, NumericBins
from seamark.stats.profile import BinSet, Profile
from seamark.stats.special import normal_isf

_NEAR_HALF = 0.1
_LATELY = 256  # signals whose bins are told apart

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]
Ratio = Callable[[Profile, Positions, Sequence[str]], tuple[Floats, Floats]]
"""(rows that are so, rows that could be) of S signals given by position; a class share is about a subject each."""


def missing(profile: Profile, positions: Positions, _subjects: Sequence[str]) -> tuple[Floats, Floats]:
    """Rows without a value, of all rows."""
    return _of_all(profile, profile.missing[positions])


def mistyped(profile: Profile, positions: Positions, _subjects: Sequence[str]) -> tuple[Floats, Floats]:
    """Rows whose value could not be read as the signal's type, of all rows."""
    return _of_all(profile, profile.mistyped[positions])


def outside(profile: Profile, positions: Positions, _subjects: Sequence[str]) -> tuple[Floats, Floats]:
    """Rows in an unseen category or beyond the reference's range, of those with a value."""
    valued = profile.rows - profile.missing[positions] - profile.mistyped[positions]
    return profile.outside()[positions].astype(np.float64), valued.astype(np.float64)


def class_share(profile: Profile, positions: Positions, subjects: Sequence[str]) -> tuple[Floats, Floats]:
    """Rows predicted as class `subject`, of those with a prediction."""
    each = zip(positions.tolist(), subjects, strict=True)
    return _each(profile, positions, [_is_class(profile.bin_set, position, subject) for position, subject in each])


def near_half(profile: Profile, positions: Positions, _subjects: Sequence[str]) -> tuple[Floats, Floats]:
    """Rows whose score is within 0.1 of ½, of those with a score; exact, because bins have edges there."""
    return _each(profile, positions, [_is_near_half(profile.bin_set, position) for position in positions.tolist()])


RATIOS: Mapping[str, Ratio] = {
    "missing_rate": missing,
    "mistyped_rate": mistyped,
    "unseen_rate": outside,
    "out_of_range_rate": outside,
    "class_share": class_share,
    "near_half_share": near_half,
}


def two_proportion_p(part: Floats, whole: Floats, other_part: Floats, other_whole: Floats) -> Floats:
    """Two-sided p that two shares are equal, by the arcsine transform (its variance does not depend on p).

    z = 2·|asin√p₁ - asin√p₂| / √(1/n₁ + 1/n₂); normal for all but the smallest samples (Anscombe 1948).
    NaN where a side has no rows.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.arcsin(np.sqrt(part / whole)) - np.arcsin(np.sqrt(other_part / other_whole))
        z = 2.0 * np.abs(angle) / np.sqrt(1.0 / whole + 1.0 / other_whole)
    return np.fromiter(map(math.erfc, (z / math.sqrt(2.0)).tolist()), np.float64, len(z))


def least_significant_change(
    level: Floats, share: Floats, whole: Floats, other_whole: Floats, *, up: NDArray[np.bool_]
) -> Floats:
    """How far a share has to move from `share` for `two_proportion_p` to be `level`; inf where it cannot.

    `whole` rows now against `other_whole` then; `up` says which way it moved.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = normal_isf(level / 2) * np.sqrt(1.0 / whole + 1.0 / other_whole) / 2.0
        angle = np.arcsin(np.sqrt(share)) + np.where(up, turn, -turn)
        moved = np.abs(np.sin(angle) ** 2 - share)
    return np.where((angle >= 0) & (angle <= math.pi / 2), moved, np.inf)


def _of_all(profile: Profile, counts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    return counts.astype(np.float64), np.full(len(counts), float(profile.rows))


def _each(profile: Profile, positions: Positions, masks: Sequence[NDArray[np.bool_]]) -> tuple[Floats, Floats]:
    """For the few signals whose bins have to be told apart one by one."""
    counts = [profile.counts_of(position) for position in positions]
    parts = [float(each[mask].sum()) for each, mask in zip(counts, masks, strict=True)]
    return np.array(parts), np.array([float(each.sum()) for each in counts])


@lru_cache(_LATELY)
def _is_class(bin_set: BinSet, position: int, subject: str) -> NDArray[np.bool_]:
    bins = bin_set.signals[position].bins
    names = bins.categories if isinstance(bins, CategoricalBins) else ()
    return np.array([name == subject for name in names] + [False] * (bins.count - len(names)), dtype=np.bool_)


@lru_cache(_LATELY)
def _is_near_half(bin_set: BinSet, position: int) -> NDArray[np.bool_]:
    bins = bin_set.signals[position].bins
    if not isinstance(bins, NumericBins):
        return np.zeros(bins.count, dtype=np.bool_)
    return np.asarray((bins.lows() >= 0.5 - _NEAR_HALF) & (bins.highs() <= 0.5 + _NEAR_HALF), dtype=np.bool_)
