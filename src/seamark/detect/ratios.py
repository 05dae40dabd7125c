"""Shares of rows: missing, mistyped, unseen, out of range, of a class, near ½."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from seamark.stats.binning import CategoricalBins, NumericBins
from seamark.stats.profile import Profile

_NEAR_HALF = 0.1

Ratio = Callable[[Profile, int, str], tuple[float, float]]


def missing(profile: Profile, position: int, _subject: str) -> tuple[float, float]:
    """Rows without a value, of all rows."""
    return float(profile.missing[position]), float(profile.rows)


def mistyped(profile: Profile, position: int, _subject: str) -> tuple[float, float]:
    """Rows whose value could not be read as the signal's type, of all rows."""
    return float(profile.mistyped[position]), float(profile.rows)


def outside(profile: Profile, position: int, _subject: str) -> tuple[float, float]:
    """Rows in an unseen category or beyond the reference's range, of those with a value."""
    return float(profile.outside()[position]), float(profile.counts_of(position).sum())


def class_share(profile: Profile, position: int, subject: str) -> tuple[float, float]:
    """Rows predicted as class `subject`, of those with a prediction."""
    bins = profile.bin_set.signals[position].bins
    counts = profile.counts_of(position)
    if not isinstance(bins, CategoricalBins) or subject not in bins.categories:
        return 0.0, float(counts.sum())
    return float(counts[bins.categories.index(subject)]), float(counts.sum())


def near_half(profile: Profile, position: int, _subject: str) -> tuple[float, float]:
    """Rows whose score is within 0.1 of ½, of those with a score; exact, because bins have edges there."""
    bins = profile.bin_set.signals[position].bins
    counts = profile.counts_of(position)
    if not isinstance(bins, NumericBins):
        return 0.0, 0.0
    inside = (bins.lows() >= 0.5 - _NEAR_HALF) & (bins.highs() <= 0.5 + _NEAR_HALF)
    return float(counts[inside].sum()), float(counts.sum())


RATIOS: Mapping[str, Ratio] = {
    "missing_rate": missing,
    "mistyped_rate": mistyped,
    "unseen_rate": outside,
    "out_of_range_rate": outside,
    "class_share": class_share,
    "near_half_share": near_half,
}


def two_proportion_p(part: float, whole: float, other_part: float, other_whole: float) -> float:
    """Two-sided p that two shares are equal, by the arcsine transform (its variance does not depend on p).

    z = 2·|asin√p₁ - asin√p₂| / √(1/n₁ + 1/n₂); normal for all but the smallest samples (Anscombe 1948).
    """
    angle = math.asin(math.sqrt(part / whole)) - math.asin(math.sqrt(other_part / other_whole))
    z = 2.0 * abs(angle) / math.sqrt(1.0 / whole + 1.0 / other_whole)
    return float(math.erfc(z / np.sqrt(2.0)))
