"""What came true, judged: metrics of complete windows against their tolerances, gathered over windows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.evaluate import blank
from seamark.detect.tolerated import LEARNED, is_estimated, late_place, sequential, shape_of
from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.sequential import gathered_over, level_of
from seamark.stats.tolerance import evidence

Floats = NDArray[np.float64]

EPOCH_US: Final = 28 * DAY_US
_CLEARS_AT: Final = 0.2  # of the logarithm of the level
_CARRIED: Final = 3.0  # above the logarithm of the level, at most: what an alarm has to lose until it ends
_FIELDS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What N windows of one scope, ascending, say of M monitors.

    `figures` float64[M, N, 4] are the windows' metrics as `stats.tolerance` takes them, `daily` those of the whole day
    in the last window of a day whose windows are all complete, else NaN. `missing` float64[N] is the share of expected
    outcomes that have not come, of `due` float64[N] predictions; NaN while they may yet come.
    """

    windows: Sequence[Window]
    complete: NDArray[np.bool_]
    figures: Floats
    daily: Floats
    missing: Floats
    due: Floats

    def known(self, monitor: Monitor) -> NDArray[np.bool_]:
        """bool[N]: which windows a monitor can be judged in."""
        return np.ones(len(self.windows), dtype=np.bool_) if is_estimated(monitor) else self.complete


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Of M monitors in N windows: how strong the evidence is, as a share of what alarms, and the windows it is of."""

    share: Floats
    log_mean: Floats
    spans: NDArray[np.int64]


def begin_of_evidence(window_start_us: int) -> int:
    """From where on windows have a say in what is said of the one that starts then.

    The beginning of the 28 days before the 28 days in which it lies: so what is said of a window is a function of the
    windows in that reach, whenever and in whatever steps they are judged. A later beginning never alarms sooner.
    """
    return (window_start_us // EPOCH_US - 1) * EPOCH_US


def gather(monitors: Sequence[Monitor], told: Told, options: ModelOptions, scopes: int) -> Gathered:
    """The evidence against each tolerance after each window; `scopes` of as many monitors share the budget."""
    size = (len(monitors), len(told.windows))
    found = Gathered(np.zeros(size), np.full(size, -np.inf), np.ones(size, dtype=np.int64))
    watched = list(sequential(monitors))
    if not watched or not told.windows:
        return found
    length_us = told.windows[0].length_us
    pieces, levels = [], []
    for place, monitor in watched:
        learned = monitor.baseline == LEARNED or is_estimated(monitor)
        figures = (told.daily if learned else told.figures)[place]
        higher, tolerance = monitor.better == "higher", monitor.rule.fire
        shape = shape_of(monitor, options)
        said = evidence(figures, shape, tolerance, higher=higher, fewest=options.min_rows)
        said[~told.known(monitor)] = np.nan
        pieces.append(said)
        hours = max(DAY_US if learned else 0, length_us) / HOUR_US
        level = level_of(options.budget, window_hours=hours, series=scopes * len(watched))
        levels.append(math.log(max(level, math.e)))
    places, limits = [place for place, _ in watched], np.array(levels)
    means, spans = _by_epoch(np.stack(pieces), told.windows, float(limits.max()) + _CARRIED)
    found.log_mean[places], found.spans[places] = means, spans
    found.share[places] = np.maximum(means, 0.0) / limits[:, None]
    return found


def _by_epoch(pieces: Floats, windows: Sequence[Window], highest: float) -> tuple[Floats, NDArray[np.int64]]:
    starts = np.array([window.start_us for window in windows])
    means, spans = np.full(pieces.shape[:2], -np.inf), np.ones(pieces.shape[:2], dtype=np.int64)
    for epoch in np.unique(starts // EPOCH_US).tolist():
        first, own, last = np.searchsorted(starts, [(epoch - 1) * EPOCH_US, epoch * EPOCH_US, (epoch + 1) * EPOCH_US])
        found = gathered_over(pieces[:, first:last], highest)
        means[:, own:last], spans[:, own:last] = (each[:, own - first :] for each in found)
    return means, spans


def judged(
    monitors: Sequence[Monitor],
    told: Told,
    evidence: Gathered,
    number: int,
    pooled: Mapping[int, Floats],
) -> dict[str, NDArray[np.generic]]:
    """The arrays of an evaluation block of the window with this number.

    `pooled` has, by place, float64[4] of the windows that the evidence of an alarm is of; it is what is shown of one.
    """
    arrays = {name: array.copy() for name, array in blank(len(monitors)).items()}
    arrays |= {"now": np.full(len(monitors), np.nan), "span": np.ones(len(monitors), dtype=np.int16)}
    for place, monitor in sequential(monitors):
        arrays["threshold"][place] = monitor.rule.fire
        if not told.known(monitor)[number]:
            arrays["status"][place] = Status.AWAITED
            continue
        shown, status = pooled.get(place, told.figures[place, number]), status_of(evidence.share[place, number])
        if np.isfinite(shown[0]):
            arrays["status"][place] = status
            arrays["value"][place] = arrays["effect"][place] = arrays["now"][place] = shown[0]
            arrays["n"][place] = shown[3]
        arrays["exceedance"][place] = evidence.share[place, number]
        arrays["p"][place] = math.exp(min(-evidence.log_mean[place, number], 0.0))
        if status is not Status.OK:
            arrays["span"][place] = evidence.spans[place, number]
    late = late_place(monitors)
    if late is not None:
        _put_late(arrays, late, monitors[late], told, number)
    return arrays


def status_of(share: float) -> Status:
    """What evidence says that is such a share of what alarms."""
    return Status.BREACH if share >= 1 else Status.ELEVATED if share >= _CLEARS_AT else Status.OK


def _put_late(arrays: dict[str, NDArray[np.generic]], place: int, monitor: Monitor, told: Told, number: int) -> None:
    value, rule = float(told.missing[number]), monitor.rule
    arrays["threshold"][place] = rule.fire
    if not math.isfinite(value):
        arrays["status"][place] = Status.AWAITED
        return
    value = round(value, 2)  # what is expected moves a little every hour, and is worth no new block
    status = Status.BREACH if value >= rule.fire else Status.ELEVATED if value >= rule.clear else Status.OK
    enough = told.due[number] >= rule.min_n
    said = {"value": value, "effect": value, "exceedance": value / rule.fire, "n": np.rint(told.due[number])}
    for name, each in (said | {"status": status if enough else Status.INSUFFICIENT}).items():
        arrays[name][place] = each
