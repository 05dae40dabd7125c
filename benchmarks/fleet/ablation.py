"""Which idea brought what: the rule without one idea at a time, on the seeds it was built with; rewrites README.md.

    python benchmarks/fleet/ablation.py [IDEA ...] [--seed 0] [--seeds 6] [--json]

Realised over budget says what an idea does for the promise. Delays say what it does for what is found; a rule that
raises more false incidents is sooner, too, so levels are moved by as much as makes the false incidents at a budget of
2 as many as those of the whole.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import watched
from delays import HORIZON, SHIFTS, Found, together
from simulator import WEEK, Fleet
from watched import DAY, LONGEST, Week, calibrated, played, surprises, weeks

from measuring import machine
from seamark.stats import alarms, calibration, channels, scoring, usual
from seamark.stats.channels import Layout
from seamark.stats.usual import Usual

HERE = Path(__file__).parent
BUDGETS = (1, 2, 5, 10)
JUDGED = BUDGETS.index(2)
TEST_WEEKS = 12
MONTHS = TEST_WEEKS * 7 / 30
FLEET: dict[str, Any] = {"numeric": 45, "categorical": 9, "ratio": 6}
SHOWN = ("mean + 0.3 sd", "mean + 1.0 sd", "spread times 1.3", "categories, log-odds 0.3", "ratio, log-odds 0.6")
_STEPS = 14

Changed = Sequence[tuple[object, str, Any]]


def views_without(baseline: int) -> Callable[..., Any]:
    plain = Layout.views

    def views(self: Layout, baselines: int, seasonal: Any) -> Any:
        found = plain(self, baselines, seasonal)
        if baselines > 1:
            found[:, baseline] = False
        return found

    return views


def channels_without(*left_out: int) -> Callable[[Layout], Any]:
    plain = Layout.has

    def has(self: Layout) -> Any:
        found = plain(self)
        several = found.sum(axis=1) > 1
        found[np.ix_(several, left_out)] = False
        return found

    return has


def pooled_as_one(self: Layout) -> Any:
    every = np.ones(len(self), np.bool_)
    return [*((channel, every) for channel in range(channels.CHANNELS)), (channels.SHIFT, ~every)]


def trusting(which: Callable[[Any, Any], Any]) -> Callable[[int, float], Any]:
    """`calibration._trust`, but that a part is told by other ones."""

    def trust(count: int, weeks_a_part: float) -> Any:
        place = np.arange(count)
        apart = np.abs(place[:, None] - place)
        told = which(apart, place)
        after = calibration.FORGETTING ** ((count - 1 - place) * weeks_a_part)
        of_parts = np.where(told, calibration.FORGETTING ** (np.maximum(apart - 1, 0) * weeks_a_part), 0)
        return np.concatenate([after[None], of_parts]).astype(np.float32)

    return trust


def never_left_out(x: Any, null: Any, layout: Layout, alike: Any, windows: Any, *rest: Any) -> Usual:
    return usual.learn_spreads(x, null, layout, alike, np.ones_like(windows), *rest)


def as_sampling_alone(x: Any, *_others: Any) -> Usual:
    nothing = np.zeros(x.shape[:-1], np.float32)
    return Usual(nothing, nothing, nothing + 1)


def as_it_is(effect: Any, _within_reach: Any) -> Any:
    return effect


def ends_1_5_below(levels: Any, _noise: float) -> Any:
    return levels - np.float32(1.5)


def of_scale(*spans: int) -> Callable[[int, int], tuple[int, ...]]:
    return lambda _a_day, _windows: spans


IDEAS: dict[str, Changed] = {
    "the whole": (),
    "no season: one average for all hours": ((watched, "PERIOD", 1),),
    "the season alone: no average over all hours": ((Layout, "views", views_without(1)),),
    "divergence alone: no shift, no spread": ((Layout, "has", channels_without(channels.SHIFT, channels.SPREAD)),),
    "no spread": ((Layout, "has", channels_without(channels.SPREAD)),),
    "spans of an hour alone": ((calibration, "scales_for", of_scale(1)),),
    "spans of a day alone": ((calibration, "scales_for", of_scale(DAY)),),
    "no week": ((calibration, "scales_for", of_scale(1, 6, DAY)),),
    "a week counts however long mended": ((calibration, "lasting", as_it_is), (scoring, "lasting", as_it_is)),
    "no cross-fit of spreads": ((calibration, "learn_spreads", never_left_out),),
    "weeks compared with those on both sides": ((calibration, "_trust", trusting(lambda apart, _: apart > 0)),),
    "weeks compared with a mean they are in": ((calibration, "_trust", trusting(lambda apart, _: apart >= 0)),),
    "no spread of its own: as if rows were independent": ((calibration, "learn_spreads", as_sampling_alone),),
    "no shrinking of spreads toward those of other series": ((usual, "_PRIOR_WINDOWS", 0.0),),
    "shares pooled with other series": ((Layout, "pools", pooled_as_one),),
    "any effect matters": ((watched, "SMALLEST", dict.fromkeys(watched.SMALLEST, 0.0)),),
    "an alarm ends 1.5 below its level, noise or not": (
        (alarms, "ends_of", ends_1_5_below),
        (watched, "ends_of", ends_1_5_below),
    ),
}


@dataclass(frozen=True)
class Without:
    """What the rule without an idea did on the fleets."""

    realised: list[float]  # incidents a month, by budget
    moved: float  # of the levels, for the false incidents of the whole
    delays: dict[str, float | None]  # median hours; None where most are not seen


@contextmanager
def without(idea: str) -> Iterator[None]:
    patches = [patch.object(owner, name, value) for owner, name, value in IDEAS[idea]]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def incidents(fleets: Sequence[Sequence[Week]], budget: int, moved: float = 0.0) -> int:
    return sum(played([_moved(week, moved) for week in of], budget).incidents for of in fleets)


def _moved(week: Week, by: float) -> Week:
    return replace(week, levels=week.levels + np.float32(by), ends=week.ends + np.float32(by))


def measured(idea: str, seeds: Sequence[int], wanted: int | None) -> tuple[Without, int]:
    """And how many false incidents it had at the judged budget; `wanted` are those of the whole."""
    watched_weeks, found = [], Found()
    simulated = [Fleet(seed, LONGEST + TEST_WEEKS, **FLEET) for seed in seeds]
    quiet = [fleet.counts().astype(np.float32) for fleet in simulated]
    with without(idea):
        for fleet, counts in zip(simulated, quiet, strict=True):
            watched_weeks.append(weeks(fleet, counts, (LONGEST,), BUDGETS)[LONGEST])
        own = incidents(watched_weeks, JUDGED)
        moved = 0.0 if wanted is None else _tuned(watched_weeks, wanted)
        for fleet, counts in zip(simulated, quiet, strict=True):
            _delays(fleet, counts, moved, found)
    realised = [incidents(watched_weeks, place) / MONTHS / len(seeds) for place in range(len(BUDGETS))]
    hours = {shift.name: float(np.median(found.of(shift))) for shift in SHIFTS if shift.name in SHOWN}
    delays = {name: each if np.isfinite(each) else None for name, each in hours.items()}
    return Without(realised, moved, delays), own


def _tuned(fleets: Sequence[Sequence[Week]], wanted: int) -> float:
    """By how much to move levels for so many incidents at the judged budget."""
    low, high = -1.5, 6.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if incidents(fleets, JUDGED, middle) > wanted:
            low = middle
        else:
            high = middle
    return high


def _delays(fleet: Fleet, quiet: np.ndarray, moved: float, found: Found) -> None:
    begin = LONGEST * WEEK
    hour = begin + DAY + int(np.random.default_rng([fleet.seed, 13]).integers(WEEK))
    learned, levels = calibrated(fleet, quiet, 0, LONGEST, [BUDGETS[JUDGED]])
    window, kinds = slice(hour - WEEK, hour + HORIZON), np.array(fleet.kinds)
    for at_once in together():
        changes = {kind: shift.after(WEEK) for kind, shift in at_once.items()}
        counts = np.concatenate([quiet[:, : window.start], fleet.counts(changes, window).astype(np.float32)], axis=1)
        surprise = surprises(learned, counts, hour, counts.shape[1])
        before = surprises(learned, counts, hour - DAY, hour)
        for kind, shift in at_once.items():
            mine = kinds == kind
            found.add(shift, before[mine], surprise[mine], levels[0] + moved)


def table(results: dict[str, Without], seeds: Sequence[int], about: str) -> str:
    title = (
        f"**The rule without one idea at a time** (fleets of 60 series, 8 weeks of history, seeds {seeds[0]} to "
        f"{seeds[-1]}, which are those of building; realised over budget, then median hours until a shift is seen, at "
        "levels moved so that a budget of 2 has as many false incidents as that of the whole)"
    )
    columns = [*(f"budget {each}" for each in BUDGETS), "levels moved", *SHOWN]
    lines = [title, "", f"| without | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
    for idea, of in results.items():
        ratios = [f"{each / budget:.2f}" for each, budget in zip(of.realised, BUDGETS, strict=True)]
        hours = [f"{each:.0f} h" if each is not None else "not in 3 weeks" for each in map(of.delays.get, SHOWN)]
        lines.append(f"| {idea} | {' | '.join(ratios)} | {of.moved:+.2f} | {' | '.join(hours)} |")
    return "\n".join([*lines, "", about])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ideas", nargs="*", default=list(IDEAS), help="some of those in the table")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--json", action="store_true", help="print the figures and leave README.md as it is")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.seeds)
    results: dict[str, Without] = {}
    wanted = None
    for idea in dict.fromkeys(["the whole", *asked.ideas]):
        results[idea], own = measured(idea, seeds, wanted)
        wanted = own if wanted is None else wanted
        print(idea, results[idea], file=sys.stderr, flush=True)
    if asked.json:
        print(json.dumps({idea: [of.realised, of.moved, of.delays] for idea, of in results.items()}, indent=1))
        return
    readme = HERE / "README.md"
    before, rest = readme.read_text("utf-8").split("<!-- ablation -->", 1)
    after = rest.split("<!-- /ablation -->", 1)[1]
    text = table(results, seeds, f"{machine('numpy')}.")
    readme.write_text(f"{before}<!-- ablation -->\n{text}\n<!-- /ablation -->{after}", "utf-8")


if __name__ == "__main__":
    main()
