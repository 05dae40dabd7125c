"""From surprises to alarms, and from a budget of false alarms to the level at which they go off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_DROP: Final = 1.5  # an alarm ends so far below its level,
_PASSED_EVERY: Final = 3  # rests: but not below what quiet series pass that often by themselves
_LEVELS: Final = np.arange(2.0, 7.5, 0.25).astype(np.float32)
_STEP: Final = 0.25
_ENOUGH_INCIDENTS: Final = 10  # to see how many alarms one incident holds
_ENOUGH_ALARMS: Final = 40  # to begin the tail with
_DECAY: Final = 1 / np.log(10)  # of the number of alarms per unit of level, if surprises are what they say
_DECAY_WEIGHT: Final = 10.0  # alarms that this expectation is worth
_FEWEST_EXPECTED: Final = 7.0  # with fewer false incidents than this expected of the history, half the budget is used

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Alarms:
    """What levels [B] would have given: alarms begun, incidents begun, windows with any alarm, each int64[B]."""

    alarms: Counts
    incidents: Counts
    windows: Counts


def noise_of(surprise: Floats, *, rest: int) -> float:
    """What one quiet series passes about every third rest, of float32[S, N] surprises.

    An alarm that had to stay below that for a whole rest would hardly ever end.
    """
    return float(np.quantile(surprise, 1 - 1 / (_PASSED_EVERY * rest))) if surprise.size and rest else 0.0


def ends_of(levels: Floats, noise: float) -> Floats:
    """float32[B]: below what an alarm of each level begins to end."""
    return np.asarray(np.minimum(levels, np.maximum(levels - _DROP, noise)), dtype=np.float32)


def alarms(surprise: Floats, levels: Floats, ends: Floats, *, rest: int) -> Alarms:
    """Play levels float32[B] over float32[S, N] surprises.

    A series alarms when its surprise passes the level, until it has been below its end, float32[B], for
    `rest` windows in a row. Alarms of several series that overlap are one incident.
    """
    surprise = surprise[(surprise > levels.min()).any(axis=1)] if len(levels) else surprise  # others never alarm
    active = np.zeros((len(levels), len(surprise)), dtype=np.bool_)
    quiet = np.zeros(active.shape, dtype=np.int32)
    begun, incidents, windows = (np.zeros(len(levels), dtype=np.int64) for _ in range(3))
    level, end = levels[:, None], ends[:, None]
    for now in np.ascontiguousarray(surprise.T):
        fires = now > level
        was = active.any(axis=1)
        begins = fires & ~active
        quiet += 1
        quiet[(now >= end) | begins] = 0
        active |= fires
        active &= (quiet < rest) | fires
        begun += begins.sum(axis=1)
        incidents += begins.any(axis=1) & ~was
        windows += active.any(axis=1)
    return Alarms(begun, incidents, windows)


def level_for(surprise: Floats, budget: float, months: float, *, rest: int) -> float:
    """The level at which float32[S, N] surprises of quiet history give `budget` incidents a month.

    Few incidents happen in a history of weeks, but many alarms of single series at lower levels do. So
    the number of alarms is extrapolated (an exponential tail in the level: the surprise is a logarithm of
    a probability), and the share of alarms that begin an incident is taken from where both are countable.
    That absorbs the number of series, their correlation and their memory alike.
    """
    return levels_for(surprise, [budget], months, rest=rest)[0]


def levels_for(surprise: Floats, budgets: Sequence[float], months: float, *, rest: int) -> list[float]:
    """The same for several budgets, each of which costs next to nothing more."""
    played = alarms(surprise, _LEVELS, ends_of(_LEVELS, noise_of(surprise, rest=rest)), rest=rest)
    return [_level(played, budget * months) for budget in budgets]


def _level(played: Alarms, expected_of_history: float) -> float:
    """The level at which a history that was played gives so many incidents."""
    wanted = expected_of_history * (0.5 if expected_of_history < _FEWEST_EXPECTED else 1.0)
    begun, incidents = played.alarms.astype(float), played.incidents.astype(float)
    top = int(np.argmax(incidents))  # below it, incidents run into each other
    countable = [i for i in range(top, len(_LEVELS)) if incidents[i] >= _ENOUGH_INCIDENTS]
    share = incidents[countable[-1] if countable else top] / max(begun[countable[-1] if countable else top], 1.0)
    many = [i for i in range(len(_LEVELS)) if begun[i] >= _ENOUGH_ALARMS]
    start = max(many[-1] if many else 0, countable[-1] if countable else top)
    expected = max(begun[start], 0.5) * (share or 1.0)
    falling = np.minimum.accumulate(incidents[top:])
    counted = float(np.interp(-max(wanted, expected), -falling, _LEVELS[top:]))
    if wanted >= expected:
        return counted
    excess = begun[start:].sum() * _STEP - begun[start] * _STEP / 2
    decay = (excess + _DECAY_WEIGHT * _DECAY) / (begun[start] + _DECAY_WEIGHT)
    # A smaller budget never has a lower level than the smallest one that was counted.
    return max(counted, float(_LEVELS[start] + decay * np.log(expected / wanted)))
