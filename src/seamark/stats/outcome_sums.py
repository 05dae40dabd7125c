"""Joined rows into the sums of a scorecard's sections, and the sums that are not plain counts back into metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from seamark.stats import quality
from seamark.stats.binning import NumericBins
from seamark.stats.intervals import Metric, mean, share
from seamark.stats.joined import UNIT, WEIGHT_UNIT, BusinessSum, Counts, Floats, Joined, Tally

CLIP: Final = 64.0  # errors and outcomes count as at most this many scales
_CLIP_FOURTH: Final = 16.0
_CLIP_RELATIVE: Final = 256.0
_CLIP_BUSINESS: Final = 4096.0
_SQUARES_UNIT: Final = 1 << 8  # fixed point of business squares
_ROUNDED_SCALES: Final = 4 / UNIT  # variances of outcomes below this may be nothing but rounding
_SMALLEST_PROBABILITY: Final = float(np.finfo(np.float64).eps)  # as scikit-learn clips
_BUCKETS: Final = NumericBins(2.0 ** (np.arange(-40, 25) / 4))  # of |error| in scales: 2⁻¹⁰ to 2⁶, each 19 % wider
_POWERS: Final = {"error": 1, "absolute": 1, "square": 2, "fourth": 4, "over_square": 2}
ERROR_SECTIONS: Final[Mapping[str, tuple[int, ...]]] = {
    "errors": (1 + len(_POWERS) + 2,),  # weight, powers of the error, the outcome and its square
    "relative": (3,),
    "buckets": (_BUCKETS.count,),
}


@dataclass(frozen=True, slots=True)
class Scales:
    """The fixed point of a regression: of its outcomes (`center`, `outcome`) and of its errors."""

    center: float
    outcome: float
    error: float


# --- classes --------------------------------------------------------------------------------------------------------


def count_binary(
    tally: Tally,
    joined: Joined,
    rows: Counts,
    actual: Counts,
    predicted: Floats,
    bins: Sequence[NumericBins],
    threshold: float | None,
) -> None:
    """`rows`: int64[M] numbers of the rows with a usable outcome, which is `actual`: int64[M] of 0 and 1.

    `predicted` is float64[M]; where it is NaN, a score from `threshold` on says 1.
    """
    score = joined.score(0)[rows]
    if threshold is not None:
        above = np.where(np.isnan(score), np.nan, score >= threshold)
        predicted = np.where(np.isnan(predicted), above, predicted)
    if bins:
        _count_scores(tally, rows, score, actual, predicted == 1, bins[0])
        fits = np.flatnonzero((score >= 0) & (score <= 1))
        wrong = np.abs(score[fits] - actual[fits])
        _count_losses(tally, rows[fits], 1 - wrong, wrong**2)
    _count_decisions(tally, rows, predicted, actual, 2)


def count_positions(tally: Tally, joined: Joined, rows: Counts, actual: Counts, depth: int) -> None:
    """Hits by position; those past `depth` share a cell."""
    tally.count("outcome", rows, actual)
    position = joined.column("position")[rows]
    placed = np.flatnonzero(position >= 1)
    cell = np.minimum(position[placed], depth + 1).astype(np.int64) - 1
    tally.count("position", rows[placed], cell * 2 + actual[placed])


def count_classes(tally: Tally, joined: Joined, rows: Counts, bins: Sequence[NumericBins], classes: int) -> None:
    """Scores of each class against the rest, losses of rows whose scores are probabilities, and decisions."""
    actual, predicted = joined.outcome[rows].astype(np.int64), joined.column("predicted")[rows]
    if bins and joined.scores is not None and joined.scores.shape[1] == classes:
        scores, width = joined.scores[rows], max(each.count for each in bins)
        for number, of_class in enumerate(bins):
            is_class, said = (actual == number).astype(np.int64), predicted == number
            _count_scores(tally, rows, scores[:, number], is_class, said, of_class, number * width)
        fits = np.flatnonzero(((scores >= 0) & (scores <= 1)).all(axis=1))
        fits = fits[np.abs(scores[fits].sum(axis=1) - 1) < 1e-3]
        right = scores[fits, actual[fits]]
        _count_losses(tally, rows[fits], right, (scores[fits] ** 2).sum(axis=1) - 2 * right + 1)
    _count_decisions(tally, rows, predicted, actual, classes)


def losses(sums: Floats, scored: float) -> dict[str, Metric]:
    """`log_loss` and `brier_score` where all `scored` rows have probabilities, from the section `probability`."""
    weight = float(sums[0])
    if weight <= 0 or weight < scored * (1 - 1e-9):
        return {}
    loss, loss_squares, brier, brier_squares = (sums[1:] / UNIT).tolist()
    return {
        "log_loss": quality.at_least_0(mean(loss, loss_squares, weight)),
        "brier_score": quality.at_least_0(mean(brier, brier_squares, weight)),
    }


def _count_scores(
    tally: Tally,
    rows: Counts,
    score: Floats,
    actual: Counts,
    said: npt.NDArray[np.bool_],
    bins: NumericBins,
    start: int = 0,
) -> None:
    scored = np.flatnonzero(~np.isnan(score))
    score, rows = score[scored], rows[scored]
    cells = bins.index(score).astype(np.int64) + start
    tally.count("score", rows, (cells * 2 + actual[scored]) * 2 + said[scored])
    tally.count("score_sum", rows, cells, np.clip(score, 0.0, 1.0))


def _count_losses(tally: Tally, rows: Counts, right: Floats, brier: Floats) -> None:
    """`right`: the probability that was given to what came true."""
    loss = -np.log(np.clip(right, _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY))
    tally.sum("probability", rows, [None, loss, loss**2, brier, brier**2])


def _count_decisions(tally: Tally, rows: Counts, predicted: Floats, actual: Counts, classes: int) -> None:
    said = np.flatnonzero((predicted >= 0) & (predicted < classes))
    tally.count("confusion", rows[said], predicted[said].astype(np.int64) * classes + actual[said])


# --- numbers --------------------------------------------------------------------------------------------------------


def count_errors(tally: Tally, joined: Joined, rows: Counts, scales: Scales) -> None:
    """Powers of the error, its size in buckets and relative to the outcome, of rows with a finite prediction."""
    rows = rows[np.isfinite(joined.column("predicted")[rows])]
    outcome, predicted = joined.outcome[rows], joined.column("predicted")[rows]
    with np.errstate(over="ignore"):  # what overflows is clipped
        raw = predicted - outcome
        error = np.clip(raw / scales.error, -CLIP, CLIP)
        standard = np.clip((outcome - scales.center) / scales.outcome, -CLIP, CLIP)
        some = np.flatnonzero(outcome != 0)
        relative = np.minimum(np.abs(raw[some] / outcome[some]), _CLIP_RELATIVE)
    size = np.abs(error)
    powers = [error, size, error**2, np.minimum(size, _CLIP_FOURTH) ** 4, np.maximum(error, 0.0) ** 2]
    tally.sum("errors", rows, [None, *powers, standard, standard**2])
    tally.sum("relative", rows[some], [None, relative, relative**2])
    tally.count("buckets", rows, _BUCKETS.index(size).astype(np.int64))


def error_metrics(
    values: Mapping[str, npt.NDArray[Any]], scales: Scales, quantile: float | None, factor: float
) -> dict[str, Metric]:
    """Quality of a regression from its sections; weights times `factor` are effective rows."""
    weight, *sums = values["errors"].tolist()
    if weight <= 0:
        return {}
    n = weight * factor
    *powers, outcome, outcome_square = (each * factor / UNIT for each in sums)
    named = {name: value * scales.error**power for value, (name, power) in zip(powers, _POWERS.items(), strict=True)}
    center, square = outcome / n, outcome_square / n
    variance = square - center**2
    constant = variance <= (1 + abs(center)) * _ROUNDED_SCALES
    found = quality.regression(named, n, 0.0 if constant else variance * scales.outcome**2)
    if quantile is not None:
        found |= quality.quantile_loss(named, quantile, n)
    relative, total, squares = (values["relative"] * factor).tolist()
    if relative > 0:
        found["mape"] = quality.at_least_0(mean(total / UNIT, squares / UNIT, relative))
    if values["buckets"].any():
        found["median_absolute_error"] = _median(values["buckets"] * factor, scales.error)
    return found


def _median(buckets: Floats, scale: float) -> Metric:
    """The median of sizes in buckets, with the quantiles at the ends of Wilson's interval of one half."""
    n = float(buckets.sum())
    edges = np.concatenate([[0.0], _BUCKETS.edges, [CLIP]]) * scale
    reached = np.concatenate([[0.0], np.cumsum(buckets) / n])
    half = share(0.5, n)
    low, value, high = np.interp([half.low, 0.5, half.high], reached, edges).tolist()
    return Metric(value, low, high, n)


