"""How much each series differs from its baseline when nothing is wrong, and differences in units of that."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.channels import CHANNELS, DIVERGENCE, Floats, Layout, js_distance
from seamark.stats.tail import Tail

_PRIOR_WINDOWS: Final = 8.0  # independent windows that the other series' spread is worth
_LEAST_SPREAD: Final = 0.1
_MEDIAN_CHI2: Final = 0.455  # of one degree of freedom
_LEAST_VARIANCE: Final = np.float32(1e-20)
_MAD: Final = 1.4826  # median absolute deviation of a normal, in standard deviations
_TOGETHER: Final = 16  # series whose spreads are learned at once: they fit into the processor's cache
_FEWEST_WINDOWS: Final = 8  # of its own, for a series to teach anything

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """How each series differs from its baseline when nothing is wrong: float32[S, B, 3, K] each.

    B baselines (season, flat) or one, 3 channels, K scales.
    """

    overdispersion: Floats  # variance (mean, of the divergence) beyond sampling
    median: Floats  # of the standardised difference
    spread: Floats  # its median absolute deviation, as a standard deviation

    def view(
        self,
        channel: int,
        block: slice | npt.NDArray[np.int64] = slice(None),
        b: int | None = None,
        place: int | None = None,
    ) -> View:
        """One channel of all baselines and scales, or of one of each; of some series."""
        at = (block, slice(None) if b is None else b, channel, slice(None) if place is None else place)
        return View(channel, self.overdispersion[at], self.median[at], self.spread[at])


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One way to look at series: how their differences in one channel usually spread, arrays [S, ...]."""

    channel: int
    overdispersion: Floats
    median: Floats
    spread: Floats

    def rooted(self, x: Floats, null: Floats) -> Floats:
        """Differences [S, ..., M] made about normal: the cube root does that to a χ².

        E. B. Wilson & M. M. Hilferty, The distribution of chi-square, PNAS 17(12), 1931.
        """
        scale = np.maximum(null + self.overdispersion[..., None], _LEAST_VARIANCE)
        return np.asarray(np.cbrt(x / scale) if self.channel == DIVERGENCE else x / np.sqrt(scale), np.float32)

    def standardised(self, x: Floats, null: Floats) -> Floats:
        """Differences in units of how they usually spread."""
        return (self.rooted(x, null) - self.median[..., None]) / self.spread[..., None]

    def surprise(self, z: Floats, tail: Tail) -> Floats:
        """-log10 p of standardised differences: one-sided for the divergence, else two-sided."""
        return tail.surprise(z if self.channel == DIVERGENCE else np.abs(z))

    def effect_at(self, deviation: Floats, x: Floats, null: Floats, effect: Floats) -> Floats:
        """The effect of a change of the same shape as [S, M] ones that is just `deviation` [S, 1] unusual."""
        scale = np.maximum(null + self.overdispersion[..., None], _LEAST_VARIANCE)
        if self.channel == DIVERGENCE:
            root = self.median[..., None] + self.spread[..., None] * deviation
            return js_distance(scale * np.maximum(root, 0) ** 3 - null)
        root = self.median[..., None] + self.spread[..., None] * np.where(x < 0, -deviation, deviation)
        ratio = np.sqrt(scale) * root / np.where(x == 0, _LEAST_VARIANCE, x)
        return np.where(ratio > 0, effect * ratio, np.inf).astype(np.float32)


def standardised(layout: Layout, x: Floats, null: Floats, usual: Usual) -> Floats:
    """Differences [S, B, 3, K, N] in units of how they usually spread; 0 in channels that a series lacks."""
    found, has = np.zeros_like(x), layout.has()
    for channel in range(CHANNELS):
        series = np.flatnonzero(has[:, channel])
        view = usual.view(channel, series)
        found[series, :, channel] = view.standardised(x[series, :, channel], null[series, :, channel])
    return found


def alike_in(used: Bools) -> list[tuple[npt.NDArray[np.int64], Bools]]:
    """(series, which of their windows teach) of series that have the same windows in quarantine."""
    _, first, group = np.unique(np.packbits(used, axis=1), axis=0, return_index=True, return_inverse=True)
    return [(np.flatnonzero(group.ravel() == each), used[one]) for each, one in enumerate(first.tolist())]


