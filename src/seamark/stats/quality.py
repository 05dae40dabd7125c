"""Quality metrics from joint counts: what a scorecard's sums say.

Counts may be fractions (weighted rows scaled to their effective number, or expectations). A metric that its rows do
not define (recall without a positive, a mean of nothing) is absent, never 0 or NaN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from seamark.stats.intervals import Metric, Moments, Z, mean, ratio, share, share_of_variance

Floats = npt.NDArray[np.float64]

CALIBRATION_GROUPS = 10


def ranking_of_scores(counts: Floats) -> dict[str, Metric]:
    """`auc` and `average_precision` from float64[bins, 2]: rows by score bin (ascending) and (negative, positive).

    AUC counts a pair within one bin as half; its variance is DeLong's (1988) of the binned score. Average precision
    lets positives and negatives lie evenly within a bin; its interval is binomial in the positives (Boyd, Eng & Page
    2013).
    """
    negative, positive = counts[:, 0], counts[:, 1]
    negatives, positives = float(negative.sum()), float(positive.sum())
    if negatives <= 0 or positives <= 0:
        return {}
    area, variance = _area(negative / negatives, positive / positives, negatives, positives)
    found = share_of_variance(area, variance, min(negatives, positives), negatives + positives)
    precise = min(average_precision(counts), 1.0)
    return {"auc": found, "average_precision": share(precise, positives, negatives + positives)}


def _area(negative: Floats, positive: Floats, negatives: float, positives: float) -> tuple[float, float]:
    below = np.cumsum(negative) - negative / 2  # the share of negatives that a positive of this bin is above
    above = 1 - (np.cumsum(positive) - positive / 2)  # the share of positives above a negative of this bin
    area = float((positive * below).sum())
    of_positives = float((positive * (below - area) ** 2).sum()) / max(positives - 1, 1.0)
    of_negatives = float((negative * (above - area) ** 2).sum()) / max(negatives - 1, 1.0)
    return min(max(area, 0.0), 1.0), of_positives + of_negatives


def average_precision(counts: Floats) -> float:
    """Σ (recall step)·precision from the highest score bin down, precision integrated within each bin.

    Within a bin with p positives and d rows, after P positives among D rows, that is ∫ (P + pt)/(D + dt) dt.
    """
    downwards = counts[::-1]
    positive, rows = downwards[:, 1], downwards.sum(axis=1)
    used = positive > 0
    before, ahead = (np.cumsum(positive) - positive)[used], (np.cumsum(rows) - rows)[used]
    positive, rows = positive[used], rows[used]
    inner = positive / rows
    some = ahead > 0
    growth = np.log1p(np.divide(rows, ahead, out=np.ones_like(rows), where=some))
    offset = np.where(some, (before - inner * ahead) / rows * growth, 0.0)
    return float((positive * (inner + offset)).sum() / positive.sum())


def calibration_error(counts: Floats, score_sums: Floats) -> dict[str, Metric]:
    """The mean |share of positives - mean score| over ten groups of about equal mass, weighted by rows.

    Expected calibration error (Naeini et al. 2015) on quantile groups. It is above 0 by chance alone: by about
    √(2·p(1-p)/(π·n)) per group of n rows.
    """
    rows = counts.sum(axis=1)
    total = float(rows.sum())
    if total <= 0:
        return {}
    into = np.minimum((np.cumsum(rows) - rows / 2) / total * CALIBRATION_GROUPS, CALIBRATION_GROUPS - 1).astype(np.intp)
    size, positive, score = (
        np.bincount(into, each, minlength=CALIBRATION_GROUPS) for each in (rows, counts[:, 1], score_sums)
    )
    value = float(np.abs(positive - score).sum()) / total
    spread = np.divide(positive * (size - positive), size, out=np.zeros_like(size), where=size > 0)
    half = Z * math.sqrt(float(np.maximum(spread, 0).sum())) / total
    return {"calibration_error": Metric(value, max(value - half, 0.0), min(value + half, 1.0), total)}


def decisions(confusion: Floats) -> dict[str, Metric]:
    """Accuracy, precision, recall, F1 and false-positive rate from float64[2, 2]: predicted by actual.

    F1 = 2J/(1 + J) of the share J = tp/(tp + fp + fn), so its interval is the image of J's.
    """
    (tn, fn), (fp, tp) = confusion.tolist()
    found = {
        "accuracy": _share_of(tn + tp, tn + fn + fp + tp),
        "precision": _share_of(tp, tp + fp),
        "recall": _share_of(tp, tp + fn),
        "false_positive_rate": _share_of(fp, fp + tn),
    }
    overlap = _share_of(tp, tp + fp + fn)
    if overlap is not None:
        low, value, high = (2 * j / (1 + j) for j in (overlap.low, overlap.value, overlap.high))
        found["f1"] = Metric(value, low, high, overlap.n)
    return {name: metric for name, metric in found.items() if metric is not None}


def classes(confusion: Floats) -> dict[str, Metric]:
    """Accuracy, macro and weighted F1 from float64[C, C]: predicted by actual.

    Classes that occur on neither side are left out. The variances of the F1 are the delta method's of the
    multinomial counts (Takahashi et al. 2022).
    """
    total = float(confusion.sum())
    if total <= 0:
        return {}
    cells = confusion / total
    predicted, actual, right = cells.sum(axis=1), cells.sum(axis=0), np.diagonal(cells)
    occurs = predicted + actual > 0
    width = np.where(occurs, predicted + actual, 1.0)
    f1 = 2 * right / width
    found = {"accuracy": share(min(float(right.sum()), 1.0), total)}
    for name, weights in (("macro_f1", occurs / occurs.sum()), ("weighted_f1", actual)):
        slope = weights * f1 / width
        gradient = -(slope[:, None] + slope[None, :]) + np.diag(2 * weights / width)
        if name == "weighted_f1":
            gradient = gradient + f1[None, :]
        value = min(float((weights * f1).sum()), 1.0)
        variance = float((cells * gradient**2).sum() - (cells * gradient).sum() ** 2) / total
        found[name] = share_of_variance(value, variance, total, total)
    return found


def one_against_the_rest(counts: Floats) -> dict[str, Metric]:
    """`auc`: the plain mean over classes of the AUC of each against the rest, from float64[C, bins, 2].

    The interval takes the classes as fully dependent: the mean of their standard errors.
    """
    areas = [ranking_of_scores(of_class)["auc"] for of_class in counts if (of_class.sum(axis=0) > 0).all()]
    if not areas:
        return {}
    value, low, high, n = (float(np.mean([getattr(a, each) for a in areas])) for each in ("value", "low", "high", "n"))
    return {"auc": Metric(value, low, high, n)}


def regression(sums: Mapping[str, float], n: float, outcome_variance: float) -> dict[str, Metric]:
    """MAE, RMSE, bias and R² of n > 0 (effective) rows, in the unit of the outcome; no R² of a constant outcome.

    `sums` are of the error (prediction - outcome): `error`, `absolute`, `square`, `fourth`. The interval of R² is the
    delta method's with the measured spread of squared errors and a normal outcome; with normal errors, too, it is
    Olkin & Finn's (1995).
    """
    found = {
        "mae": at_least_0(mean(sums["absolute"], sums["square"], n)),
        "bias": mean(sums["error"], sums["square"], n),
    }
    square = at_least_0(mean(sums["square"], sums["fourth"], n))
    found["rmse"] = Metric(math.sqrt(square.value), math.sqrt(square.low), math.sqrt(square.high), n)
    if outcome_variance > 0 and n > 1:
        unexplained = square.value / outcome_variance
        of_errors = ((square.high - square.value) / outcome_variance) ** 2
        of_outcomes = (Z * unexplained) ** 2 * max(2 - 4 * unexplained, 0.0) / n
        half = math.sqrt(of_errors + of_outcomes)
        found["r2"] = Metric(1 - unexplained, 1 - unexplained - half, min(1 - unexplained + half, 1.0), n)
    return found


def quantile_loss(sums: Mapping[str, float], quantile: float, n: float) -> dict[str, Metric]:
    """The pinball loss of predictions that are meant to be a quantile of the outcome (Koenker & Bassett 1978).

    `quantile`·(outcome - prediction) where the outcome is above, (1 - `quantile`)·(prediction - outcome) below.
    """
    above, below = (sums["absolute"] - sums["error"]) / 2, (sums["absolute"] + sums["error"]) / 2
    squares_above, squares_below = sums["square"] - sums["over_square"], sums["over_square"]
    total = quantile * above + (1 - quantile) * below
    squares = quantile**2 * squares_above + (1 - quantile) ** 2 * squares_below
    return {"quantile_loss": at_least_0(mean(total, squares, n))}


def click_through(outcomes: Floats) -> dict[str, Metric]:
    """`click_through_rate` from float64[2]: rows without and with a hit."""
    found = _share_of(float(outcomes[1]), float(outcomes.sum()))
    return {} if found is None else {"click_through_rate": found}


def positions(counts: Floats, depth: int) -> dict[str, Metric]:
    """Hit rate and NDCG at `depth` from float64[positions, 2]: rows by position (from 1) and (no hit, hit).

    One list has one row at position 1. Rows know nothing of each other, so both are exact where a list has at most
    one hit (one click, one purchase): then NDCG is the mean of 1/log₂(1 + position of the hit). Where more hits than
    lists show that this does not hold, both are absent.
    """
    lists = float(counts[0].sum())
    hits = counts[:depth, 1]
    if lists <= 0 or counts[:, 1].sum() > lists:
        return {}
    gain = 1 / np.log2(np.arange(2, len(hits) + 2))
    value, square = float((hits * gain).sum()), float((hits * gain**2).sum())
    found = mean(value, square, lists)
    return {
        f"hit_rate_at_{depth}": share(float(hits.sum()) / lists, lists),
        f"ndcg_at_{depth}": Metric(found.value, max(found.low, 0.0), min(found.high, 1.0), lists),
    }


def ratio_of_sums(sums: Floats, n: float) -> Metric | None:
    """Σ numerator / Σ denominator of n rows; `sums` are of: numerator, denominator, squares of both, product.

    None where the denominator's sum is 0.
    """
    numerator, denominator, numerators, denominators, product = sums.tolist()
    if denominator == 0:
        return None
    return ratio(Moments(numerator, numerators), Moments(denominator, denominators), product, n)


def _share_of(part: float, whole: float) -> Metric | None:
    return share(min(max(part / whole, 0.0), 1.0), whole) if whole > 0 else None


def at_least_0(metric: Metric) -> Metric:
    """The same with an interval that does not reach below 0."""
    return Metric(metric.value, max(metric.low, 0.0), metric.high, metric.n)
