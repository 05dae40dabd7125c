"""What learned thresholds compare each signal with, and why: a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seamark.detect.monitors import TRAFFIC
from seamark.detect.scoped import ScopedPlan
from seamark.records.options import ModelOptions
from seamark.stats.channels import Floats, SeriesKind
from seamark.stats.seasonal import Baseline

_SEASON_WEEKS = 3  # of history, before every hour of the week has a profile of its own
_SLOTS = {24: "hour", 4: "6 hours", 1: "day"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A model's baseline: which, after how many days its season repeats itself (0 for none), and why."""

    kind: str
    season_days: int
    why: str


def choose(options: ModelOptions, weeks: float, windows_a_day: int) -> Choice:
    """What the owner asked for, or the longest season that so many weeks of history hold."""
    found = _chosen(options, weeks, windows_a_day)
    others = "".join(f"; {signal}: {kind}" for signal, kind in sorted(options.baselines.items()))
    return replace(found, why=found.why + others)


def _chosen(options: ModelOptions, weeks: float, windows_a_day: int) -> Choice:
    wanted = options.baseline
    if wanted == "static":
        return Choice(wanted, 0, "the reference, as configured")
    if wanted == "rolling":
        return Choice(wanted, 0, "recent weeks, the newer the more, as configured")
    asked = "as configured" if wanted == "seasonal" else "chosen automatically"
    held = f"{weeks:.1f} weeks of history"
    slot = _SLOTS.get(windows_a_day, f"{24 // windows_a_day} hours")
    if weeks >= _SEASON_WEEKS:
        return Choice("seasonal", 7, f"each {slot} of the week, {asked}: {held} hold it")
    if windows_a_day > 1:
        return Choice("seasonal", 1, f"each {slot} of the day, {asked}: {held} do not hold a week yet")
    return Choice("rolling", 0, f"recent days, {asked}: {held} do not hold a season yet")


def season_days(options: ModelOptions, weeks: float, windows_a_day: int) -> int:
    """After how many days the season of any of the model's signals repeats itself; 0 if none has one."""
    kinds = {options.baseline, *options.baselines.values(), _kind(TRAFFIC, options)}
    if not kinds & {"auto", "seasonal"}:
        return 0
    return 7 if weeks >= _SEASON_WEEKS else int(windows_a_day > 1)


def stated(
    plan: ScopedPlan, options: ModelOptions, reference: Floats, taught: NDArray[np.bool_]
) -> tuple[Baseline, NDArray[np.bool_]]:
    """The static baseline and, as bool[S], which series have no season.

    `reference` float32[T] are the cells of the reference. It is also what a series is compared with that no window has
    `taught` bool[S] anything: all of them stand in the shadow of an alert nobody has answered. It says nothing of
    segments, which differ from it for good, nor of values; these are compared with their own average instead.
    """
    layout, of_whole = plan.layout, plan.whole.layout
    kinds = np.array([_kind(monitor.signal, options) for _, monitor in plan.of_series])
    kept = ((kinds == "static") | ~taught) & (layout.kinds != SeriesKind.VALUE)
    kept[len(of_whole) :] = False
    cells = np.where(np.repeat(kept, layout.sizes), reference, np.float32(0))
    return Baseline.of(layout, cells[:, None], 1), np.isin(kinds, ("static", "rolling"))


def _kind(signal: str, options: ModelOptions) -> str:
    """A signal's baseline; that of traffic, of which a reference says nothing, is its season unless stated."""
    return options.baselines.get(TRAFFIC, "seasonal") if signal == TRAFFIC else options.baseline_of(signal)
