"""Which component made a service worse: departures from normal, and who explains whose.

A component is a suspect when it departs from its normal period further than that period does from itself, and
is called, directly or through other suspects, by the component where the trouble was noticed. Of a chain of
suspects the one that its own dependencies do not explain is the likely cause: time and failures add up along
calls, so what a dependency lost in all its calls is compared with what its caller lost in all of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np
import numpy.typing as npt

UNUSUAL: Final = 1.5  # times what 99 % of normal stretches stay below
_USUAL_QUANTILE: Final = 0.99
_LEAST_CHANGE: Final = 1e-3  # of the normal level; where a normal period never moved, any dust would be unusual
_FEWEST_STRETCHES: Final = 10  # of the normal period, to know what is normal

Floats = npt.NDArray[np.float64]


class Kind(Enum):
    """What a metric of calls is, which says how it adds up over them."""

    TIME = "time"  # of a call; a caller waits for its dependencies
    FAILURES = "failures"  # share or percentage of calls, or their number
    SUCCESSES = "successes"  # share or percentage of calls
    OTHER = "other"


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """How far one series went from normal."""

    level: float  # just before, or usually
    change: float  # from there to its furthest two values in a row, in its own unit
    strength: float  # |change| over what 99 % of normal stretches of that length stay below
    begins: int  # the first row of the change

    @property
    def unusual(self) -> bool:
        """Whether the normal period does not do this by itself."""
        return self.strength >= UNUSUAL


def departure(normal: Floats, recent: Floats, before: int) -> Departure | None:
    """Of float64[M] recent values, the first `before` of which were just before the trouble, from float64[N] normal.

    NaN is no traffic. None where there is too little of either to tell.
    """
    stretches = _stretches(normal, len(recent))
    known = np.isfinite(stretches[:, before:]).any(axis=1)
    if known.sum() < _FEWEST_STRETCHES or not np.isfinite(recent[before:]).any():
        return None
    level = float(np.nanmedian(normal))
    usual = np.abs(_changes(stretches[known], level, before))
    just_before = float(_mean(recent[:before]))
    least = max(float(np.quantile(usual, _USUAL_QUANTILE)), _LEAST_CHANGE * abs(level), 1e-12)
    change = float(_changes(recent[None], level, before)[0])
    return Departure(
        just_before if np.isfinite(just_before) else level, change, abs(change) / least, _begin(recent, before)
    )


def _stretches(normal: Floats, length: int) -> Floats:
    if len(normal) < length:
        return np.empty((0, length))
    return np.lib.stride_tricks.sliding_window_view(normal, length)


def _changes(stretches: Floats, level: float, before: int) -> Floats:
    """Of each row's largest mean of two values in a row, from the mean of its first `before`; from `level` without."""
    just_before = _mean(stretches[:, :before])
    base = np.where(np.isfinite(just_before), just_before, level)
    now = stretches[:, before:]
    pairs = now if now.shape[1] < 2 else _mean(np.stack([now[:, :-1], now[:, 1:]], axis=2))
    away = pairs - base[:, None]
    furthest = np.nanargmax(np.where(np.isfinite(away), np.abs(away), -1.0), axis=1)
    found = away[np.arange(len(away)), furthest]
    return np.where(np.isfinite(found), found, 0.0)


def _mean(rows: Floats) -> Floats:
    """Of the last axis' finite values; NaN where there are none."""
    known = np.isfinite(rows)
    count = known.sum(axis=-1)
    total = np.where(known, rows, 0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _begin(recent: Floats, before: int) -> int:
    """Where two constants fit best: the least squares change point."""
    finite = np.flatnonzero(np.isfinite(recent))
    if len(finite) < 2:
        return before
    values = recent[finite]
    left = np.arange(1, len(values))
    total = np.cumsum(values)
    means = total[:-1] / left, (total[-1] - total[:-1]) / (len(values) - left)
    gain = left * (len(values) - left) / len(values) * (means[0] - means[1]) ** 2
    return int(finite[int(np.argmax(gain)) + 1])


def lost(kind: Kind, values: Floats, level: float, calls: Floats | None) -> float:
    """What a component lost in all its calls since: seconds, or failures; float64[M] each.

    Of other metrics nothing is known that adds up: 0.
    """
    if kind is Kind.OTHER:
        return 0.0
    worse = level - values if kind is Kind.SUCCESSES else values - level
    weight = np.ones_like(values) if calls is None else np.where(np.isfinite(calls), calls, 0)
    return float(np.nansum(worse * weight))


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """A component that departs from its normal, and what speaks for it."""

    component: str
    metric: str
    departure: Departure
    lost: float  # in all calls; 0 where nothing adds up
    explains: float  # share of what was noticed, 0..1
    explained: float  # share of its own change that its dependencies explain, 0..1
    by: tuple[str, ...]  # those dependencies
    demoted: bool  # a mere view of another component
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the evidence; stated before any benchmark was looked at. What cannot be told for any suspect is left out."""

    explains: float = 0.35
    onset: float = 0.25
    magnitude: float = 0.20
    demotion: float = 0.5  # what is left of the score of a mere view


def reach(calls: Mapping[str, Sequence[str]], noticed: str, passable: set[str]) -> dict[str, str | None]:
    """The components that `noticed` calls, directly or through `passable` ones: of each, its caller on the way."""
    found: dict[str, str | None] = {noticed: None}
    waiting = [noticed]
    while waiting:
        caller = waiting.pop(0)
        for callee in sorted(calls.get(caller, ())):
            if callee in passable and callee not in found:
                found[callee] = caller
                waiting.append(callee)
    return found


def suspects_below(calls: Mapping[str, Sequence[str]], component: str, suspects: set[str]) -> Iterator[str]:
    """The suspects that a component calls, directly or through components that are none (those without traffic)."""
    seen, waiting = {component}, [component]
    while waiting:
        for callee in calls.get(waiting.pop(), ()):
            if callee not in seen:
                seen.add(callee)
                if callee in suspects:
                    yield callee
                else:
                    waiting.append(callee)


def scored(suspects: Sequence[Suspect], rows_apart: int, weights: Weights) -> list[Suspect]:
    """With their scores, 0..1, the likeliest first.

    Who began first is credited only if it began more than `rows_apart` rows before the next one: nothing finer can
    be read off rows.
    """
    if not suspects:
        return []
    strongest = max(each.departure.strength for each in suspects)
    begins = sorted({each.departure.begins for each in suspects})
    apart = len(begins) > 1 and begins[1] - begins[0] > rows_apart
    found = []
    for each in suspects:
        parts = [
            (weights.explains, each.explains * (1 - each.explained)),
            (weights.magnitude, np.log1p(each.departure.strength) / np.log1p(strongest)),
        ]
        if apart:
            parts.append((weights.onset, float(each.departure.begins == begins[0])))
        total = sum(weight * value for weight, value in parts) / sum(weight for weight, _ in parts)
        found.append(replace(each, score=float(total * (weights.demotion if each.demoted else 1.0))))
    return sorted(found, key=lambda each: (-each.score, each.component))
