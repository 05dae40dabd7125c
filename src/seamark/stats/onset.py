"""When did it begin? A change point for a signal that has drifted, from its hourly counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seamark.stats.grid import Floats

_PRIOR_ROWS = 5.0  # of the baseline, mixed into the drifted distribution


def estimate_onset(
    hourly_counts: npt.ArrayLike, baseline: npt.ArrayLike, evidence: slice | npt.NDArray[np.bool_]
) -> int:
    """The hour in which a drift began.

    `hourly_counts` is [H, K], `baseline` the shares [K] of the baseline, `evidence` marks the hours that
    are known to have drifted (the windows that breached). With r the shares in the evidence (smoothed
    towards the baseline), each row in bin k speaks ln(r_k/q_k) for "drifted by now"; the hour from which
    on these add up to most is the maximum-likelihood change point (Page's CUSUM, read backwards):

    argmax over t of Σ over hours h ≥ t and bins k of c_hk·ln(r_k / q_k)

    It works with a handful of rows an hour, because it adds them up. It misleads when the drift came in
    several steps (it finds the one that resembles the evidence) or as a ramp (it finds its middle).
    Returns an index from 0 to H - 1.

    >>> estimate_onset([[8, 2], [9, 1], [2, 8], [1, 9], [2, 8]], [0.8, 0.2], slice(3, 5))
    2

    E. Page, Continuous inspection schemes, Biometrika 41, 1954; D. Hinkley, Inference about the change-point
    in a sequence of random variables, ibid. 57(1), 1970.
    """
    return joint_onset([(hourly_counts, baseline)], evidence)


def joint_onset(series: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]], evidence: slice | npt.NDArray[np.bool_]) -> int:
    """The hour in which several signals began to drift together: the same, their evidence summed.

    `series` are pairs of hourly counts [H, K] and baseline shares [K], all over the same hours.
    """
    hourly = np.sum([_log_likelihood_ratios(counts, baseline, evidence) for counts, baseline in series], axis=0)
    from_here_on = np.cumsum(hourly[::-1])[::-1]
    # Of equal sums the latest: an hour without rows is no part of the drift.
    return len(from_here_on) - 1 - int(np.argmax(from_here_on[::-1]))


def _log_likelihood_ratios(
    hourly_counts: npt.ArrayLike, baseline: npt.ArrayLike, evidence: slice | npt.NDArray[np.bool_]
) -> Floats:
    """float64[H]: what each hour says for "drifted"."""
    counts = np.asarray(hourly_counts, dtype=np.float64)
    expected = np.asarray(baseline, dtype=np.float64)
    seen = counts[evidence].sum(axis=0)
    # A bin that is new to both gets a little of either, so that no logarithm is infinite.
    floor = 0.5 / max(seen.sum(), 1.0)
    q = (expected + floor) / (expected + floor).sum()
    r = (seen + _PRIOR_ROWS * q) / (seen.sum() + _PRIOR_ROWS)
    ratios: Floats = counts @ np.log(r / q)
    return ratios
