"""Slow trends on simulated fleets: false alarms on quiet ones, delay for ramps, cost; rewrites README.md's table.

    python benchmarks/trends/run.py [PART ...] [--seed 1000] [--seeds 20] [--json]

Parts: quiet, ramps, cost (all, unless named); what earlier runs have measured is kept in results.json. Seeds 0 to 29
were used for building. The fleets are those of benchmarks/fleet, 28 weeks of hours each; a trend is looked for at the
end of every week from the sixth on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "fleet"), str(HERE.parent)]

from simulator import WEEK, Change, Fleet, Levels, _wander
from watched import layout_of

from measuring import machine
from seamark.detect.monitors import monitors_for
from seamark.detect.trends import FEWEST_WEEKS, WEEKS, points_of, trend_plan, weighed
from seamark.records.evaluation import Status
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.stats.binset import BinSet, numeric_signal
from seamark.stats.counter import Counter
from seamark.stats.profile import Profile

LASTS = 28  # weeks
ANCHOR = 4  # weeks that the static reference is made from
RAMP_BEGINS, RAMP_LASTS = 12, 8  # weeks
BUDGET = 2.0
SMALLEST = {"numeric": 0.2, "categorical": 0.05, "ratio": 0.02}  # the product's defaults
SMALL = {"numeric": 35, "categorical": 8, "ratio": 7}
MONTH = 30 / 7  # weeks
KEPT = HERE / "results.json"
Floats = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["quiet", "ramps", "cost"])
    parser.add_argument("--seed", type=int, default=1000, help="the first")
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--json", action="store_true", help="print the figures, too")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.seeds)
    found: dict[str, Any] = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    if "quiet" in asked.parts:
        found["quiet"] = {name: quiet(seeds, **variant) for name, variant in VARIANTS.items()}
    if "ramps" in asked.parts:
        found["ramps"] = {f"{size:g} sd": ramps(seeds, size) for size in (0.2, 0.3, 0.6, 1.0)}
    if "cost" in asked.parts:
        found["cost"] = cost()
    if {"quiet", "ramps"} & set(asked.parts):
        found["seeds"] = [seeds.start, seeds.stop - 1]
    found["machine"] = machine("numpy")
    KEPT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    write(found)
    if asked.json:
        print(json.dumps(found, indent=1))


def weekly_points(fleet: Fleet, change: Change | None = None) -> Floats:
    """float64[S, weeks]."""
    kinds = ("numeric", "categorical", "ratio")
    counts = fleet.counts(dict.fromkeys(kinds, change) if change else None)
    cells = counts.reshape(len(counts), fleet.weeks, WEEK).sum(axis=2).astype(np.float32)
    return points_of(layout_of(fleet), cells, cells[:, :ANCHOR].sum(axis=1))


def verdicts(fleet: Fleet, points: Floats) -> NDArray[np.uint8]:
    """uint8[S, weeks - 5]: the status at the end of each week."""
    smallest = np.array([SMALLEST[kind] for kind in fleet.kinds])
    ends = range(FEWEST_WEEKS, points.shape[1] + 1)
    return np.stack([weighed(points[:, max(end - WEEKS, 0) : end], smallest, BUDGET)[2] for end in ends], axis=1)


def alarms(status: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """bool[S, weeks]: while an alarm lasts, which is until its week is neither breach nor elevated."""
    active = np.zeros(status.shape, np.bool_)
    for week in range(status.shape[1]):
        held = active[:, week - 1] & (status[:, week] == Status.ELEVATED) if week else False
        active[:, week] = (status[:, week] == Status.BREACH) | held
    return active


def quiet(seeds: range, *, change: Change | None = None, **variant: Any) -> dict[str, float]:
    """Alarms of series and incidents (any alarm, where there was none) a month."""
    series = incidents = weeks = 0
    worst = 0
    for seed in seeds:
        fleet = Fleet(seed, LASTS, **variant)
        active = alarms(verdicts(fleet, weekly_points(fleet, change)))
        begun = active & ~np.pad(active, ((0, 0), (1, 0)))[:, :-1]
        any_active = active.any(axis=0)
        of_fleet = int((any_active & ~np.pad(any_active, (1, 0))[:-1]).sum())
        series, incidents, weeks = series + int(begun.sum()), incidents + of_fleet, weeks + active.shape[1]
        worst = max(worst, of_fleet)
        progress("quiet", seed)
    return {
        "alarms_a_month": series * MONTH / weeks,
        "incidents_a_month": incidents * MONTH / weeks,
        "most_incidents_of_a_fleet": worst,
        "months": weeks / MONTH,
    }


def wandering(levels: Levels) -> None:
    """A wander that remembers about a week, .1 sd wide: real, slow, and going nowhere."""
    seed = int(np.abs(levels.shift[0]) * 1e9) % 2**32
    wander = 0.1 * _wander(np.random.default_rng([3, seed]), len(levels.shift), 0.994)
    levels.shift += wander
    levels.odds += wander


VARIANTS: dict[str, dict[str, Any]] = {
    "200 series": {},
    "50 series": SMALL,
    "200 series, 60 % of the wander in common": {"correlation": 0.6},
    "200 series that wander for weeks": {"change": wandering},
}


def ramps(seeds: range, size: float) -> dict[str, float | None]:
    """Every tenth numeric series moves by `size` sd in eight weeks and stays: weeks from its begin to the alarm."""

    def ramp(levels: Levels) -> None:
        hours = np.arange(len(levels.shift))
        levels.shift += size * np.clip((hours - RAMP_BEGINS * WEEK) / (RAMP_LASTS * WEEK), 0, 1)

    delays = []
    for seed in seeds[: max(len(seeds) // 4, 1)]:
        fleet = Fleet(seed, LASTS, **SMALL)
        still, moved = weekly_points(fleet), weekly_points(fleet, ramp)
        numeric = np.flatnonzero(np.array(fleet.kinds) == "numeric")
        active = np.concatenate([_moving(fleet, still, moved, numeric[rest::10]) for rest in range(10)])
        begun = active[:, RAMP_BEGINS - FEWEST_WEEKS + 1 :]
        first = np.where(begun.any(axis=1), begun.argmax(axis=1) + 1.0, np.inf)
        delays += first.tolist()
        progress("ramp", seed)
    found = np.isfinite(delays)
    return {
        "series": len(delays),
        "median_weeks": float(np.median(delays)) if found.mean() > 0.5 else None,
        "found_in_8_weeks": float(np.mean(np.array(delays) <= RAMP_LASTS)),
        "found_in_12_weeks": float(np.mean(np.array(delays) <= RAMP_LASTS + 4)),
    }


def _moving(fleet: Fleet, still: Floats, moved: Floats, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """While the alarms of the `chosen` series last, which move among others that do not."""
    points = still.copy()
    points[chosen] = moved[chosen]
    return alarms(verdicts(fleet, points))[chosen]


def week_seconds(features: int = 60, rows: int = 500) -> float:
    """CPU-seconds to read a week of hourly blocks of one model, and make its points."""
    rng = np.random.default_rng(0)
    reference = rng.normal(size=5_000)
    bin_set = BinSet(tuple(numeric_signal(f"feature.{at}", "feature", reference) for at in range(features)))
    counter = Counter(bin_set)
    counter.add_rows(rows)
    for at in range(features):
        counter.add_numeric(at, rng.normal(size=rows))
    hour = counter.profile()
    monitors = monitors_for(bin_set, Task.UNKNOWN, ModelOptions(), provisional=False)
    plan, payload = trend_plan(bin_set, monitors, hour), hour.to_bytes()
    assert plan is not None
    begin = time.process_time()
    plan.point(Profile.total([Profile.from_bytes(payload, bin_set) for _ in range(WEEK)]))
    return time.process_time() - begin


def cost() -> dict[str, float]:
    """CPU-seconds of one closed week for 10,000 series in 50 models."""
    fleet = Fleet(0, WEEKS)
    counts = fleet.counts().reshape(-1, WEEKS, WEEK).sum(axis=2).astype(np.float32)
    anchor, layout = counts[:, :ANCHOR].sum(axis=1), layout_of(fleet)
    smallest = np.array([SMALLEST[kind] for kind in fleet.kinds])
    points = points_of(layout, counts, anchor)
    weighed(points, smallest, BUDGET)
    models = 50
    begin = time.process_time()
    for _ in range(models):
        points_of(layout, counts[:, -1:], anchor)
    pointed = time.process_time()
    for _ in range(models):
        weighed(points, smallest, BUDGET)
    judged = time.process_time()
    return {"points_seconds": pointed - begin, "judging_seconds": judged - pointed, "week_seconds": week_seconds()}


def progress(part: str, seed: int) -> None:
    if sys.stderr.isatty():
        print(part, seed, file=sys.stderr, flush=True)


def write(found: dict[str, Any]) -> None:
    """The tables in README.md."""
    first, last = found["seeds"]
    lines = [
        f"**Quiet fleets, budget {BUDGET:g} a month** (seeds {first} to {last})",
        "",
        "| fleet | months | alarms of series a month | incidents a month | most incidents of one fleet |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {of['months']:.0f} | {of['alarms_a_month']:.3f} | **{of['incidents_a_month']:.3f}** "
            f"| {of['most_incidents_of_a_fleet']} |"
            for name, of in found["quiet"].items()
        ),
        "",
        "**Ramps of eight weeks, then level** (numeric series of fleets of 50)",
        "",
        "| in all | series | median delay | found in 8 weeks | in 12 weeks |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {of['series']} | {delay(of['median_weeks'])} | {of['found_in_8_weeks']:.0%} "
            f"| {of['found_in_12_weeks']:.0%} |"
            for name, of in found["ramps"].items()
        ),
        "",
        "| 10,000 series, one closed week, models of 200 | CPU-s |",
        "|---|---|",
        f"| the week's points, from its counts | {found['cost']['points_seconds']:.2f} |",
        f"| trends of 12 weeks | {found['cost']['judging_seconds']:.2f} |",
        f"| for one model of 60 features: read the week's 168 blocks | {found['cost']['week_seconds']:.2f} |",
        "",
        f"{found['machine']}.",
    ]
    readme = HERE / "README.md"
    before, rest = readme.read_text("utf-8").split("<!-- table -->", 1)
    after = rest.split("<!-- /table -->", 1)[1]
    readme.write_text(f"{before}<!-- table -->\n" + "\n".join(lines) + f"\n<!-- /table -->{after}", "utf-8")


def delay(weeks: float | None) -> str:
    return "never" if weeks is None else f"**{weeks:g} weeks**"


if __name__ == "__main__":
    main()
