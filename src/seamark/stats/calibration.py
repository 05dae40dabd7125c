"""Thresholds from a budget of false incidents: what is usual for a model, learned from its own history.

Each window of each series is compared with its baseline in several views (channels) over several trailing
spans (scales), against the season and against the plain average. How far such differences go by themselves
is learned per series (traffic is never independent draws), pooled over series into one survival function per
view, and the level of surprise that gives the owner's number of false incidents is read off the history.

History is cross-fitted: each of four contiguous folds is judged by what the other three say. Without that, a
history looks quieter than the future: a budget of 2 a month became 5 to 21.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.alarms import levels_for
from seamark.stats.channels import (
    CHANNELS,
    DIVERGENCE,
    Differences,
    Floats,
    Layout,
    Ranks,
    differences,
    js_distance,
    trailing,
)
from seamark.stats.seasonal import FORGETTING, Baseline, Calendar, gather
from seamark.stats.tail import Tail

FOLDS: Final = 4
BUDGETS: Final = (0.5, 1.0, 2.0, 5.0, 10.0)  # whose levels every calibration knows
_PRIOR_WINDOWS: Final = 8.0  # independent windows that the other series' spread is worth
_LEAST_SPREAD: Final = 0.1
_MEDIAN_CHI2: Final = 0.455  # of one degree of freedom
_LEAST_VARIANCE: Final = np.float32(1e-20)
_MAD: Final = 1.4826  # median absolute deviation of a normal, in standard deviations
_DAYS_A_MONTH: Final = 30.0
_TOGETHER: Final = 16  # series whose spreads are learned at once: they fit into the processor's cache

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """How each series differs from its baseline when nothing is wrong: float32[S, B, 3, K] each.

    B baselines (season, flat) or one, 3 channels, K scales.
    """

    overdispersion: Floats  # variance (mean, of the divergence) beyond sampling
    median: Floats  # of the standardised difference
    spread: Floats  # its median absolute deviation, as a standard deviation

    def view(self, channel: int, block: slice = slice(None), b: int | None = None, place: int | None = None) -> View:
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

    def effect_at(self, z: Floats, deviation: Floats, x: Floats, null: Floats, effect: Floats) -> Floats:
        """The effect of a change of the same shape as [S, M] ones that is just `deviation` [S, 1] unusual."""
        scale = np.maximum(null + self.overdispersion[..., None], _LEAST_VARIANCE)
        if self.channel == DIVERGENCE:
            root = self.median[..., None] + self.spread[..., None] * deviation
            return js_distance(scale * np.maximum(root, 0) ** 3 - null)
        root = self.median[..., None] + self.spread[..., None] * np.where(z < 0, -deviation, deviation)
        ratio = np.sqrt(scale) * root / np.where(x == 0, _LEAST_VARIANCE, x)
        return np.where(ratio > 0, effect * ratio, np.inf).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What a calibration learns from: N closed windows of S series."""

    layout: Layout
    counts: Floats  # [T, N]
    calendar: Calendar
    used: Bools  # [S, N] False where a window is quarantined: it teaches nothing and counts nothing
    windows_a_day: int
    parents: npt.NDArray[np.int64] | None = None  # [P]: the last P series are parts of these and keep their seasons

    @property
    def weeks(self) -> float:
        """How long it is; days of which nothing may be learned aside."""
        taught = np.flip(np.any(self.used, axis=0, keepdims=True)[0])
        days = np.add.reduceat(taught, np.arange(0, len(taught), self.windows_a_day), dtype=np.int64) > 0
        return min(float(days.sum() / 7), float(len(taught) / (7 * self.windows_a_day)))

    def level_for(self, surprise: Floats, budget: float) -> float:
        """The level at which its `surprise` [S, N] gives `budget` false incidents a month."""
        return self.levels_for(surprise, [budget])[0]

    def levels_for(self, surprise: Floats, budgets: Sequence[float]) -> list[float]:
        """The same for several budgets; each costs next to nothing more."""
        return levels_for(surprise, budgets, self.weeks * 7 / _DAYS_A_MONTH, rest=self.windows_a_day)


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """What the owner asks for."""

    budget: float  # false incidents a month
    smallest: Floats  # [S] effect that matters
    weight: Floats  # [S] importance; twice the weight is twice the alarms


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """All that judging a window takes."""

    layout: Layout
    baseline: Baseline
    ranks: Ranks
    usual: Usual
    tails: tuple[Tail, ...]  # B·3·K, in the order of `Usual`
    scales: tuple[int, ...]  # windows
    smallest: Floats  # [S]
    bonus: Floats  # [S] log10 of the weight
    level: float
    levels: tuple[tuple[float, float], ...] = ()  # (budget, level) of other budgets

    @property
    def baselines(self) -> int:
        """2 with a season, else 1."""
        return int(self.usual.median.shape[1])

    def views(self) -> Iterator[tuple[int, int, int]]:
        """(baseline, place of the scale, channel) of all ways to look."""
        for b, channel, place in np.ndindex(self.usual.median.shape[1:]):
            yield b, place, channel

    def tail(self, b: int, channel: int, place: int) -> Tail:
        """How often which deviation is passed in one view."""
        return self.tails[(b * CHANNELS + channel) * len(self.scales) + place]


