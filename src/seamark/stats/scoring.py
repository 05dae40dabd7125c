"""Windows judged by a calibration: how surprising, and what that is in the units people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.calibration import Calibration, lasting
from seamark.stats.channels import (
    CHANNELS,
    DIVERGENCE,
    POOLS,
    SHIFT,
    Differences,
    Floats,
    Series,
    SeriesKind,
    differences,
    trailing,
    within_reach,
)
from seamark.stats.usual import View

_MOST: Final = np.float32(1e5)  # of a surprise: what is beyond is equally unheard-of
_BEHIND: Final = np.float32(1e6)  # more than any surprise

Slots = npt.NDArray[np.int64]
Views = tuple[Slots, Slots, Slots, Slots, Slots]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Of S series in M windows, each [S, M]: what the leading view says, in native units.

    The leading view is the most surprising one whose effect matters, or the most surprising one when none
    does. "`effect` ≥ `threshold`" and "`surprise` > the calibration's level" are the same statement.
    """

    surprise: Floats  # -log10 p among all views, importance included; 0 where no effect matters
    effect: Floats  # debiased JS distance, points of share, or difference of a value
    threshold: Floats  # of the effect, for this number of rows and this shape of change
    scale: npt.NDArray[np.int16]  # trailing windows
    channel: npt.NDArray[np.int8]
    n: Floats  # rows in these windows
    usual: Floats  # share, value or mean that the baseline expects; NaN for bins
    now: Floats  # the same of these windows


def score(calibration: Calibration, counts: Floats, slot: Slots, first: int, begins: Slots | None = None) -> Scores:
    """Judge the windows `first`.. of float32[T, N] consecutive ones; those before only complete their spans.

    Spans that reach back before the window `begins` int64[S] of their series say nothing: it was another then.
    """
    windows = counts.shape[1] - first
    shape = (len(calibration.layout), windows)
    found = Scores(
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.ones(shape, np.int16),
        np.zeros(shape, np.int8),
        *(np.zeros(shape, np.float32) for _ in range(3)),
    )
    for series in calibration.layout.blocks(windows * calibration.baselines * len(calibration.scales)):
        _judge(calibration, series, counts, slot, first, found, begins)
    return found


def _judge(
    of: Calibration,
    series: Series,
    counts: Floats,
    slot: Slots,
    first: int,
    found: Scores,
    begins: Slots | None,
) -> None:
    """Write the scores of some series: those of the view that leads in each window."""
    difference = _differences(of, series, counts, slot, first)
    if begins is not None:
        reach = np.arange(first, counts.shape[1]) + 1 - np.array(of.scales)[:, None]
        another = np.broadcast_to((reach < begins[series, None, None])[:, None], difference.n.shape)
        difference.n[another], difference.effect[another] = 0, 0
    surprise = _surprises(of, series, difference)
    smallest, bonus = of.smallest[series, None], of.bonus[series, None]
    lasts = lasting(difference.effect, _held_back(of, series, difference)) >= smallest[..., None, None]
    matters = lasts[:, None] & (surprise > 0)
    gone = (difference.effect >= smallest[..., None, None]) & ~lasts
    order = np.where(matters, surprise, surprise - _BEHIND * (1 + gone[:, None]))
    at = _leading(of.layout.views(of.baselines, of.baseline.seasonal)[series], difference.n, order)
    row, channel, b, place, column = at
    effect = difference.effect[row, b, place, column]
    found.surprise[series] = np.where(matters[at], np.maximum(surprise[at] + bonus, 0), 0)
    found.effect[series] = effect
    threshold = np.maximum(_threshold(of, series, at, (difference.x[at], difference.null[at], effect)), smallest)
    fires = found.surprise[series] > of.level
    beyond = np.nextafter(effect, np.float32(np.inf))
    found.threshold[series] = np.where(fires, np.minimum(threshold, effect), np.maximum(threshold, beyond))
    found.scale[series] = np.array(of.scales)[place]
    found.channel[series] = channel
    found.n[series] = difference.n[row, b, place, column]
    found.usual[series] = difference.usual[row, b, place, column]
    found.now[series] = found.usual[series] + np.where(difference.x[at] < 0, -effect, effect)


