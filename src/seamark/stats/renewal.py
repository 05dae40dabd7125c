"""A history before a change that was accepted, as it would have been after it: the new normal at once.

What people accept is where the distribution lies now, not that it may lie anywhere. So the windows before the onset
are kept, with their season and all they say about how far such traffic strays, and their rows are only moved: from
the cells they would lie in now, had nothing changed at these same hours, to those they do lie in. Bins of a number
keep their order (what was low stays low: the monotone coupling, which is exact where every value moved by the same
rule), of categories and shares as few rows move as possible. Each row moves by itself, at random, or windows would
have less noise after it than windows have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.calibration import History
from seamark.stats.channels import Floats, Layout, SeriesKind
from seamark.stats.seasonal import Baseline, gather

_PRIOR_ROWS: Final = 20.0  # of the old normal, that the new one is mixed with
_TINY: Final = 1e-12
_SEASON_WEEKS: Final = 3  # of history, before hours of the week are compared, not of the day

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Some series' normal is what they are in the windows `first`..`last` - 1; those before are moved there."""

    series: Bools  # [S]
    first: int
    last: int


def renewed(history: History, accepted: Sequence[Acceptance]) -> tuple[History, Floats]:
    """(the history, rows since the onset [S]) after what was accepted, the oldest first.

    Windows are moved where both sides of an onset have some that may teach. The rows are inf for all other series.
    """
    rows = np.full(len(history.layout), np.inf, np.float32)
    period = history.windows_a_day * (7 if history.weeks >= _SEASON_WEEKS else 1)
    for each in accepted:
        history, since = _renewed(history, each, period)
        rows = np.minimum(rows, since)
    return history, rows


def _renewed(history: History, accepted: Acceptance, period: int) -> tuple[History, Floats]:
    layout, calendar, chosen = history.layout, history.calendar, accepted.series
    of, cells = Layout(layout.kinds[chosen], layout.sizes[chosen]), np.repeat(chosen, layout.sizes)
    before, since = slice(0, accepted.first), slice(accepted.first, accepted.last)
    mine, teach = history.counts[cells], history.used[chosen].astype(np.float32)
    gathered = gather(of, mine[:, before], calendar[before], teach[:, before], period=period)
    old = Baseline.of(of, gathered, calendar.a_day)
    taught = mine[:, since] * of.per_cell(teach[:, since])
    now, then = taught.sum(axis=1), _expected(of, old, taught, calendar.slot[since])
    behind = of.sizes_behind(np.stack([now, then], axis=1))
    known = (behind > 0).all(axis=1)
    moved = _moved(of, mine[:, before], now, then)
    counts = history.counts.copy()
    counts[cells, before] = np.where(np.repeat(known, of.sizes)[:, None], moved, mine[:, before])
    rows = np.full(len(layout), np.inf, np.float32)
    rows[chosen] = np.where(known, behind[:, 0], np.inf)
    return replace(history, counts=counts), rows


def _expected(layout: Layout, old: Baseline, counts: Floats, slot: npt.NDArray[np.int64]) -> Floats:
    """float32[T]: what these windows together would hold, had nothing changed."""
    season, _ = old.expected(layout, layout.sizes_behind(counts), slot)
    return np.asarray(season.sum(axis=1))


def _moved(layout: Layout, counts: Floats, now: Floats, then: Floats) -> Floats:
    """float32[T, M] windows whose rows moved from where `then` has them to where `now` has them."""
    found, chance = counts.copy(), np.random.default_rng(0)
    for kind, first, last in zip(
        layout.kinds.tolist(), layout.offsets[:-1].tolist(), layout.offsets[1:].tolist(), strict=True
    ):
        cells = slice(first, last)
        if kind == SeriesKind.VALUE:  # the mean moves: the first cell is a sum, the second a number
            shift = now[first] / max(now[last - 1], 1) - then[first] / max(then[last - 1], _TINY)
            found[first] = counts[first] + shift * counts[last - 1]
        elif now[cells].sum() > 0 and then[cells].sum() > 0:
            old = then[cells] / then[cells].sum()
            new = now[cells] + _PRIOR_ROWS * old
            found[cells] = _sent(
                counts[cells], coupling(old, new / new.sum(), ordered=kind == SeriesKind.ORDERED), chance
            )
    return found


def coupling(old: Floats, new: Floats, *, ordered: bool) -> Floats:
    """float64[K, K]: which share of each cell's rows goes where, so that `old` shares become `new` ones.

    Of ordered cells the monotone one, which is optimal transport on a line; of others the one that moves least.
    """
    source, target = (each.astype(np.float64) + _TINY for each in (old, new))
    if ordered:
        ends, new_ends = np.cumsum(source)[:, None], np.cumsum(target)
        overlap = np.minimum(ends, new_ends) - np.maximum(ends - source[:, None], new_ends - target)
        moves = np.maximum(overlap, 0)
    else:
        missing, surplus = np.maximum(target - source, 0), np.maximum(source - target, 0)
        moves = np.diag(np.minimum(source, target)) + np.outer(surplus, missing / max(missing.sum(), _TINY))
    total = moves.sum(axis=1, keepdims=True)
    return np.where(total > 0, moves / np.maximum(total, _TINY * _TINY), np.eye(len(source)))


def _sent(counts: Floats, moves: Floats, chance: np.random.Generator) -> Floats:
    """float32[K, M] counts after each row of cell k went to cell j with probability moves[k, j]."""
    whole = np.rint(counts).astype(np.int64)
    sent = np.sum([chance.multinomial(cell, to) for cell, to in zip(whole, moves, strict=True)], axis=0).T
    return np.asarray(sent * (counts.sum(axis=0) / np.maximum(sent.sum(axis=0), 1)), dtype=np.float32)
