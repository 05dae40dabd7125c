"""The bins people see: even steps of round numbers, unlike the even masses that distances compare."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import numpy as np

from seamark.compare.chunks import Column, Counts, Floats, Reading
from seamark.compare.evidence import Bars
from seamark.stats.binning import NumericBins

FEW: Final = 12  # distinct values, or bins, that are shown one by one with their names
_STEPS: Final = 24  # across the reference's middle 99 %
_TRUTH: Final = {"= 0": "false", "= 1": "true"}
_TAIL: Final = 0.0015  # of the rows
_BEYOND: Final = 12  # further steps on either side, for what the current data may do
_ROUND: Final = np.array([1.0, 2.0, 2.5, 5.0, 10.0])
_FINEST: Final = 1e-12  # of a value's size; bins finer than that would run into its last digits
_SMALLEST: Final = 1e-290
_LARGEST: Final = 1e290
_DAY_SECONDS: Final = 86_400.0
_TIME_STEPS: Final = np.array([1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 21_600.0, _DAY_SECONDS])
_LATEST: Final = 253_402_300_799.0  # the end of the year 9999
_EARLIEST: Final = -62_135_596_800.0  # the beginning of the year 1


def picture_bins(ordered: Floats, quantiles: NumericBins, *, times: bool = False) -> NumericBins:
    """Even bins of a round width over ascending finite numbers; `quantiles` where there are few distinct ones.

    What lies beyond the reference has bins too, so that a shift is seen and not piled up at the border.
    """
    if np.count_nonzero(ordered[1:] != ordered[:-1]) < FEW:
        return quantiles
    aside = len(ordered) // 200
    low, high = float(ordered[aside]), float(ordered[-1 - aside])
    if low == high:
        low, high = float(ordered[0]), float(ordered[-1])
    furthest = max(abs(low), abs(high))
    if not furthest * _FINEST < high - low or not _SMALLEST < high - low < furthest * 2.1 < _LARGEST:
        return quantiles  # a single value, or numbers too extreme to reckon with
    width = _round_width((high - low) / _STEPS, times=times)
    if quantiles.whole:
        width = float(np.ceil(width))  # or bins of 2 and of 3 integers would alternate like a comb
    edges = width * np.arange(np.floor(low / width) - _BEYOND, np.ceil(high / width) + _BEYOND + 1)
    edges[edges == ordered[-1]] = np.nextafter(ordered[-1], np.inf)  # no bin for the maximum alone
    return NumericBins(np.unique(edges + 0.0), whole=quantiles.whole)


def without_tails(bins: NumericBins, reference: Counts, current: Counts) -> NumericBins:
    """The same bins, those far out in one as long as they hold next to nothing of either side."""
    shares = np.maximum(reference / max(int(reference.sum()), 1), current / max(int(current.sum()), 1))
    if not shares.any() or len(bins.edges) < 3:
        return bins
    first = int(np.argmax(np.cumsum(shares) > _TAIL))
    last = len(shares) - 1 - int(np.argmax(np.cumsum(shares[::-1]) > _TAIL))
    low, high = max(first - 1, 0), min(last, len(bins.edges) - 1)
    return NumericBins(bins.edges[low : high + 1], whole=bins.whole) if low < high else bins


def draw_bars(column: Column, bins: NumericBins, reference: Counts, current: Counts) -> Bars:
    """Both sides in these bins, the outer ones only where they hold something; of few bins only those that do."""
    used = np.flatnonzero(reference + current)
    if not len(used):
        return Bars.none()
    with np.errstate(over="ignore"):  # of the largest float's neighbour
        labels = _label_times(bins) if column.reading is Reading.TIME else bins.labels()
    if column.boolean:
        labels = [_TRUTH.get(label, label) for label in labels]
    kept = used if len(used) <= FEW else np.arange(used[0], used[-1] + 1)
    shown = tuple(labels[at] for at in kept.tolist())
    return Bars(shown, bins.lows()[kept], bins.highs()[kept], reference[kept], current[kept])


def _label_times(bins: NumericBins) -> list[str]:
    """Labels of bins of seconds since 1970: as short as keeps the days, or the minutes, apart."""
    names = [_moment(edge, days=bool((np.diff(bins.edges) >= _DAY_SECONDS).all())) for edge in bins.edges.tolist()]
    between = [f"{low} \N{EN DASH} {high}" for low, high in pairwise(names)]
    return [f"< {names[0]}", *between, f"≥ {names[-1]}"]


def _round_width(width: float, *, times: bool) -> float:
    if times and width > _TIME_STEPS[-1]:
        return _round_width(width / _DAY_SECONDS, times=False) * _DAY_SECONDS
    if times and width > _TIME_STEPS[0]:
        return float(_TIME_STEPS[np.searchsorted(_TIME_STEPS, width)])
    power = 10.0 ** np.floor(np.log10(width))
    return float(_ROUND[np.searchsorted(_ROUND, width / power)] * power)


def _moment(seconds: float, *, days: bool) -> str:
    moment = datetime.fromtimestamp(min(max(seconds, _EARLIEST), _LATEST), UTC)
    # Not strftime, whose years before 1000 have fewer digits on some systems.
    return moment.date().isoformat() if days else moment.replace(tzinfo=None).isoformat(" ", "minutes")
