"""False incidents against the budget, peers' rules, delays and costs on a simulated fleet; rewrites README.md's tables.

    python benchmarks/fleet/run.py [PART ...] [--seed 1000] [--seeds COUNT] [--history 4|8] [--add] [--quick] [--json]

Parts: budget, correlated, small, sparse, delays, cost (all, unless named). Every fleet measured is kept in results.json
at once, so that a run which ends early is no loss; `--add` keeps the fleets of earlier runs too. `delays` uses the
fleets that `budget` has measured, because the peers' thresholds are tuned to its false incidents.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cost
import numpy as np
from delays import SHIFTS, Found, Rule, delays, quiet_values
from peers import Reference, alarms, beyond_usual, defaults, hours_in_alarm, incidents, statistics, tuned, usual_of
from report import tables
from simulator import WEEK, Fleet
from watched import LONGEST, Watch, calibrated, played, weeks

from measuring import machine

HERE = Path(__file__).parent
BUDGETS = (1, 2, 5, 10)
JUDGED = BUDGETS.index(2)  # the budget that peers are compared with
TEST_WEEKS = 12
VARIANTS: dict[str, dict[str, Any]] = {
    "budget": {},
    "correlated": {"correlation": 0.6},
    "small": {"numeric": 10, "categorical": 3, "ratio": 2},
    "sparse": {"rows_an_hour": 60.0},
}
SEEDS = {"budget": 40, "correlated": 10, "small": 40, "sparse": 10, "delays": 20, "cost": 0}
KEPT = HERE / "results.json"
Results = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=list(SEEDS), help=", ".join(SEEDS))
    parser.add_argument("--seed", type=int, default=1000, help="the first; 0 to 29 were used for building")
    parser.add_argument("--seeds", type=int, help="how many")
    parser.add_argument("--history", type=int, choices=(4, 8), help="only this many weeks")
    parser.add_argument("--add", action="store_true", help="to what results.json has")
    parser.add_argument("--quick", action="store_true", help="2 seeds")
    parser.add_argument("--json", action="store_true", help="print the figures, too")
    asked = parser.parse_args()
    for part in asked.parts:
        seeds = range(asked.seed, asked.seed + (2 if asked.quick else asked.seeds or SEEDS[part]))
        if part == "cost":
            keep(part, {"seconds": cost.measure(), "machine": machine("numpy")})
        elif part == "delays":
            keep(part, measure_delays(seeds))
        else:
            measure(part, seeds, (asked.history,) if asked.history else (4, 8), add=asked.add)
    if asked.json:
        print(json.dumps(kept(), indent=1))


def kept() -> Results:
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}


def keep(part: str, found: Results) -> None:
    """In results.json, and as tables in README.md."""
    results = kept() | {part: found}
    KEPT.write_text(json.dumps(results) + "\n", "utf-8")
    text = tables(results)
    readme = HERE / "README.md"
    before, rest = readme.read_text("utf-8").split("<!-- table -->", 1)
    after = rest.split("<!-- /table -->", 1)[1]
    readme.write_text(f"{before}<!-- table -->\n{text}\n<!-- /table -->{after}", "utf-8")


def measure(part: str, seeds: range, histories: Sequence[int], *, add: bool) -> None:
    fleets = kept().get(part, {}).get("fleets", {}) if add else {}
    for seed in seeds:
        begin = time.process_time()
        fleet = Fleet(seed, LONGEST + TEST_WEEKS, **VARIANTS[part])
        counts = fleet.counts().astype(np.float32)
        watched = weeks(fleet, counts, histories, BUDGETS)
        fleets[str(seed)] = {
            "seamark": {str(h): [asdict(played(of, b)) for b in range(len(BUDGETS))] for h, of in watched.items()},
            "peers": by_default(fleet, counts),
            "cpu_seconds": round(time.process_time() - begin, 1),
        }
        keep(part, {"budgets": BUDGETS, "fleets": fleets, "machine": machine("numpy")})
        print(part, seed, fleets[str(seed)]["cpu_seconds"], file=sys.stderr, flush=True)


def measure_delays(seeds: range) -> Results:
    fleets = {seed: of for seed, of in kept()["budget"]["fleets"].items() if int(seed) in seeds}
    history = max(next(iter(fleets.values()))["seamark"], key=int)
    realised = sum(of["seamark"][history][JUDGED]["incidents"] for of in fleets.values())
    quiet, simulated = [], []
    for seed in fleets:
        fleet = Fleet(int(seed), LONGEST + TEST_WEEKS)
        counts = fleet.counts().astype(np.float32)
        quiet.append(quiet_values(fleet, counts))
        simulated.append((fleet, counts.astype(np.uint16)))
    thresholds = {rule: tuned([each[rule] for each in quiet], realised) for rule in quiet[0]}
    found: dict[Rule | str, Found] = {}
    for fleet, small in simulated:
        counts = small.astype(np.float32)
        calibration, levels = calibrated(fleet, counts, LONGEST - int(history), LONGEST, [BUDGETS[JUDGED]])
        delays(fleet, counts, Watch(calibration, levels[0]), thresholds, found)
        print("delays", fleet.seed, file=sys.stderr, flush=True)
    return {
        "seeds": [int(seed) for seed in fleets],
        "incidents": realised,
        "delays": summary(found, thresholds),
        "machine": machine("numpy"),
    }


def by_default(fleet: Fleet, counts: np.ndarray) -> dict[str, dict[str, int]]:
    """Alarms, incidents and hours in alarm of the peers' rules in the test weeks."""
    begin = LONGEST * WEEK
    reference = Reference.of(fleet, counts[:, :begin])
    found = {}
    rules = defaults(len(fleet.series))
    for span in {rule.span for rule in rules}:
        of_span = statistics(fleet, reference, counts, span)
        for rule in [rule for rule in rules if rule.span == span]:
            values = of_span[rule.statistic]
            if rule.standardised:
                values = beyond_usual(values, usual_of(values[:, :begin], span))
            tested = values[:, begin:]
            highest = tested.max(axis=0)
            found[rule.name] = {
                "alarms": alarms(tested, rule.threshold),
                "incidents": incidents(highest, rule.threshold),
                "hours": hours_in_alarm(highest, rule.threshold),
            }
    return {rule.name: found[rule.name] for rule in rules}


def summary(found: dict[Rule | str, Found], thresholds: dict[Rule, float]) -> list[Results]:
    """Of each shift and rule: median and 75 % quantile of the hours, share found within three weeks."""
    rows = []
    for rule, of in found.items():
        for shift in SHIFTS:
            hours = of.of(shift)
            rows.append(
                {
                    "rule": rule if isinstance(rule, str) else named(rule),
                    "threshold": None if isinstance(rule, str) else thresholds[rule],
                    "shift": shift.name,
                    "series": len(hours),
                    "median": number(np.median(hours)),
                    "q75": number(np.quantile(hours, 0.75, method="higher")),
                    "found": float(np.isfinite(hours).mean()),
                }
            )
    return rows


def named(rule: Rule) -> str:
    statistic, span, standardised = rule
    return f"{statistic}{', mean + k sd' if standardised else ''}, {span} h"


def number(hours: float) -> float | None:
    """None where most were never seen, which JSON has no word for."""
    return float(hours) if np.isfinite(hours) else None


if __name__ == "__main__":
    main()
