"""Thresholds from a budget of false incidents: what is usual for a model, learned from its own history.

Each window of each series is compared with its baseline in several views (channels) over several trailing
spans (scales), against the season and against the plain average. How far such differences go by themselves
is learned per series (traffic is never independent draws), pooled over series into one survival function per
view, and the level of surprise that gives the owner's number of false incidents is read off the history.

History is cross-fitted: each week is compared with what the weeks before it say, as it was when it was judged, and
each of four contiguous folds is called surprising by how the other three spread. Without that, a history looks
quieter than the future: a budget of 2 a month became 5 to 21.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.alarms import ends_of, levels_for, noise_of
from seamark.stats.channels import (
    CHANNELS,
    DIVERGENCE,
    POOLS,
    Differences,
    Floats,
    Layout,
    Ranks,
    Series,
    SeriesKind,
    differences,
    trailings,
    within_reach,
)
from seamark.stats.seasonal import FORGETTING, Baseline, Calendar, gather
from seamark.stats.tail import Tail
from seamark.stats.usual import Bools, Usual, alike_in, learn_spreads, standardised

FOLDS: Final = 4
MOST_WEEKS: Final = 26
_FEWEST_WEEKS: Final = 8
_SERIES_WEEKS: Final = 600  # of hours; they take about a second
BUDGETS: Final = (0.5, 1.0, 2.0, 5.0, 10.0)  # whose levels every calibration knows
_DAYS_A_MONTH: Final = 30.0


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
        """How long it is; days of which nothing may be learned aside, but that there was nothing."""
        of_rows = self.layout.kinds != SeriesKind.VALUE
        taught = np.flip(np.any(self.used[of_rows] if of_rows.any() else self.used, axis=0, keepdims=True)[0])
        days = np.add.reduceat(taught, np.arange(0, len(taught), self.windows_a_day), dtype=np.int64) > 0
        return min(float(days.sum() / 7), float(len(taught) / (7 * self.windows_a_day)))

    def cleared(self) -> History:
        """With nothing in the windows that are not used, so that no sum over a span holds them; empty ones are not."""
        used = self.used & (self.layout.sizes_behind(self.counts) > 0)
        counts = self.counts * self.layout.per_cell(used.astype(np.float32)) if not used.all() else self.counts
        return replace(self, counts=counts, used=used)

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
    looks: float = 1.0  # how much of the budget the number of looks may cost


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """All that judging a window takes."""

    layout: Layout
    baseline: Baseline
    ranks: Ranks
    usual: Usual
    tails: tuple[Tail, ...]  # B·4·K: of each baseline, pool (`Layout.pools`) and scale
    scales: tuple[int, ...]  # windows
    smallest: Floats  # [S]
    bonus: Floats  # [S] log10 of the weight
    level: float
    noise: float  # the surprise that quiet series pass by themselves every few days
    levels: tuple[tuple[float, float], ...] = ()  # (budget, level) of other budgets

    @property
    def ending(self) -> float:
        """The surprise below which an alarm begins to end."""
        return float(ends_of(np.array([self.level], np.float32), self.noise)[0])

    @property
    def baselines(self) -> int:
        """2 with a season, else 1."""
        return int(self.usual.median.shape[1])

    def tail(self, b: int, pool: int, place: int) -> Tail:
        """How often which deviation is passed in one view of one pool of series."""
        return self.tails[(b * POOLS + pool) * len(self.scales) + place]


def history_weeks(series: int) -> int:
    """How many weeks of history to learn so many series from: the fewer there are to pool, the longer.

    On two years of one series, 8 weeks gave twice the false alarms that were asked for and 26 weeks half of them.
    """
    return min(max(_SERIES_WEEKS // max(series, 1), _FEWEST_WEEKS), MOST_WEEKS)


def scales_for(windows_a_day: int, windows: int) -> tuple[int, ...]:
    """One window, six hours, a day (three windows at least) and a week, as far as the history holds three of them.

    A week is held against the next shorter span (`lasting`), and one window of a day is too noisy for that.
    """
    spans = {1, max(windows_a_day // 4, 1), max(windows_a_day, 3), 7 * windows_a_day}
    return tuple(span for span in sorted(spans) if span * 3 <= windows) or (1,)


def calibrate(
    history: History,
    wish: Wish,
    *,
    period: int,
    static: Baseline | None = None,
    rolling: Bools | None = None,
    threads: int = 1,
) -> Calibration:
    """Learn baseline, spreads and level from history.

    `period` is the number of slots of the seasonal baseline (1 for none). The series that have rows in `static`
    are compared with that and only their spreads are learned; those marked in `rolling` bool[S] have no season.
    The number of `threads` changes nothing but the time it takes.
    """
    found, surprise = learn_usual(history, wish, period=period, static=static, rolling=rolling, threads=threads)
    level, *others = history.levels_for(surprise, [each * wish.looks for each in (wish.budget, *BUDGETS)])
    return replace(found, level=level, levels=tuple(zip(BUDGETS, others, strict=True)))


def learn_usual(
    history: History,
    wish: Wish,
    *,
    period: int,
    static: Baseline | None = None,
    rolling: Bools | None = None,
    threads: int = 1,
) -> tuple[Calibration, Floats]:
    """All of a calibration but its level, and how surprising the history's windows are to it: float32[S, N].

    These surprises are cross-fitted. `History.level_for` reads levels for any number of budgets off them.
    """
    history = history.cleared()
    layout, windows = history.layout, history.counts.shape[1]
    scales = scales_for(history.windows_a_day, windows)
    fold = np.minimum(np.arange(windows) * FOLDS // windows, FOLDS - 1)
    part = np.arange(windows) * max(FOLDS, round(windows / (7 * history.windows_a_day))) // windows
    whole, *parts = (each.stated(layout, static, rolling) for each in _baselines(history, part, period))
    ranks = Ranks.under(layout, whole.flat)
    alike, seasonal = alike_in(history.used), whole.seasonal
    taught = [*(fold != each for each in range(FOLDS)), fold >= 0]
    with ThreadPoolExecutor(threads) as pool:  # sorting and arithmetic, most of the work, let other threads run
        measured = _measure(history, parts, part, ranks, scales, pool)
        *of_folds, usual = pool.map(
            lambda some: learn_spreads(measured.x, measured.null, layout, alike, some, scales, seasonal), taught
        )
    z = np.empty_like(measured.x)
    for each, of_fold in enumerate(of_folds):
        inside = slice(*np.searchsorted(fold, [each, each + 1]))
        z[..., inside] = standardised(layout, measured.x[..., inside], measured.null[..., inside], of_fold)
    for place, scale in enumerate(scales):
        measured.effect[:, :, place, : scale - 1] = 0  # spans that began before the history
    measured.effect[...] = lasting(measured.effect, measured.within_reach)
    found = Calibration(
        layout=layout,
        baseline=whole,
        ranks=ranks,
        usual=usual,
        tails=_tails(layout, z, history.used, scales, seasonal),
        scales=scales,
        smallest=wish.smallest,
        bonus=np.log10(wish.weight).astype(np.float32),
        level=0.0,
        noise=0.0,
    )
    surprise = _most_surprising(found, z, measured.effect)
    surprise[~history.used] = 0
    return replace(found, noise=noise_of(surprise, rest=history.windows_a_day)), surprise


def _tails(layout: Layout, z: Floats, used: Bools, scales: Sequence[int], seasonal: Bools) -> tuple[Tail, ...]:
    """One survival function per view, pooled over the series that have it."""
    tails, views = [], layout.views(z.shape[1], seasonal)
    for b, (channel, pool), place in itertools.product(range(z.shape[1]), layout.pools(), range(len(scales))):
        has = views[:, b, channel] & pool
        whole = slice(scales[place] - 1, None)  # spans that began before the history say nothing
        deviations = z[has, b, channel, place, whole][used[has, whole]]
        tails.append(Tail.of(deviations if channel == DIVERGENCE else np.abs(deviations)))
    return tuple(tails)


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Differences of all baselines and scales: x and null [S, B, 3, K, N], effect [S, B, K, N].

    What is `within_reach` [S, B, N] of the last span but one says how long the last one may count.
    """

    x: Floats
    null: Floats
    effect: Floats
    within_reach: Floats


