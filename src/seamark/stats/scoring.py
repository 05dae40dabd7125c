"""Windows judged by a calibration: how surprising, and what that is in the units people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.calibration import Calibration
from seamark.stats.channels import CHANNELS, Differences, Floats, differences, trailing

_BEHIND: Final = np.float32(1e6)  # more than any surprise

Slots = npt.NDArray[np.int64]


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


def score(calibration: Calibration, counts: Floats, slot: Slots, first: int) -> Scores:
    """Judge the windows `first`.. of float32[T, N] consecutive ones; those before only complete their spans."""
    shape = (len(calibration.layout), counts.shape[1] - first)
    found = Scores(
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        np.full(shape, np.inf, np.float32),
        np.ones(shape, np.int16),
        np.zeros(shape, np.int8),
        np.zeros(shape, np.float32),
    )
    for block in calibration.layout.blocks(shape[1]):
        _Block(calibration, block, counts, slot, first).into(found)
    return found


class _Block:
    """Some series, all views."""

    def __init__(self, of: Calibration, block: tuple[int, int], counts: Floats, slot: Slots, first: int) -> None:
        self._of, self._block, self._first = of, slice(*block), first
        layout, cells = of.layout.part(*block)
        self._layout = layout
        self._counts = counts[cells]
        self._n = layout.sizes_behind(self._counts)
        self._ranks = of.ranks.part(of.layout, *block)
        self._baseline = of.baseline.part(of.layout, *block)
        self._at = self._baseline.at(slot)
        self._season = self._baseline.slots[:, self._at] * layout.per_cell(self._n) if of.baselines > 1 else None

    def into(self, found: Scores) -> None:
        """Write the scores of these series."""
        best = np.full((len(self._layout), self._counts.shape[1] - self._first), -np.inf, np.float32)
        for place, scale in enumerate(self._of.scales):
            now = trailing(self._counts, scale, self._first)
            for b in range(self._of.baselines):
                difference = self._against(b, scale, now)
                for channel in range(CHANNELS):
                    self._look(best, found, difference, (b, place, channel))

    def _against(self, b: int, scale: int, now: Floats) -> Differences:
        if b == 0 and self._season is not None:
            expected = trailing(self._season, scale, self._first)
            behind = trailing(self._baseline.slot_rows[:, self._at], scale, self._first)
        else:
            rows = trailing(self._n, scale, self._first)
            expected = self._baseline.flat[:, None] * self._layout.per_cell(rows)
            behind = np.broadcast_to(self._baseline.flat_rows[:, None], rows.shape)
        return differences(self._layout, now, expected, behind, self._ranks)

    def _look(self, best: Floats, found: Scores, difference: Differences, view_at: tuple[int, int, int]) -> None:
        """Let one view lead where it is the most surprising so far; what matters comes before what does not."""
        b, place, channel = view_at
        of, block = self._of, self._block
        smallest, bonus = of.smallest[block, None], of.bonus[block, None]
        view, tail = of.usual.view(channel, block, b, place), of.tail(b, channel, place)
        x, null = difference.x[:, channel], difference.null[:, channel]
        z = view.standardised(x, null)
        surprise = view.surprise(z, tail)
        matters = (difference.effect >= smallest) & (surprise > 0)
        known = self._layout.has()[:, channel, None] & (difference.n > 0)
        order = np.where(known, np.where(matters, surprise, surprise - _BEHIND), -np.inf)
        leads = order > best
        if not leads.any():
            return
        best[leads] = order[leads]
        levels, inverse = np.unique(of.level - bonus, return_inverse=True)
        deviation = np.array([tail.deviation(float(level)) for level in levels], np.float32)[inverse].reshape(-1, 1)
        threshold = view.effect_at(z, deviation, x, null, difference.effect)
        for array, value in (
            (found.surprise, np.where(matters, np.maximum(surprise + bonus, 0), 0)),
            (found.effect, difference.effect),
            (found.threshold, np.maximum(threshold, smallest)),
            (found.scale, of.scales[place]),
            (found.channel, channel),
            (found.n, difference.n),
        ):
            array[block] = np.where(leads, value, array[block])
