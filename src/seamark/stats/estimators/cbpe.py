"""Confidence-based performance estimation."""

from __future__ import annotations

from seamark.stats.estimator import Estimator, Expect, Floats, Rows
from seamark.stats.expected import ESTIMATED, Calibration
from seamark.stats.scorecard import Scorecard


def _fit(card: Scorecard, reference: Rows) -> Expect:
    calibration = Calibration.of(card, card.count(reference.joined))

    def expect(rows: Rows) -> Floats:
        return calibration.expected(card.score_counts(rows.joined))

    return expect


ESTIMATOR = Estimator("Confidence-based performance estimation (CBPE)", ESTIMATED, _fit)
"""Expects each score to come true as often as such scores did in the reference.

Σ over a window's scores of c(s), 1 - c(s) makes the expected confusion matrix and, with the scores' order, the expected
ROC curve; c is isotonic per score bin. Misleads under concept drift, and where inputs shift among rows of equal score.

Reference: NannyML (2022), Confidence-based Performance Estimation; Guillory et al. (2021), arXiv:2107.03315.
"""
