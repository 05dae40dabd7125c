"""Probabilistic adaptive performance estimation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from seamark.stats.estimator import Estimator, Expect, Floats, Rows
from seamark.stats.expected import ESTIMATED, Calibration
from seamark.stats.joined import WEIGHT_UNIT
from seamark.stats.scorecard import Scorecard

_HEAVIEST = 50.0  # a reference row that the window is full of counts as at most this many
_LEAST_ROWS = 50


def _fit(card: Scorecard, reference: Rows) -> Expect:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  # only this file needs it

    classifier = HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=15, random_state=0, class_weight="balanced")
    inputs = _inputs(reference)
    plain = Calibration.of(card, card.count(reference.joined))

    def expect(rows: Rows) -> Floats:
        counts = card.score_counts(rows.joined)
        if rows.joined.rows < _LEAST_ROWS:
            return plain.expected(counts)
        weights = _likeness(classifier, inputs, _inputs(rows)) * reference.joined.fixed_weights() / WEIGHT_UNIT
        reweighed = card.count(replace(reference.joined, weights=np.maximum(weights, 1e-9)))
        return Calibration.of(card, reweighed).expected(counts)

    return expect


def _inputs(rows: Rows) -> Floats:
    """float64[N, F + S] features and scores."""
    scores = rows.joined.scores
    return rows.features if scores is None else np.column_stack([rows.features, scores])


def _likeness(classifier: Any, reference: Floats, window: Floats) -> Floats:
    """float64[N] density of the window at each reference row, relative to the reference's."""
    both = np.concatenate([reference, window])
    is_window = np.repeat([0, 1], [len(reference), len(window)])
    share = classifier.fit(both, is_window).predict_proba(reference)[:, 1]
    likeness: Floats = np.minimum(share / np.maximum(1 - share, 1e-9), _HEAVIEST)
    return likeness


ESTIMATOR = Estimator("Probabilistic adaptive performance estimation (PAPE)", ESTIMATED, _fit, needs="scikit-learn")
"""CBPE whose calibration is learned from those rows of the reference that look like the window's.

A classifier that tells reference from window gives each reference row the weight p/(1 - p). Better than CBPE where
inputs shift among rows of equal score; noisier where they do not. Blind to concept drift, too, and it learns one
classifier per window.

Reference: Białek, Kuberski, Perrakis & Bifet (2024), arXiv:2401.08348.
"""