def learn_spreads(
    x: Floats,
    null: Floats,
    layout: Layout,
    alike: list[tuple[npt.NDArray[np.int64], Bools]],
    windows: Bools,
    scales: Sequence[int],
    seasonal: Bools,
) -> Usual:
    """The spreads of `windows` bool[N] of differences [S, B, 3, K, N], shrunk to those of series of the same kind.

    A series that hardly any window may teach has theirs alone: its own would call what is in quarantine usual.
    """
    shape = x.shape[:-1]
    found = Usual(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    taught = np.zeros(len(layout), np.float32)
    for series, used in alike:
        mask = used & windows
        taught[series] = mask.sum() if mask.sum() >= _FEWEST_WINDOWS else 0
        enough = _stretches(mask if mask.sum() >= _FEWEST_WINDOWS else windows)
        for kind in np.unique(layout.kinds[series]):
            alike_too = series[layout.kinds[series] == kind]
            for start in range(0, len(alike_too), _TOGETHER):
                chosen = alike_too[start : start + _TOGETHER]
                for channel in np.flatnonzero(layout.has()[chosen[0]]).tolist():
                    _learn_spread(found, chosen, channel, *(_joined(of, chosen, channel, enough) for of in (x, null)))
    independent = taught[:, None] / np.array(scales, dtype=np.float32)
    own = (independent / (independent + _PRIOR_WINDOWS))[:, None, None]
    for kind, b in itertools.product(np.unique(layout.kinds), range(shape[1])):
        has = (layout.kinds == kind) & (seasonal | (b == shape[1] - 1))
        known = has & (taught > 0)
        if not known.any():
            continue
        for of in (found.median, found.spread):
            of[has, b] = own[has, 0] * of[has, b] + (1 - own[has, 0]) * np.median(of[known, b], axis=0)
        found.overdispersion[has & ~known, b] = np.median(found.overdispersion[known, b], axis=0)
    np.maximum(found.spread, np.float32(_LEAST_SPREAD), out=found.spread)
    return found


def _stretches(of: Bools) -> list[slice]:
    """Those of bool[N] that are true, as runs: copied so, they take far less time than one by one."""
    edges = np.flatnonzero(np.diff(of, prepend=False, append=False))
    return [slice(first, last) for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _joined(of: Floats, series: npt.NDArray[np.int64], channel: int, windows: Sequence[slice]) -> Floats:
    """[S, B, K, N] of [S, B, 3, K, N]."""
    return np.concatenate([of[series, :, channel, :, at] for at in windows], axis=-1)


def _learn_spread(found: Usual, chosen: npt.NDArray[np.int64], channel: int, x: Floats, null: Floats) -> None:
    """Of differences [S, B, K, N] in one channel."""
    over = _overdispersion(channel, x, null)
    root = View(channel, over, over, over).rooted(x, null)
    median = _median(root)
    root -= median[..., None]
    found.overdispersion[chosen, :, channel], found.median[chosen, :, channel] = over, median
    found.spread[chosen, :, channel] = _MAD * _median(np.abs(root, out=root))


def _overdispersion(channel: int, x: Floats, null: Floats) -> Floats:
    if channel == DIVERGENCE:
        divergence = np.sort(x, axis=-1)
        most = divergence[..., int(0.99 * (divergence.shape[-1] - 1)), None]
        beyond = np.mean(np.minimum(divergence, most), axis=-1) - np.mean(null, axis=-1)
    else:
        beyond = _median(x**2) / _MEDIAN_CHI2 - _median(null)
    return np.asarray(np.maximum(beyond, 0), dtype=np.float32)


def _median(of: Floats) -> Floats:
    """np.median of the last axis, by sorting, which processors with wide registers do several times as fast."""
    ordered, count = np.sort(of, axis=-1), of.shape[-1]
    return np.asarray((ordered[..., (count - 1) // 2] + ordered[..., count // 2]) / 2)
