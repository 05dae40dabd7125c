"""Which drift matters: how far the shift of each feature should have moved the mean prediction.

A feature's *cells* are its bins and, last, one for rows without a value. Its *effect* φ in a cell is the mean
attribution there (SHAP, or the reference's mean score), centred so that the reference's mean effect is 0. Then

    impact = Σ over cells k of (p_k - q_k)·φ_k

with p and q the shares of the cells now and in the reference: about 20 numbers per feature say what its drift does to
the mean prediction, with a sign. Impacts of SHAP values add up to the shift of the mean prediction as far as the
model's answers depend on each feature alone. Mean scores per bin are *marginal*: features that move together share what
they explain, and each claims all of it.

S. Lundberg & S.-I. Lee, A unified approach to interpreting model predictions, NeurIPS 2017 (additive attributions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.attribution import Attribution, Response, response_of
from seamark.stats.cells import Cells, cells_of, feature_positions
from seamark.stats.grid import Floats
from seamark.stats.profile import Profile
from seamark.stats.sample import divide

NOISE_SD: Final = 2.0  # a shift of the mean within so many of its standard errors is none to explain
_NEXT_TO_NOTHING: Final = 1e-9  # rows of a cell the reference does not have, so that a feature may have no other


@dataclass(frozen=True, slots=True, eq=False)
class Impacts:
    """What the drift of S features should have done to the mean prediction; float64[S] each, in its unit.

    A feature without a known attribution has NaN throughout.
    """

    features: npt.NDArray[np.int64]  # [S] positions in the bin set
    impact: Floats
    share: Floats  # of the realised shift; NaN where that is no more than noise
    importance: Floats  # sd of the feature's effect in the reference
    noise: Floats  # standard error of the impact if nothing had drifted
    before: Response  # the prediction in the reference
    now: Response
    explained: float  # all impacts together over the realised shift; NaN like `share`

    @property
    def shift(self) -> float:
        """By how much the mean prediction moved."""
        return self.now.mean - self.before.mean


def impacts_of(current: Profile, reference: Profile, attribution: Attribution) -> Impacts:
    """Every feature's impact between two profiles of one bin set.

    `share` is impact / shift. It is negative for a feature whose drift should have moved the prediction the other way,
    and above 1 where others held against it. `explained` is the same of the sum of impacts: near 1, the drift of the
    features accounts for the shift; near 0 or negative, something else moved the prediction (the model itself, or
    values it never saw, which count as average). Where the shift is within two standard errors of 0 there is nothing
    to explain and both are NaN, however large single impacts are: then they cancel out.
    """
    features = feature_positions(reference.bin_set)
    now, before = cells_of(current, features), cells_of(reference, features)
    answers, answered = (
        response_of(profile, attribution.target, log_odds=attribution.log_odds) for profile in (current, reference)
    )
    impact, importance = impacts(now, before, attribution.effects), importances(before, attribution.effects)
    shift = explicable(answers, answered)
    return Impacts(
        features=features,
        impact=impact,
        share=impact / shift,
        importance=importance,
        noise=importance * np.sqrt(divide(now.totals() + before.totals(), now.totals() * before.totals())),
        before=answered,
        now=answers,
        explained=float(np.nansum(impact)) / shift,
    )


def impacts(current: Cells, reference: Cells, effects: Floats) -> Floats:
    """float64[S]: Σ (p - q)·φ of each feature, from effects φ float64[C]; NaN without rows on a side.

    >>> before, now = Cells.single([60, 40]), Cells.single([30, 70])
    >>> impacts(now, before, np.array([-0.2, 0.3])).round(3)
    array([0.15])
    """
    return reference.add((current.shares() - reference.shares()) * effects)


def importances(reference: Cells, effects: Floats) -> Floats:
    """float64[S]: the standard deviation of the effect over the reference's rows, √Σ q·(φ - Σ q·φ)².

    >>> importances(Cells.single([50, 50]), np.array([-0.2, 0.2])).round(3)
    array([0.2])
    """
    shares = reference.shares()
    mean = reference.spread(reference.add(shares * effects))
    return np.sqrt(reference.add(shares * (effects - mean) ** 2))


def importance_of(attribution: Attribution, reference: Profile) -> dict[str, float]:
    """The importance of each feature by name, as a share of the largest; those not known are left out."""
    features = feature_positions(reference.bin_set)
    found = importances(cells_of(reference, features), attribution.effects)
    largest = np.nanmax(found, initial=0.0)
    names = [reference.bin_set.signals[feature].name for feature in features.tolist()]
    if not largest > 0:
        return {}
    return {names[place]: float(found[place] / largest) for place in np.flatnonzero(np.isfinite(found)).tolist()}


def centred(attributions: Floats, reference: Cells) -> Floats:
    """float64[C]: mean attributions per cell as effects, whose mean over the reference's rows is 0.

    A cell of unknown attribution (NaN) has the effect 0: what the model does there is not known, so it counts as
    average. A feature without any known cell stays NaN.

    >>> centred(np.array([0.1, 0.5, np.nan]), Cells.single([75, 25, 0])).round(3)
    array([-0.1,  0.3,  0. ])
    """
    known = ~np.isnan(attributions)
    rows = np.where(known, np.maximum(reference.rows, _NEXT_TO_NOTHING), 0.0)
    mean = reference.spread(divide(reference.add(rows * np.where(known, attributions, 0.0)), reference.add(rows)))
    return np.where(known, attributions - mean, np.where(np.isnan(mean), np.nan, 0.0))


def ranked(impact: Floats) -> npt.NDArray[np.int64]:
    """int64[S]: places by |impact|, the largest first and the unknown last; ties as they came.

    >>> ranked(np.array([0.1, -0.3, np.nan, 0.2]))
    array([1, 3, 0, 2])
    """
    sizes = np.where(np.isnan(impact), -1.0, np.abs(impact))
    return np.argsort(-sizes, kind="stable")


def explicable(now: Response, before: Response) -> float:
    """The shift of the mean prediction, NaN where it is within NOISE_SD standard errors of 0."""
    shift = now.mean - before.mean
    error = np.hypot(now.sd / max(now.n, 1.0) ** 0.5, before.sd / max(before.n, 1.0) ** 0.5)
    return shift if abs(shift) > NOISE_SD * error else float("nan")