def _differences(of: Calibration, series: Series, counts: Floats, slot: Slots, first: int) -> Differences:
    """From every baseline over every scale: x and null [S, 3, B, K, M], the others [S, B, K, M]."""
    layout, cells = of.layout.chosen(series)
    baseline, counts = of.baseline.chosen(series, cells), counts[cells]
    seasons, scales = of.baselines - 1, len(of.scales)
    shape = (seasons + 1, scales, counts.shape[1] - first)
    now = np.empty((layout.width, *shape), np.float32)
    expected, behind = np.empty_like(now), np.empty((len(layout), *shape), np.float32)
    if seasons:
        at = baseline.at(slot)
        usual = baseline.slots[:, at]
        usual *= layout.per_cell(layout.sizes_behind(counts))
    for place, scale in enumerate(of.scales):
        now[:, :, place] = trailing(counts, scale, first)[:, None]
        if seasons:
            expected[:, 0, place] = trailing(usual, scale, first)
            behind[:, 0, place] = trailing(baseline.slot_rows[:, at], scale, first)
    rows = layout.sizes_behind(now[:, -1].reshape(layout.width, -1))
    expected[:, -1] = (baseline.flat[:, None] * layout.per_cell(rows)).reshape(expected[:, -1].shape)
    behind[:, -1] = baseline.flat_rows[:, None, None]
    found = differences(
        layout,
        now.reshape(layout.width, -1),
        expected.reshape(layout.width, -1),
        behind.reshape(len(layout), -1),
        of.ranks.chosen(series, cells),
    )
    by_view = (len(layout), *shape)
    by_channel = (len(layout), CHANNELS, *shape)
    return Differences(
        found.x.reshape(by_channel),
        found.null.reshape(by_channel),
        found.effect.reshape(by_view),
        found.usual.reshape(by_view),
        found.n.reshape(by_view),
    )


def _held_back(of: Calibration, series: Series, difference: Differences) -> Floats:
    """float32[S, B, M]: the effect that the last span but one may still hold."""
    part, _ = of.layout.chosen(series)
    last_but_one = max(len(of.scales) - 2, 0)
    of_span = [
        Differences(
            x=difference.x[:, :, b, last_but_one],
            null=difference.null[:, :, b, last_but_one],
            effect=difference.effect[:, b, last_but_one],
            usual=difference.usual[:, b, last_but_one],
            n=difference.n[:, b, last_but_one],
        )
        for b in range(of.baselines)
    ]
    return np.stack([within_reach(part, each) for each in of_span], axis=1)


def _surprises(of: Calibration, series: Series, difference: Differences) -> Floats:
    """-log10 p of all views, [S, 3, B, K, M]."""
    surprise = np.zeros_like(difference.x)
    for number, (channel, pool) in enumerate(of.layout.chosen(series)[0].pools()):
        if pool.any():
            view = of.usual.view(channel, series[pool])
            z = view.standardised(difference.x[pool, channel], difference.null[pool, channel])
            for b, place in np.ndindex(z.shape[1:3]):
                surprise[pool, channel, b, place] = view.surprise(z[:, b, place], of.tail(b, number, place))
    return np.minimum(surprise, _MOST, out=surprise)


def _leading(has: npt.NDArray[np.bool_], n: Floats, order: Floats) -> Views:
    """Which view comes first in each window: (row, channel, baseline, place of the scale, window), each [S, M]."""
    known = has.transpose(0, 2, 1)[..., None, None] & (n > 0)[:, None]
    series, channels, baselines, scales, windows = order.shape
    ranked = np.where(known, order, -np.inf).transpose(0, 3, 2, 1, 4).reshape(series, -1, windows)
    place, b, channel = np.unravel_index(ranked.argmax(axis=1), (scales, baselines, channels))
    row, column = np.ogrid[:series, :windows]
    return row, channel, b, place, column


def _threshold(of: Calibration, series: Series, at: Views, leading: tuple[Floats, ...]) -> Floats:
    """The effect at which the leading views' x, null and effect, each [S, M], would pass the level."""
    row, channel, b, place, _ = at
    levels, mine = np.unique(of.level - of.bonus[series], return_inverse=True)
    tails = [[tail.deviation(level) for level in levels.tolist()] for tail in of.tails]
    by_view = np.array(tails, np.float32).reshape(of.baselines, POOLS, len(of.scales), -1)
    is_share = (of.layout.kinds[series] == SeriesKind.SHARE)[:, None]
    deviation = by_view[b, np.where(is_share, POOLS - 1, channel), place, mine[:, None]]
    where = (series[row], b, channel, place)
    usual = (of.usual.overdispersion[where], of.usual.median[where], of.usual.spread[where])
    x, null, effect = (each[..., None] for each in leading)
    divergence, signed = (
        View(kind, *usual).effect_at(deviation[..., None], x, null, effect)[..., 0] for kind in (DIVERGENCE, SHIFT)
    )
    return np.where(channel == DIVERGENCE, divergence, signed)
