"""`seamark.rank_causes` on real incidents with a known cause, beside the published idea; rewrites README.md's table.

    python benchmarks/petshop/run.py [--json] [--seed 0]

The seed draws the quiet stretches. Needs pandas.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import seamark

HERE = Path(__file__).parent
DATA = HERE / "data"
README = HERE / "README.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"
CALLS: dict[str, list[str]] = json.loads((DATA / "calls.json").read_text("utf-8"))
ROWS = 5  # of an incident
NOTICED = "PetSite"
QUIET = 60  # stretches for each metric

Ranker = Callable[[pd.DataFrame, tuple[str, str], float, pd.DataFrame], list[str]]


@dataclass(frozen=True)
class Incident:
    """What was noticed, and what had been injected where."""

    name: str
    metrics: pd.DataFrame
    noticed: tuple[str, str]
    at: float
    cause: str


def frame(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv.gz", header=[0, 1, 2], index_col=0).droplevel(2, axis=1)


def incidents() -> list[Incident]:
    told = json.loads((DATA / "incidents.json").read_text("utf-8"))
    return [
        Incident(name, frame(name), (of["component"], of["metric"]), of["at"], of["cause"]) for name, of in told.items()
    ]


def with_graph(metrics: pd.DataFrame, noticed: tuple[str, str], at: float, normal: pd.DataFrame) -> list[str]:
    found = seamark.rank_causes(metrics, graph=CALLS, noticed=noticed, at=at, reference=normal)
    return [cause.component for cause in found]


def without_graph(metrics: pd.DataFrame, noticed: tuple[str, str], at: float, normal: pd.DataFrame) -> list[str]:
    found = seamark.rank_causes(metrics, noticed=noticed, at=at, reference=normal)
    return [cause.component for cause in found]


def traversal(metrics: pd.DataFrame, noticed: tuple[str, str], _at: float, normal: pd.DataFrame) -> list[str]:
    """From what was noticed along calls to anomalous components; those that call no anomalous one are the causes.

    Anomalous is what is more than five median absolute deviations from the median at any time, as published.
    """
    start, metric = noticed
    usual, now = (each.xs(metric, axis=1, level=1) for each in (normal, metrics.interpolate(limit_direction="both")))
    both = [name for name in now.columns if name in usual.columns]
    median = usual[both].median()
    deviation = (usual[both] - median).abs().median()
    scores = ((now[both] - median).abs().max() / deviation.clip(lower=1e-9)).fillna(0)
    strange = {name for name in both if scores[name] > 5}
    seen, waiting, causes = set(), [start] if start in strange else [], []
    while waiting:
        component = waiting.pop()
        if component in seen:
            continue
        seen.add(component)
        below = [callee for callee in CALLS.get(component, ()) if callee in strange]
        waiting += below
        if not below:
            causes.append(component)
    return sorted(causes, key=lambda name: -scores[name])


RANKERS: dict[str, Ranker] = {
    "Seamark": with_graph,
    "Seamark without the call graph": without_graph,
    "published traversal (MAD > 5)": traversal,
}


def quiet(ranker: Ranker, normal: pd.DataFrame, seed: int) -> float:
    """The share of stretches of the second normal day, judged by the first, in which nothing is blamed."""
    rng, half = np.random.default_rng(seed), len(normal) // 2
    silent = []
    for metric in ("latency", "availability"):
        for first in rng.choice(np.arange(half, len(normal) - ROWS), QUIET, replace=False):
            stretch = normal.iloc[first : first + ROWS]
            at = float(stretch.index[2]) - 30
            silent.append(not ranker(stretch, (NOTICED, metric), at, normal.iloc[:half]))
    return float(np.mean(silent))


def measure(seed: int) -> dict[str, Any]:
    normal, all_of = frame("normal"), incidents()
    found: dict[str, Any] = {}
    for name, ranker in RANKERS.items():
        started = time.process_time()
        ranked = {each.name: ranker(each.metrics, each.noticed, each.at, normal) for each in all_of}
        seconds = (time.process_time() - started) / len(all_of)
        parts = {}
        for part in ("train", "test"):
            of_part = [each for each in all_of if each.name.startswith(part)]
            places = [
                ranked[each.name].index(each.cause) if each.cause in ranked[each.name] else None for each in of_part
            ]
            parts[part] = {
                "incidents": len(places),
                "first": sum(place == 0 for place in places),
                "among three": sum(place is not None and place < 3 for place in places),
                "missed": [each.name for each, place in zip(of_part, places, strict=True) if place != 0],
            }
        found[name] = {"parts": parts, "quiet": quiet(ranker, normal, seed), "seconds": seconds}
    return found


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share. E. B. Wilson, JASA 22, 1927."""
    share, extra = hits / of, z * z / of
    middle, width = share + extra / 2, z * np.sqrt(share * (1 - share) / of + extra / (4 * of))
    return float((middle - width) / (1 + extra)), float((middle + width) / (1 + extra))


def table(found: dict[str, Any], seed: int) -> str:
    lines = [
        "| | train: first | test: first | test: among three | quiet stretches that stay silent | CPU-s an incident |",
        "|---|---|---|---|---|---|",
    ]
    for name, of in found.items():
        train, test = of["parts"]["train"], of["parts"]["test"]
        cells = [told(train, "first"), told(test, "first"), told(test, "among three"), f"{of['quiet']:.0%}"]
        lines.append(f"| {name} | {' | '.join(cells)} | {of['seconds']:.2f} |")
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}"
    machine = f"{platform.system()} {platform.machine()} virtual machine, one of 2 cores; {datetime.now(UTC):%Y-%m-%d}"
    lines += ["", f"95 % intervals by Wilson. Seed {seed} for the quiet stretches. {versions}; {machine}"]
    return "\n".join(lines)


def told(part: dict[str, Any], which: str) -> str:
    low, high = wilson(part[which], part["incidents"])
    return f"{part[which]} of {part['incidents']} ({low:.2f}-{high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the results as JSON and leave the README alone")
    asked = parser.parse_args()
    found = measure(asked.seed)
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    text = table(found, asked.seed)
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
