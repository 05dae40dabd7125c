"""A seeded fleet: hourly bin counts of the series of one model, without drift until some is injected.

Every series has a season of day and week, a slow wander (AR(1)) of its level, and traffic that follows
the day. Half of the numeric ones are heavy-tailed. This is harder than most real data on purpose: the
wander is real change, too small to matter, which is what fixed thresholds mistake for drift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

WEEK = 168
BINS = 22  # 20 quantile bins of the reference, one below and one above it
CATEGORIES = 12
REFERENCE_ROWS = 20_000

Floats = NDArray[np.float64]
Change = Callable[["Levels"], None]


@dataclass
class Levels:
    """What changes over time in one series, hour by hour: a shift in sd, a log spread, a log-odds."""

    shift: Floats
    log_spread: Floats
    odds: Floats


@dataclass(frozen=True)
class Series:
    """One simulated series."""

    kind: str  # "numeric" | "categorical" | "ratio"
    heavy: bool
    edges: Floats  # of numeric bins
    reach: Floats  # of each edge: how much distance, in sd, the share of rows that crossed it stands for
    shares: Floats  # of categories, or (part, rest)
    direction: Floats  # how categories gain when the odds move
    levels: Levels


@dataclass
class Fleet:
    """`counts[cells, hours]`: the cells of a series follow each other, `offsets` says where each begins."""

    seed: int
    weeks: int
    numeric: int = 150
    categorical: int = 30
    ratio: int = 20
    rows_an_hour: float = 500.0
    correlation: float = 0.0  # share of the wander's variance that all series have in common
    series: list[Series] = field(init=False)
    rows: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 7])
        hours = self.weeks * WEEK
        hour = np.arange(hours)
        day = 1 + 0.6 * np.sin(2 * np.pi * (hour - 9) / 24) - 0.25 * (hour // 24 % 7 >= 5)
        self.rows = rng.poisson(self.rows_an_hour * day * rng.gamma(100, 0.01, hours))
        self._common = _wander(rng, hours, 0.9)
        kinds = ["numeric"] * self.numeric + ["categorical"] * self.categorical + ["ratio"] * self.ratio
        self.series = [self._make(rng, kind, hour) for kind in kinds]

    @property
    def kinds(self) -> list[str]:
        """Of each series."""
        return [each.kind for each in self.series]

    @property
    def sizes(self) -> list[int]:
        """Cells of each series."""
        return [BINS if each.kind == "numeric" else len(each.shares) for each in self.series]

    def counts(self, changes: dict[str, Change] | None = None, hours: slice = slice(None)) -> NDArray[np.int32]:
        """int32[cells, hours] of all series, each kind changed as `changes` says; the same for the same seed."""
        parts = []
        for place, each in enumerate(self.series):
            levels = Levels(*(of[hours].copy() for of in (each.levels.shift, each.levels.log_spread, each.levels.odds)))
            if changes and each.kind in changes:
                changes[each.kind](levels)
            rng = np.random.default_rng([self.seed, 11, place, int(changes is not None)])
            parts.append(rng.poisson(_shares(each, levels) * self.rows[hours]).astype(np.int32))
        return np.concatenate(parts)

    def _make(self, rng: np.random.Generator, kind: str, hour: NDArray[np.int64]) -> Series:
        phase, amplitude = rng.integers(24), rng.choice([0.0, 0.1, 0.3])
        weekend = rng.choice([0.0, 0.1, 0.2]) * (hour // 24 % 7 >= 5)
        season = amplitude * np.sin(2 * np.pi * (hour - phase) / 24) + weekend
        own = _wander(rng, len(hour), rng.choice([0.0, 0.5, 0.9, 0.97]))
        wander = np.sqrt(1 - self.correlation) * own + np.sqrt(self.correlation) * self._common
        shift = season + rng.choice([0.02, 0.05, 0.1]) * wander
        log_spread = rng.choice([0.0, 0.05, 0.1]) * np.sin(2 * np.pi * (hour - rng.integers(24)) / 24)
        log_spread = log_spread + 0.01 * _wander(rng, len(hour), 0.9)
        heavy = bool(rng.random() < 0.5)
        week = rng.integers(0, WEEK, REFERENCE_ROWS)
        noise = rng.standard_t(3, REFERENCE_ROWS) if heavy else rng.normal(size=REFERENCE_ROWS)
        sample = np.sort(shift[week] + np.exp(log_spread[week]) * noise)
        edges = np.concatenate([sample[:: REFERENCE_ROWS // (BINS - 2)][: BINS - 2], sample[-1:]])
        zipf = 1 / np.arange(1, CATEGORIES + 1)
        base = rng.choice([0.01, 0.05, 0.2])
        shares = zipf / zipf.sum() if kind == "categorical" else np.array([base, 1 - base])
        direction = rng.normal(size=CATEGORIES) if kind == "categorical" else np.array([1.0, 0.0])
        return Series(
            kind, heavy, edges, _reach(sample, edges), shares, direction, Levels(shift, log_spread, shift.copy())
        )


def _reach(sample: Floats, edges: Floats) -> Floats:
    """So that Σ |difference of cumulative shares| · reach is about Wasserstein's distance over the sd.

    Between inner edges by the trapezoid rule; beyond the outer two the difference is taken to fade as the
    reference's own tail does.
    """
    inner = edges[1:-1]
    reach = np.zeros(len(edges))
    reach[1:-1] = np.convolve(np.diff(inner), [0.5, 0.5])
    reach[1] += inner[0] - sample[sample <= inner[0]].mean()
    reach[-2] += sample[sample >= inner[-1]].mean() - inner[-1]
    return np.asarray(reach / sample.std())


def _wander(rng: np.random.Generator, hours: int, phi: float) -> Floats:
    noise = rng.normal(size=hours + 200) * np.sqrt(1 - phi**2)
    for hour in range(1, len(noise)):
        noise[hour] += phi * noise[hour - 1]
    return noise[200:]


def _shares(series: Series, levels: Levels) -> Floats:
    """float64[cells, hours]."""
    if series.kind == "numeric":
        at = (series.edges[:, None] - levels.shift) / np.exp(levels.log_spread)
        below = _t3_cdf(at) if series.heavy else _normal_cdf(at)
        return np.diff(below, axis=0, prepend=0.0, append=1.0)
    weights = series.shares[:, None] * np.exp(series.direction[:, None] * levels.odds)
    return np.asarray(weights / weights.sum(axis=0))


def _t3_cdf(at: Floats) -> Floats:
    scaled = at / np.sqrt(3)
    return np.asarray(0.5 + (np.arctan(scaled) + scaled / (1 + scaled**2)) / np.pi)


def _normal_cdf(at: Floats) -> Floats:
    """By Hart's rational form through tanh: error below 2e-4, far under a bin's share."""
    return np.asarray(0.5 * (1 + np.tanh(0.7978845608 * (at + 0.044715 * at**3))))
