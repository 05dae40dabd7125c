"""What one threshold on one span could reach on the bike data, had it known the data beforehand.

    python benchmarks/seasons/reach.py [--seed 0] [--a-month .35] [--json]

Of each span the lowest threshold from which on quiet weeks have at most so many alarms a month, chosen on the very
weeks it is judged on: no rule that has to choose beforehand does better with that span. The difference is that of the
arcs of the shares of casual rentals, in the span and by the hours of the week before (weights as in the product).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from bike import DAY, RELABELLED, WEEK, injections, rentals
from numpy.typing import NDArray
from weekly import Series

from measuring import machine
from seamark.stats.seasonal import FORGETTING

HISTORY = 26
SPANS = (24, 36, 48, 72, 96, 168)
CHANGE = "a fifth of the registered become casual"
THRESHOLDS = 800

Floats = NDArray[np.float64]


def usual_of(of: Series) -> Floats:
    """float64[N]: the share that the weeks before say of each hour."""
    slot, counts = of.calendar.slot, of.counts[:2].astype(np.float64)
    known, found = np.zeros((2, WEEK)), np.zeros(counts.shape[1])
    for first in range(0, of.weeks * WEEK, WEEK):
        at = slice(first, first + WEEK)
        smooth = known + 0.5 * (np.roll(known, 1, axis=1) + np.roll(known, -1, axis=1))
        found[at] = (smooth[0] / np.maximum(smooth.sum(axis=0), 1))[slot[at]]
        new = np.zeros((2, WEEK))
        np.add.at(new.T, slot[at], counts[:, at].T)
        known = FORGETTING * known + new
    return found


def summed(of: Floats, span: int) -> Floats:
    total = np.cumsum(of)
    total[span:] -= total[:-span].copy()
    return total


def differences(counts: NDArray[np.float32], usual: Floats, span: int) -> Floats:
    rows = np.maximum(summed(counts[:2].sum(axis=0, dtype=np.float64), span), 1)
    shares = summed(counts[0].astype(np.float64), span), summed(usual * counts[:2].sum(axis=0), span)
    now, then = (np.arcsin(np.sqrt(np.clip(each / rows, 0, 1))) for each in shares)
    return now - then


def alarms(fires: NDArray[np.bool_]) -> int:
    """An alarm ends after a day without."""
    at = np.flatnonzero(fires)
    return int((np.diff(at) > DAY).sum()) + 1 if len(at) else 0


def reached(of: Series, usual: Floats, span: int, a_month: float, seed: int, *, up: bool) -> dict[str, float | None]:
    def seen(counts: NDArray[np.float32], first: int, last: int) -> Floats:
        found = differences(counts[:, :last], usual[:last], span)[first:]
        return found if up else np.abs(found)

    quiet = seen(of.counts, HISTORY * WEEK, of.weeks * WEEK)
    months = len(quiet) / DAY / 30
    tried = np.quantile(quiet, np.linspace(0.8, 1, THRESHOLDS))
    threshold = max(each for each in tried if alarms(quiet > each) > a_month * months)
    hours = []
    for hour, counts in injections(of, HISTORY, RELABELLED[CHANGE], np.random.default_rng(seed)):
        fires = seen(counts, hour - DAY, hour + 2 * WEEK) > threshold
        if not fires[:DAY].any():
            hours.append(fires[DAY:].argmax() + 1.0 if fires[DAY:].any() else np.inf)
    median = float(np.median(hours))
    return {"median": median if np.isfinite(median) else None, "found": float(np.isfinite(hours).mean())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--a-month", type=float, default=0.35)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    of = rentals()
    usual = usual_of(of)
    sides = {"in either direction": False, "upwards alone": True}
    found = {
        name: {span: reached(of, usual, span, asked.a_month, asked.seed, up=up) for span in SPANS}
        for name, up in sides.items()
    }
    if asked.json:
        print(json.dumps({"machine": machine("numpy"), "found": found}, indent=1))
        return
    print(f"| span | {' | '.join(found)} |\n|---|---|---|")
    for span in SPANS:
        cells = [of_side[span] for of_side in found.values()]
        told = [("not" if c["median"] is None else f"{c['median']:.0f} h", f"({c['found']:.0%})") for c in cells]
        print(f"| {span} h | {' | '.join(' '.join(each) for each in told)} |")
    print(f"\nSeed {asked.seed}, {asked.a_month} a month. {machine('numpy')}.")


if __name__ == "__main__":
    main()