def _baselines(history: History, part: npt.NDArray[np.int64], period: int) -> list[Baseline]:
    """What the whole history says to the windows after it, and what it says to each of its own parts."""
    layout, calendar, count = history.layout, history.calendar, int(part[-1]) + 1
    weight = history.used.astype(np.float32)
    sums = []
    for each in range(count):
        at = slice(*np.searchsorted(part, [each, each + 1]))
        sums.append(gather(layout, history.counts[:, at], calendar[at], weight[:, at], period=period))
    trust = _trust(count, len(part) / count / (7 * history.windows_a_day))
    said = np.tensordot(trust, np.stack(sums), axes=1)
    return [Baseline.of(layout, each, calendar.a_day, history.parents) for each in said]


def _trust(count: int, weeks: float) -> Floats:
    """float32[count + 1, count]: how much each part of a history, so many weeks long, tells each other one.

    The first row is for the windows after the history: younger weeks count more. A part is told by those before
    it in the same way, as it was when it was judged; the first ones, which have too few before them, by those
    on both sides. None is told by itself.
    """
    place = np.arange(count)
    apart = np.abs(place[:, None] - place)
    told = (apart > 0) & ((place < place[:, None]) | (place[:, None] < FOLDS))
    of_parts = np.where(told, FORGETTING ** ((apart - 1) * weeks), 0)
    after = FORGETTING ** ((count - 1 - place) * weeks)
    return np.concatenate([after[None], of_parts]).astype(np.float32)


