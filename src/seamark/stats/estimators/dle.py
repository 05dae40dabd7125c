"""Direct loss estimation."""

from __future__ import annotations

import numpy as np

from seamark.stats.binning import numeric_bins
from seamark.stats.estimator import Estimator, Expect, Floats, Rows
from seamark.stats.joined import UNIT, WEIGHT_UNIT
from seamark.stats.outcome_sums import CLIP
from seamark.stats.scorecard import REGRESSION, Scorecard

_BINS = 50


def _fit(card: Scorecard, reference: Rows) -> Expect:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415  # only this file needs it

    joined, said = reference.joined, reference.joined.column("predicted")
    known = np.isfinite(joined.outcome) & np.isfinite(said)
    size = np.clip(np.abs(said - joined.outcome)[known] / card.error_scale, 0.0, CLIP)
    inputs = np.column_stack([reference.features, said])
    model = HistGradientBoostingRegressor(random_state=0).fit(inputs[known], size)
    guess = model.predict(inputs[known])
    bins = numeric_bins(guess, bins=_BINS)
    place = bins.index(guess)
    rows = np.bincount(place, minlength=bins.count)
    # A guess is the mean of sizes and says nothing of their squares, so both are what rows of such a guess had.
    powers = np.stack([np.bincount(place, size**power, minlength=bins.count) for power in (1, 2, 4)])
    some = np.flatnonzero(rows)
    means = np.stack([np.interp(np.arange(bins.count), some, each[some] / rows[some]) for each in powers])

    def expect(window: Rows) -> Floats:
        said = window.joined.column("predicted")
        usable = np.isfinite(said)
        guesses = model.predict(np.column_stack([window.features, said])[usable]) if usable.any() else np.empty(0)
        weights = window.joined.fixed_weights()[usable].astype(np.float64)
        counts: Floats = np.bincount(bins.index(guesses), weights, minlength=bins.count)[: bins.count].astype(
            np.float64
        )
        return _vector(card, counts, means, float((weights**2).sum()) / WEIGHT_UNIT)

    return expect


def _vector(card: Scorecard, counts: Floats, means: Floats, squared_weights: float) -> Floats:
    """The sums of |error|, its square and fourth power; nothing is known of its sign or of the outcome."""
    vector = np.zeros(card.width)
    values, weight = card.sections(vector), float(counts.sum())
    values["rows"][:] = weight / WEIGHT_UNIT, 0.0, weight, squared_weights
    values["errors"][0] = weight
    values["errors"][2:5] = (means * counts).sum(axis=1) * UNIT
    return vector


ESTIMATOR = Estimator("Direct loss estimation (DLE)", {REGRESSION: ("mae", "rmse")}, _fit, needs="scikit-learn")
"""Learns from a reference how large the model's error is for which inputs, and expects the same of a window.

Gradient boosting on |error| from the features and the prediction. Misleads under concept drift, and for inputs that
the reference does not have.

Reference: NannyML (2022), Direct Loss Estimation.
"""
