"""Quality without outcomes: what a window's scores say about how often the model is right.

Confidence-based performance estimation: where scores are calibrated on a reference with outcomes, a window's expected
confusion matrix is a sum over its scores. Calibrated per score bin it is a dot product of the window's score counts
with numbers from the reference's own scorecard vector, so it adds, and needs no rows: any period, version or segment
whose scores are profiled has an estimate.

All such estimates are blind to concept drift, a change of what the same inputs lead to. `Misses` widens their band by
how far off they were where outcomes came to be known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import InvalidInput
from seamark.stats.intervals import Metric, Z
from seamark.stats.joined import UNIT, WEIGHT_UNIT, Counts
from seamark.stats.scorecard import BINARY, MULTICLASS, Scorecard

Floats = npt.NDArray[np.float64]

ESTIMATED: Final = {
    BINARY: ("auc", "average_precision", "log_loss", "brier_score", "accuracy", "precision", "recall", "f1",
             "false_positive_rate"),
    MULTICLASS: ("auc", "log_loss", "accuracy", "macro_f1", "weighted_f1"),
}  # fmt: skip
CAVEAT: Final = (
    "Estimated from the model's own scores, calibrated where outcomes are known. "
    "It cannot see concept drift: a change in what the same inputs lead to."
)
_ROUNDS: Final = 50  # of fitting the margins of a confusion matrix
_SMALLEST_PROBABILITY: Final = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What the reference says of a score in each bin: float64[C, bins], C = 1 for a binary model.

    `true`: the probability that it comes true (isotonic in the score); `said_if_true`, `said_if_false`: that the model
    says so; `score`: the mean score. `mistaken`: float64[C, C], how the reference's mistakes were shared out, said by
    actual.
    """

    card: Scorecard
    true: Floats
    said_if_true: Floats
    said_if_false: Floats
    score: Floats
    mistaken: Floats
    decides: bool
    probabilities: bool

    @classmethod
    def of(cls, card: Scorecard, reference: Counts) -> Calibration:
        """From the scorecard vector of a reference.

        Raises InvalidInput where no score of the reference has an outcome of either kind.
        """
        if card.task not in ESTIMATED or not card.edges:
            raise InvalidInput(f"Estimates from scores need the scores of a classifier; this one is of a {card.task}.")
        values = card.sections(reference)
        counts = values["score"].reshape(-1, *values["score"].shape[-3:]).astype(np.float64)
        by_outcome = counts.sum(axis=3)
        if not (by_outcome.sum(axis=1) > 0).any(axis=0).all():
            raise InvalidInput("The reference has no scores with an outcome, or outcomes of one kind alone.")
        rows = by_outcome.sum(axis=2)
        sums = values["score_sum"].reshape(rows.shape) / UNIT
        said = _filled(counts[..., 1].sum(axis=2), rows)
        confusion = values["confusion"].astype(np.float64)
        mistaken = confusion + confusion.sum() * 1e-9
        np.fill_diagonal(mistaken, 0.0)
        return cls(
            card,
            true=np.stack([_calibrated(each) for each in by_outcome]),
            said_if_true=np.where(by_outcome[..., 1] > 0, _share(counts[:, :, 1, 1], by_outcome[..., 1]), said),
            said_if_false=np.where(by_outcome[..., 0] > 0, _share(counts[:, :, 0, 1], by_outcome[..., 0]), said),
            score=_filled(sums, rows),
            mistaken=mistaken,
            decides=bool(confusion.any()),
            probabilities=bool(values["probability"][0] * len(rows) >= rows.sum() * (1 - 1e-9)),
        )

    def expected(self, counts: Floats) -> Floats:
        """float64[width]: the scorecard vector to expect of float64[C, bins] rows per score bin (or [bins])."""
        vector = np.zeros(self.card.width)
        values = self.card.sections(vector)
        counts = np.asarray(counts, dtype=np.float64).reshape(self.true.shape) * WEIGHT_UNIT
        n = float(counts.sum()) / len(counts)
        values["rows"][:] = n / WEIGHT_UNIT, 0.0, n, n
        right, wrong = counts * self.true, counts * (1 - self.true)
        cells = np.stack(
            [
                np.stack([wrong * (1 - self.said_if_false), wrong * self.said_if_false], axis=-1),
                np.stack([right * (1 - self.said_if_true), right * self.said_if_true], axis=-1),
            ],
            axis=-2,
        )
        values["score"][:] = cells.reshape(values["score"].shape)
        values["score_sum"][:] = (counts * self.score * UNIT).reshape(values["score_sum"].shape)
        if self.probabilities:
            self._expect_losses(values["probability"], right, wrong, n)
        if self.decides:
            values["confusion"][:] = self._confusion(cells.sum(axis=1), n)
        return vector

    def metrics(self, counts: Floats) -> dict[str, Metric]:
        """The estimates, each with the interval in which the realised value of so many rows would lie."""
        found = self.card.metrics(self.expected(counts))
        return {name: metric for name, metric in found.items() if name in ESTIMATED[self.card.task]}

    def _expect_losses(self, section: Floats, right: Floats, wrong: Floats, n: float) -> None:
        score = np.clip(self.score, _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
        if len(score) > 1:  # of several classes only the one that came true has a loss
            losses = [(right * (-np.log(score)) ** power).sum() for power in (1, 2)]
            briers = [0.0, 0.0]
        else:
            losses = [(right * (-np.log(score)) ** p + wrong * (-np.log1p(-score)) ** p).sum() for p in (1, 2)]
            briers = [(right * (1 - score) ** (2 * p) + wrong * score ** (2 * p)).sum() for p in (1, 2)]
        section[:] = [n, *(each * UNIT for each in (*losses, *briers))]

    def _confusion(self, cells: Floats, n: float) -> Floats:
        """float64[C, C] said by actual, from float64[C, 2, 2] (came true, said) per class."""
        if self.card.task == BINARY:
            found: Floats = cells[0].T
            return found
        hits, said, actual = cells[:, 1, 1], cells[:, :, 1].sum(axis=1), cells[:, 1].sum(axis=1)
        said, actual = said * (n / max(said.sum(), 1e-300)), actual * (n / max(actual.sum(), 1e-300))
        hits = np.minimum(hits, np.minimum(said, actual))
        return np.diag(hits) + _with_margins(self.mistaken, said - hits, actual - hits)


@dataclass(frozen=True, slots=True)
class Misses:
    """How far off past estimates of one metric were: sums over windows, so it adds."""

    windows: int = 0
    squares: float = 0.0  # of (estimated - realised)
    chance: float = 0.0  # what of them was to be expected of so few rows

    def after(self, estimated: Metric, realised: Metric) -> Misses:
        """With one more window whose outcomes are known."""
        expected = (max(estimated.high - estimated.low, 0.0) / (2 * Z)) ** 2
        return Misses(self.windows + 1, self.squares + (estimated.value - realised.value) ** 2, self.chance + expected)

    def widened(self, estimated: Metric, *, most: float = math.inf, least: float = -math.inf) -> Metric:
        """The estimate with a band that holds the realised value in 95 of 100 windows like the past ones.

        To the variance from few rows it adds what past misses had beyond theirs.
        """
        beyond = max(self.squares - self.chance, 0.0) / max(self.windows, 1)
        low, high = (math.sqrt((estimated.value - end) ** 2 + Z**2 * beyond) for end in (estimated.low, estimated.high))
        return Metric(
            estimated.value, max(estimated.value - low, least), min(estimated.value + high, most), estimated.n
        )


def isotonic(values: Floats, weights: Floats) -> Floats:
    """The non-decreasing sequence nearest to float64[K] values in weighted squares (pool adjacent violators).

    >>> isotonic(np.array([1.0, 3.0, 2.0, 4.0]), np.ones(4)).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    means: list[float] = []
    masses: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, mass, length = value, weight, 1
        while means and means[-1] >= mean:
            before, heavy = means.pop(), masses.pop()
            mean = (before * heavy + mean * mass) / (heavy + mass)
            mass, length = mass + heavy, length + lengths.pop()
        means.append(mean)
        masses.append(mass)
        lengths.append(length)
    return np.repeat(np.array(means), lengths)


def _calibrated(counts: Floats) -> Floats:
    """float64[bins] isotonic share of what came true, from float64[bins, 2]; empty bins lie between others."""
    rows = counts.sum(axis=1)
    known = np.flatnonzero(rows > 0)
    if not len(known):
        return np.zeros(len(rows))
    return np.interp(np.arange(len(rows)), known, isotonic(counts[known, 1] / rows[known], rows[known]))


def _filled(sums: Floats, rows: Floats) -> Floats:
    """float64[C, bins] means per bin, between those of the neighbours where there are no rows."""
    places = np.arange(rows.shape[1])
    means = np.zeros(rows.shape)
    for number, (of_class, total) in enumerate(zip(rows, sums, strict=True)):
        known = np.flatnonzero(of_class > 0)
        if len(known):
            means[number] = np.interp(places, known, total[known] / of_class[known])
    return means


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _with_margins(cells: Floats, rows: Floats, columns: Floats) -> Floats:
    """The matrix that is nearest in proportion to `cells` and has these sums (iterative proportional fitting)."""
    for _ in range(_ROUNDS):
        cells = cells * _share(rows, cells.sum(axis=1))[:, None]
        cells = cells * _share(columns, cells.sum(axis=0))[None, :]
    return cells