def _measure(
    history: History,
    parts: Sequence[Baseline],
    part: npt.NDArray[np.int64],
    ranks: Ranks,
    scales: Sequence[int],
    pool: Executor,
) -> _Measured:
    """Every window against what is said to its part of the history."""
    layout, windows = history.layout, history.counts.shape[1]
    many = 2 if parts[0].slots.shape[1] > 1 else 1
    shape = (len(layout), many, CHANNELS, len(scales), windows)
    found = _Measured(
        np.empty(shape, np.float32),
        np.empty(shape, np.float32),
        np.empty((*shape[:2], *shape[3:]), np.float32),
        np.empty((*shape[:2], windows), np.float32),
    )

    def measure(series: Series) -> None:
        some, cells = layout.chosen(series)
        counts = history.counts[cells]
        n = some.sizes_behind(counts)
        expected = np.empty((many, *counts.shape), np.float32)
        behind = np.empty((many, *n.shape), np.float32)
        for each, baseline in enumerate(parts):
            at = slice(*np.searchsorted(part, [each, each + 1]))
            said = expectations(some, baseline.chosen(series, cells), n[:, at], history.calendar.slot[at])
            for b, (what, rows) in enumerate(said):
                expected[b][:, at], behind[b][:, at] = what, rows
        spans = measured_spans(some, counts, expected, behind, ranks.chosen(series, cells), scales)
        for b, place, difference in spans:
            found.x[series, b, :, place] = difference.x
            found.null[series, b, :, place] = difference.null
            found.effect[series, b, place] = difference.effect
            if place == len(scales) - 2:
                found.within_reach[series, b] = within_reach(some, difference)

    list(pool.map(measure, layout.blocks(windows)))
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
    now = trailings(counts, scales)
    for b, each in enumerate(expected):
        usual = trailings(each, scales)
        # A season's slots add up over a span; the flat baseline is the same rows again and again.
        rows = trailings(behind[b], scales) if b < len(expected) - 1 else [behind[b]] * len(scales)
        for place in range(len(scales)):
            yield b, place, differences(layout, now[place], usual[place], rows[place], ranks)


def lasting(effect: Floats, within_reach: Floats) -> Floats:
    """Effects [..., K, N] of which the longest span counts at most twice what the next shorter one may still hold.

    That is `within_reach` [..., N] of its rows. Otherwise a fault of one day, long mended, would be in alarm until
    the week has forgotten it.
    """
    if effect.shape[-2] < 2:
        return effect
    found = effect.copy()
    found[..., -1, :] = np.minimum(effect[..., -1, :], 2 * within_reach)
    return found


def _most_surprising(calibration: Calibration, z: Floats, effect: Floats) -> Floats:
    """float32[S, N]: the largest surprise of each window among the views whose effect matters."""
    best = np.zeros((z.shape[0], z.shape[-1]), np.float32)
    of, layout = calibration, calibration.layout
    views = layout.views(of.baselines, of.baseline.seasonal)
    for b, number, place in np.ndindex(of.baselines, POOLS, len(of.scales)):
        channel, pool = layout.pools()[number]
        has = views[:, b, channel] & pool
        view, tail = of.usual.view(channel, b=b, place=place), of.tail(b, number, place)
        matters = effect[has, b, place] >= calibration.smallest[has, None]
        found = np.zeros(matters.shape, np.float32)
        found[matters] = view.surprise(z[has, b, channel, place][matters], tail)
        best[has] = np.maximum(best[has], found)
    return np.where(best > 0, np.maximum(best + calibration.bonus[:, None], 0), 0).astype(np.float32)