def scales_for(windows_a_day: int, windows: int) -> tuple[int, ...]:
    """One window, six hours, a day and a week, in windows, as far as the history holds three of them."""
    spans = {1, max(windows_a_day // 4, 1), windows_a_day, 7 * windows_a_day}
    return tuple(span for span in sorted(spans) if span * 3 <= windows) or (1,)


def calibrate(
    history: History, wish: Wish, *, period: int, static: Baseline | None = None, rolling: Bools | None = None
) -> Calibration:
    """Learn baseline, spreads and level from history.

    `period` is the number of slots of the seasonal baseline (1 for none). The series that have rows in `static`
    are compared with that and only their spreads are learned; those marked in `rolling` bool[S] have no season.
    """
    found, surprise = learn_usual(history, wish, period=period, static=static, rolling=rolling)
    level, *others = history.levels_for(surprise, (wish.budget, *BUDGETS))
    return replace(found, level=level, levels=tuple(zip(BUDGETS, others, strict=True)))


def learn_usual(
    history: History, wish: Wish, *, period: int, static: Baseline | None = None, rolling: Bools | None = None
) -> tuple[Calibration, Floats]:
    """All of a calibration but its level, and how surprising the history's windows are to it: float32[S, N].

    These surprises are cross-fitted. `History.level_for` reads levels for any number of budgets off them.
    """
    layout, windows = history.layout, history.counts.shape[1]
    scales = scales_for(history.windows_a_day, windows)
    fold = np.minimum(np.arange(windows) * FOLDS // windows, FOLDS - 1)
    whole, *folds = (each.stated(layout, static, rolling) for each in _baselines(history, fold, period))
    ranks = Ranks.under(layout, whole.flat)
    measured = _measure(history, folds, fold, ranks, scales)
    alike, seasonal = _alike(history.used), whole.seasonal
    z = np.empty_like(measured.x)
    for each in range(FOLDS):
        inside = slice(*np.searchsorted(fold, [each, each + 1]))
        usual = _usual(measured, layout, alike, fold != each, scales, seasonal)
        z[..., inside] = standardised(measured.x[..., inside], measured.null[..., inside], usual)
    for place, scale in enumerate(scales):
        measured.effect[:, :, place, : scale - 1] = 0  # spans that began before the history
    found = Calibration(
        layout=layout,
        baseline=whole,
        ranks=ranks,
        usual=_usual(measured, layout, alike, fold >= 0, scales, seasonal),
        tails=_tails(layout, z, history.used, scales, seasonal),
        scales=scales,
        smallest=wish.smallest,
        bonus=np.log10(wish.weight).astype(np.float32),
        level=0.0,
    )
    surprise = _most_surprising(found, z, measured.effect)
    surprise[~history.used] = 0
    return found, surprise


def _tails(layout: Layout, z: Floats, used: Bools, scales: Sequence[int], seasonal: Bools) -> tuple[Tail, ...]:
    """One survival function per view, pooled over the series that have it."""
    tails = []
    for b, channel, place in np.ndindex(z.shape[1:4]):
        has = layout.has()[:, channel] & (seasonal | (b == z.shape[1] - 1))
        whole = slice(scales[place] - 1, None)  # spans that began before the history say nothing
        deviations = z[has, b, channel, place, whole][used[has, whole]]
        tails.append(Tail.of(deviations if channel == DIVERGENCE else np.abs(deviations)))
    return tuple(tails)


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Differences of all baselines and scales: x and null [S, B, 3, K, N], effect [S, B, K, N]."""

    x: Floats
    null: Floats
    effect: Floats


def _baselines(history: History, fold: npt.NDArray[np.int64], period: int) -> list[Baseline]:
    """What the whole history says, and what it says without each fold; younger weeks count more."""
    layout, calendar, count = history.layout, history.calendar, len(fold)
    age = (count - 1 - np.arange(count)) // (7 * history.windows_a_day)
    weight = (history.used * FORGETTING**age).astype(np.float32)
    parts = []
    for each in range(FOLDS):
        at = slice(*np.searchsorted(fold, [each, each + 1]))
        parts.append(gather(layout, history.counts[:, at], calendar[at], weight[:, at], period=period))
    without = [np.sum(parts[:each] + parts[each + 1 :], axis=0) for each in range(FOLDS)]
    of = (calendar.a_day, history.parents)
    return [Baseline.of(layout, sums, *of) for sums in (without[0] + parts[0], *without)]


def _measure(
    history: History, folds: Sequence[Baseline], fold: npt.NDArray[np.int64], ranks: Ranks, scales: Sequence[int]
) -> _Measured:
    """Every window against the baseline of the other folds."""
    layout, windows = history.layout, history.counts.shape[1]
    many = 2 if folds[0].slots.shape[1] > 1 else 1
    shape = (len(layout), many, CHANNELS, len(scales), windows)
    found = _Measured(
        np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty((*shape[:2], *shape[3:]), np.float32)
    )
    for first, last in layout.blocks(windows):
        part, cells = layout.part(first, last)
        counts, n = history.counts[cells], part.sizes_behind(history.counts[cells])
        expected = np.empty((many, *counts.shape), np.float32)
        behind = np.empty((many, *n.shape), np.float32)
        for each, baseline in enumerate(folds):
            at = fold == each
            for b, (what, rows) in enumerate(
                expectations(part, baseline.part(layout, first, last), n[:, at], history.calendar.slot[at])
            ):
                expected[b][:, at], behind[b][:, at] = what, rows
        for b, place, difference in measured_spans(
            part, counts, expected, behind, ranks.part(layout, first, last), scales
        ):
            found.x[first:last, b, :, place] = difference.x
            found.null[first:last, b, :, place] = difference.null
            found.effect[first:last, b, place] = difference.effect
    return found


def expectations(
    layout: Layout, baseline: Baseline, n: Floats, slot: npt.NDArray[np.int64]
) -> list[tuple[Floats, Floats]]:
    """(expected counts [T, N], rows behind them [S, N]) of each baseline: season and flat, or flat alone."""
    season, flat = baseline.expected(layout, n, slot)
    of_flat = (flat, np.broadcast_to(baseline.flat_rows[:, None], n.shape))
    return [(season, baseline.slot_rows[:, baseline.at(slot)]), of_flat] if baseline.slots.shape[1] > 1 else [of_flat]


def measured_spans(
    layout: Layout, counts: Floats, expected: Floats, behind: Floats, ranks: Ranks, scales: Sequence[int]
) -> Iterator[tuple[int, int, Differences]]:
    """(baseline, place of the scale, differences) of every baseline and scale, for [T, N] windows."""
    for place, scale in enumerate(scales):
        now = trailing(counts, scale)
        for b in range(len(expected)):
            # A season's slots add up over a span; the flat baseline is the same rows again and again.
            rows = trailing(behind[b], scale) if b < len(expected) - 1 else behind[b]
            yield b, place, differences(layout, now, trailing(expected[b], scale), rows, ranks)


def standardised(x: Floats, null: Floats, usual: Usual) -> Floats:
    """Differences [S, B, 3, K, N] in units of how they usually spread."""
    found = np.empty_like(x)
    for channel in range(CHANNELS):
        view = usual.view(channel)
        found[:, :, channel] = view.standardised(x[:, :, channel], null[:, :, channel])
    return found


def _alike(used: Bools) -> list[tuple[npt.NDArray[np.int64], Bools]]:
    """(series, which of their windows teach) of series that have the same windows in quarantine."""
    _, first, group = np.unique(np.packbits(used, axis=1), axis=0, return_index=True, return_inverse=True)
    return [(np.flatnonzero(group.ravel() == each), used[one]) for each, one in enumerate(first.tolist())]


def _usual(
    measured: _Measured,
    layout: Layout,
    alike: list[tuple[npt.NDArray[np.int64], Bools]],
    windows: Bools,
    scales: Sequence[int],
    seasonal: Bools,
) -> Usual:
    """The spreads of some windows, shrunk to those of series of the same kind.

    A series that hardly any window may teach has theirs alone: its own would call what is in quarantine usual.
    """
    shape = measured.x.shape[:-1]
    found = Usual(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    taught = np.zeros(len(layout), np.float32)
    for series, used in alike:
        mask = used & windows
        taught[series] = mask.sum() if mask.sum() >= 2 * FOLDS else 0
        enough = np.flatnonzero(mask if mask.sum() >= 2 * FOLDS else windows)
        for start in range(0, len(series), _TOGETHER):
            chosen = series[start : start + _TOGETHER]
            _learn_spread(found, chosen, measured.x[chosen][..., enough], measured.null[chosen][..., enough])
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


def _learn_spread(found: Usual, chosen: npt.NDArray[np.int64], x: Floats, null: Floats) -> None:
    over = _overdispersion(x, null)
    root = standardised(x, null, Usual(over, np.zeros_like(over), np.ones_like(over)))
    median = _median(root)
    root -= median[..., None]
    found.overdispersion[chosen], found.median[chosen] = over, median
    found.spread[chosen] = _MAD * _median(np.abs(root, out=root))


def _overdispersion(x: Floats, null: Floats) -> Floats:
    divergence = np.sort(x[:, :, DIVERGENCE], axis=-1)
    most = divergence[..., int(0.99 * (divergence.shape[-1] - 1)), None]
    beyond = np.mean(np.minimum(divergence, most), axis=-1) - np.mean(null[:, :, DIVERGENCE], axis=-1)
    signed = slice(DIVERGENCE + 1, None)
    variance = _median(x[:, :, signed] ** 2) / _MEDIAN_CHI2 - _median(null[:, :, signed])
    return np.asarray(np.maximum(np.concatenate([beyond[:, :, None], variance], axis=2), 0), dtype=np.float32)


def _median(of: Floats) -> Floats:
    """np.median of the last axis, by sorting, which processors with wide registers do several times as fast."""
    ordered, count = np.sort(of, axis=-1), of.shape[-1]
    return np.asarray((ordered[..., (count - 1) // 2] + ordered[..., count // 2]) / 2)


def _most_surprising(calibration: Calibration, z: Floats, effect: Floats) -> Floats:
    """float32[S, N]: the largest surprise of each window among the views whose effect matters."""
    best = np.zeros((z.shape[0], z.shape[-1]), np.float32)
    for b, place, channel in calibration.views():
        has = calibration.layout.has()[:, channel]
        view, tail = calibration.usual.view(channel, b=b, place=place), calibration.tail(b, channel, place)
        found = view.surprise(z[has, b, channel, place], tail)
        found[effect[has, b, place] < calibration.smallest[has, None]] = 0
        best[has] = np.maximum(best[has], found)
    return np.where(best > 0, np.maximum(best + calibration.bonus[:, None], 0), 0).astype(np.float32)