# --- business -------------------------------------------------------------------------------------------------------


def business_scale(values: Floats) -> float:
    """A scale for `BusinessSum`: the power of two at or above nearly all magnitudes (99.9 % of them); 1 of none.

    >>> business_scale(np.array([0.0, 1.0, 1.0])), business_scale(np.array([30.0, 45.5]))
    (1.0, 64.0)
    """
    sizes = np.abs(values[np.isfinite(values)])
    largest = float(np.quantile(sizes, 0.999)) if len(sizes) else 0.0
    return 2.0 ** math.ceil(math.log2(largest)) if largest > 0 else 1.0


def count_business(tally: Tally, each: BusinessSum, numerator: Floats, denominator: Floats) -> None:
    """Sums, squares and product of a ratio's sides, over the rows where both are finite."""
    rows = np.flatnonzero(np.isfinite(numerator) & np.isfinite(denominator))
    section = f"business.{each.name}"
    above = np.clip(numerator[rows] / each.scale, -_CLIP_BUSINESS, _CLIP_BUSINESS)
    below = np.clip(denominator[rows] / each.denominator_scale, -_CLIP_BUSINESS, _CLIP_BUSINESS)
    tally.sum(section, rows, [None, above, below])
    tally.sum(section, rows, [above**2, below**2, above * below], start=3, unit=_SQUARES_UNIT)
    tally.squares(section, 6, rows)


def business_metric(each: BusinessSum, section: npt.NDArray[Any]) -> Metric | None:
    """The ratio of a section's sums; None of no rows, and where the denominator's sum is 0."""
    weight, numerator, denominator, *moments, squared = section.tolist()
    if weight <= 0 or squared <= 0:
        return None
    factor = weight / squared / WEIGHT_UNIT
    one, other = each.scale, each.denominator_scale
    products = [
        value * factor / _SQUARES_UNIT * scale
        for value, scale in zip(moments, (one**2, other**2, one * other), strict=True)
    ]
    sums = [numerator * factor / UNIT * one, denominator * factor / UNIT * other]
    return quality.ratio_of_sums(np.array([*sums, *products]), weight * factor)
