"""A test that may be looked at after every window, for ever: has a mean loss passed a stated tolerance?

Each window gives evidence E, the payoff of fair bets against "the expected loss, given all before, is at most the
tolerance". Evidence is gathered as W ← (1 + W)·E (the Shiryaev-Roberts e-detector of Shin, Ramdas & Rinaldo 2023),
for several stakes λ side by side, and the alarm is raised when their mean reaches a level L.

**The guarantee.** While the tolerance is kept, W - (number of windows) is a supermartingale, so the expected number of
windows until a false alarm is at least L. Nothing is assumed about how losses depend on each other, how many
there are in a window, or when one looks: only that whatever happened before, the next expected loss is within the
tolerance. `level_of` turns a budget of false alarms a month into L.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import InvalidInput

Floats = npt.NDArray[np.float64]

STAKES: Final = np.array([0.25, 0.5, 1.0, 2.0, 3.5])
_LARGEST_STAKE: Final = 0.9  # of what one could lose
_SHARES_OF_STAKE: Final = np.array([0.02, 0.05, 0.1, 0.2, 0.4])  # for losses without an upper bound
_STAKES_OF_ERRORS: Final = np.array([0.25, 0.5, 1.0, 2.0, 3.0])  # standard errors
HOURS_A_MONTH: Final = 720.0


def evidence_of_shares(losses: Floats, n: Floats, tolerance: Floats) -> Floats:
    """float64[S, 5] log-evidence that the mean of losses within 0 and 1 is above the tolerance.

    E = (1 + λ(1 - R))^k · (1 - λR)^(n - k) for float64[S] sums k of `n` losses and tolerances 0 < R < 1. For losses of
    0 and 1 that is the payoff itself; for others, by the concavity of the logarithm, never more than it.

    Raises InvalidInput for a tolerance outside of 0 and 1, or sums that are not within 0 and n.

    >>> evidence_of_shares(np.array([5.0]), np.array([10.0]), np.array([0.1])).round(2).tolist()
    [[0.89, 1.6, 2.68, 4.03, 4.96]]
    """
    losses, n, tolerance = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (losses, n, tolerance))
    if not ((tolerance > 0) & (tolerance < 1)).all():
        raise InvalidInput(f"A tolerated share lies between 0 and 1; these are {tolerance.tolist()!r:.80}.")
    if not ((losses >= 0) & (losses <= n)).all():
        raise InvalidInput("A sum of losses within 0 and 1 lies between 0 and their number.")
    stakes = np.minimum(STAKES, _LARGEST_STAKE / tolerance[:, None])
    won, lost = np.log1p(stakes * (1 - tolerance[:, None])), np.log1p(-stakes * tolerance[:, None])
    evidence: Floats = losses[:, None] * won + (n - losses)[:, None] * lost
    return evidence


def evidence_of_means(total: Floats, squares: Floats, n: Floats, tolerance: Floats) -> Floats:
    """float64[S, 5] log-evidence that the mean of losses of at least 0, without an upper bound, is above the tolerance.

    With x = (loss - R)/R ≥ -1 and 0 < λ < 1: E = exp(λ·Σx + (log(1 - λ) + λ)·Σx²), never more than the payoff Π(1 + λx)
    (Fan, Grama & Liu 2015), and a function of float64[S] sums and sums of squares alone. For absolute errors, costs,
    latencies. Heavy tails cost power, never validity.

    >>> evidence_of_means(np.array([150.0]), np.array([300.0]), np.array([100.0]), np.array([1.0])).max().round(2)
    np.float64(8.92)
    """
    total, squares, n, tolerance = (
        np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (total, squares, n, tolerance)
    )
    if not (tolerance > 0).all():
        raise InvalidInput(f"A tolerated mean of losses lies above 0; these are {tolerance.tolist()!r:.80}.")
    first = total / tolerance - n
    second = np.maximum(squares / tolerance**2 - 2 * total / tolerance + n, 0.0)
    slope = np.log1p(-_SHARES_OF_STAKE) + _SHARES_OF_STAKE
    evidence: Floats = first[:, None] * _SHARES_OF_STAKE + second[:, None] * slope
    return evidence


def evidence_of_estimates(excess: Floats, error: Floats) -> Floats:
    """float64[S, 5] log-evidence that a figure is worse than tolerated, from its `excess` over that and standard error.

    E = exp(λz - λ²/2) with z = excess/error: what a bet on a normal z pays. For figures that are no mean over rows,
    such as an AUC or a ratio of sums; fair only as far as the window's figure is normal with the error that it states,
    so with few rows in a window more false alarms come than the level says.

    >>> evidence_of_estimates(np.array([2.0]), np.array([1.0])).round(2).tolist()
    [[0.47, 0.88, 1.5, 2.0, 1.5]]
    """
    z = np.atleast_1d(np.asarray(excess, dtype=np.float64)) / np.atleast_1d(np.asarray(error, dtype=np.float64))
    evidence: Floats = z[:, None] * _STAKES_OF_ERRORS - _STAKES_OF_ERRORS**2 / 2
    return evidence


def gathered_over(evidence: Floats, highest: float) -> tuple[Floats, npt.NDArray[np.int64]]:
    """After each of N windows: float64[S, N] logarithms of the mean W, and int64[S, N] windows that speak for it.

    `evidence` is float64[S, N, 5]; NaN where a window has none, which changes nothing. No W is carried on above the
    logarithm `highest`, so that an alarm ends soon after its cause; a smaller W never alarms sooner. The windows that
    speak for it are those since the beginning that makes the most of the evidence, by the stake that has won most.
    """
    series, windows, stakes = evidence.shape
    log_w, total = np.full((series, stakes), -np.inf), np.zeros((series, stakes))
    lowest, begun = np.full((series, stakes), np.inf), np.zeros((series, stakes), dtype=np.int64)
    means, spans = np.empty((series, windows)), np.empty((series, windows), dtype=np.int64)
    told: npt.NDArray[np.bool_] = np.asarray(np.isfinite(evidence).all(axis=2))
    for window in range(windows):
        known = told[:, window, None]
        is_new = known & (total <= lowest)
        begun, lowest = np.where(is_new, window, begun), np.where(is_new, total, lowest)
        total = total + np.where(known, evidence[:, window], 0.0)
        log_w = np.where(known, gathered(np.minimum(log_w, highest), evidence[:, window]), log_w)
        means[:, window] = strength(log_w)
        best = log_w.argmax(axis=1)
        spans[:, window] = window + 1 - begun[np.arange(series), best]
    return means, spans


def as_losses(total: float, n: float, *, low: float, high: float, tolerance: float) -> tuple[float, float]:
    """A sum of n values within `low` and `high` as a sum of losses within 0 and 1, and the tolerance likewise.

    With `low` > `high` smaller values are the worse ones: accuracy, with a right answer as 1, has low=1, high=0.
    A ratio Σa/Σb of at most R is a mean of a - R·b of at most 0.

    >>> as_losses(90.0, 100.0, low=1.0, high=0.0, tolerance=0.95)
    (10.0, 0.050000000000000044)
    """
    width = high - low
    return (total - n * low) / width, (tolerance - low) / width


def gathered(gathered_before: Floats, evidence: Floats) -> Floats:
    """float64[S, 5] log W after one more window: log(1 + W) + log E; -inf is the start."""
    together: Floats = np.logaddexp(0.0, gathered_before) + evidence
    return together


def strength(log_gathered: Floats) -> Floats:
    """float64[S] logarithm of the mean W over the stakes, which is what the level is compared with."""
    mean: Floats = np.logaddexp.reduce(log_gathered, axis=1) - math.log(log_gathered.shape[1])
    return mean


def level_of(budget: float, *, window_hours: float = 1.0, series: int = 1) -> float:
    """The level at which `series` tests together raise at most `budget` false alarms in 720 hours.

    >>> level_of(2.0, window_hours=1.0, series=10)
    3600.0
    """
    return series * HOURS_A_MONTH / (window_hours * budget)


@dataclass(frozen=True, slots=True)
class Watch:
    """One tolerance being watched while outcomes arrive: what was gathered, and what each window has given already.

    Outcomes are used once, in the order in which they arrive, whatever window their predictions are of; a window of
    predictions may be fed many times as it fills. A correction of what was used already is not used by itself: it is
    set off against the window's next outcomes, so that what was used in all agrees with what is known in all.
    """

    tolerance: float
    log_gathered: tuple[float, ...] = (-math.inf,) * len(STAKES)
    used: Mapping[int, tuple[float, float]] = field(default_factory=dict)  # window's start → (losses, outcomes) used
    since_us: int | None = None  # when the evidence that is there began to gather

    @property
    def strength(self) -> float:
        """Mean W over the stakes."""
        return float(np.exp(min(strength(np.array([self.log_gathered]))[0], 700.0)))

    def fed(self, totals: Mapping[int, tuple[float, float]], now_us: int) -> Watch:
        """After a step in which windows (by start) now have these totals of losses within 0 and 1, and of outcomes."""
        losses, count, used = 0.0, 0.0, dict(self.used)
        for window_us, (lost, known) in totals.items():
            before_lost, before_known = used.get(window_us, (0.0, 0.0))
            more = max(known - before_known, 0.0)
            new = min(max(lost - before_lost, 0.0), more)
            used[window_us] = (before_lost + new, before_known + more)
            losses, count = losses + new, count + more
        if count == 0:
            return replace(self, used=used)
        evidence = evidence_of_shares(np.array([losses]), np.array([count]), np.array([self.tolerance]))
        after = gathered(np.array([self.log_gathered]), evidence)
        quiet = strength(after)[0] <= 0
        since = None if quiet else (now_us if self.since_us is None else self.since_us)
        return Watch(self.tolerance, tuple(after[0].tolist()), used, since)

    def forgotten(self, before_us: int) -> Watch:
        """Without what windows that started before a time have given; no outcome is expected for them any more."""
        return replace(self, used={start: each for start, each in self.used.items() if start >= before_us})

    def restarted(self) -> Watch:
        """After its alarm was told: nothing gathered, and every outcome still used only once."""
        return replace(self, log_gathered=(-math.inf,) * len(STAKES), since_us=None)
