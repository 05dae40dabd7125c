"""The one-shot rule: drift without a history to learn from.

A p-value alone calls every harmless jitter drift once there are rows enough; an effect alone fires on
noise when there are few. A signal has drifted when its adjusted p is below alpha *and* its debiased
effect is at least the smallest that matters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from seamark.stats.grid import Floats

ALPHA = 0.01


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Adjusted p-values: rejecting those below alpha keeps the expected share of false ones below alpha.

    p₍ᵢ₎ → min over j ≥ i of p₍ⱼ₎·m/j, of the m p-values that are not NaN; NaN stays NaN. Holds for
    independent and for positively dependent tests. Misleads when many correlated copies of one signal
    are tested: then false alarms come in bunches.

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(3)
    array([0.04 , 0.053, 0.053, 0.5  ])

    Y. Benjamini & Y. Hochberg, Controlling the false discovery rate, J. R. Stat. Soc. B 57(1), 1995.
    """
    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    ranks = np.arange(1, len(order) + 1)
    scaled = values[order] * len(order) / ranks
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def drifted(
    adjusted_p: Floats, effect: Floats, smallest_effect: npt.ArrayLike, *, alpha: float = ALPHA
) -> npt.NDArray[np.bool_]:
    """The rule on S series: adjusted p < alpha and debiased effect ≥ the smallest that matters.

    NaN on either side is never drift.

    >>> drifted(np.array([0.001, 0.001, 0.2]), np.array([0.2, 0.01, 0.2]), 0.05)
    array([ True, False, False])
    """
    return (adjusted_p < alpha) & (effect >= np.asarray(smallest_effect))
