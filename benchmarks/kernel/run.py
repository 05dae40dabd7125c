"""Nanoseconds per value of the statistics floor, on one core; rewrites the tables in README.md.

    python benchmarks/kernel/run.py [--rows 1000000] [--json]

Every figure is CPU time, the best of several repetitions; arrays are made before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measuring import machine
from seamark.stats.binning import NumericBins, categorical_bins, numeric_bins
from seamark.stats.binset import BinSet, numeric_signal
from seamark.stats.counter import Counter, Groups
from seamark.stats.distance import distances
from seamark.stats.hashing import hash_strings, hash_texts
from seamark.stats.joint import joint_projections
from seamark.stats.profile import Profile
from seamark.stats.sample import Sample

HERE = Path(__file__).parent
REPETITIONS = 7
SHORTEST_NS = 20_000_000  # of one repetition
BINS = (20, 100)
FEATURES = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    results = {
        "binning": [binning(name, values, bins) for name, values in shapes(asked.rows).items() for bins in BINS],
        "counting": counting(asked.rows),
        "strings": strings(asked.rows),
        "profiles": profiles(),
        "distances": evaluation(),
    }
    if asked.json:
        print(json.dumps({"machine": machine("numpy"), "results": results}, indent=1))
    else:
        text = tables(results, asked.rows)
        print(text)
        publish(text)


def shapes(rows: int) -> dict[str, np.ndarray]:
    """What features look like, kindly and unkindly."""
    random = np.random.default_rng(0)
    return {
        "normal": random.normal(size=rows),
        "lognormal": random.lognormal(0, 2, rows),
        "Pareto, infinite mean": random.pareto(0.7, rows) + 1,
        "Cauchy": random.standard_cauchy(rows),
        "60 % zeros, else lognormal": np.where(random.random(rows) < 0.6, 0.0, random.lognormal(0, 1, rows)),
        "whole numbers 0 to 39": random.integers(0, 40, rows).astype(np.float64),
        "constant": np.full(rows, 3.25),
        "timestamps, 10 % zero": np.where(random.random(rows) < 0.1, 0.0, 1.7e9 + random.normal(0, 1e4, rows)),
        "normal, 10 % missing": np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)),
    }


def binning(name: str, values: np.ndarray, bins: int) -> dict[str, object]:
    """The kernel beside the tree it equals and the memory it must read."""
    made = numeric_bins(values[: min(len(values), 200_000)], bins=bins)
    tree = np.searchsorted(made.edges, values, side="right")
    tree[np.isnan(values)] = made.count
    assert np.array_equal(made.index(values), tree)
    return {
        "shape": name,
        "bins": made.count,
        "kernel_ns": per_item(lambda: made.index(values), len(values)),
        "searchsorted_ns": per_item(lambda: np.searchsorted(made.edges, values, side="right"), len(values)),
        "reading_ns": per_item(values.sum, len(values)),
        "grid": grid_of(made),
    }


def grid_of(bins: NumericBins) -> str:
    """Which map the kernel chose, and its comparisons per value."""
    grid = bins._grid[0]  # noqa: SLF001 - what a benchmark is for
    if grid.cell_of is None:
        return "tree"
    return f"{type(grid.cell_of).__name__.strip('_').lower()}, {len(grid.before)} cells, {grid.depth} comparison(s)"


def counting(rows: int) -> dict[str, float]:
    """Whole columns into profiles: bins, counts, moments and extremes."""
    random = np.random.default_rng(1)
    values, hours = random.normal(size=rows), np.sort(random.integers(0, 24, rows))
    countries = random.integers(0, 10, rows)
    weights = np.full(rows, 10.0)
    bin_set = BinSet((numeric_signal("x", "feature", values),))
    of_day = Groups.of(hours, 24)
    and_country = Groups.of(np.concatenate([hours, 24 + countries * 24 + hours]), 264, np.tile(np.arange(rows), 2))
    alone, day, sampled = Counter(bin_set), Counter(bin_set, of_day), Counter(bin_set, of_day, weights=weights)
    split = Counter(bin_set, and_country)
    indices = [bin_set.signals[0].bins.index(random.permutation(values)) for _ in range(FEATURES)]
    joint = joint_projections(range(FEATURES), [np.bincount(index, minlength=23)[:-1] for index in indices])
    return {
        "one profile": per_item(lambda: alone.add_numeric(0, values), rows),
        "24 hours at once": per_item(lambda: day.add_numeric(0, values), rows),
        "24 hours, and 10 segments in each": per_item(lambda: split.add_numeric(0, values), rows),
        "24 hours, weighted": per_item(lambda: sampled.add_numeric(0, values), rows),
        f"16 projections of {FEATURES} features": per_item(lambda: joint.project(indices), rows * FEATURES),
    }


def strings(rows: int) -> dict[str, float]:
    """Hashing texts of several lengths and finding their categories."""
    random = np.random.default_rng(2)
    measured = {}
    for longest in (3, 8, 16, 40):
        lengths = random.integers(1, longest + 1, rows)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        data = random.integers(97, 123, int(offsets[-1])).astype(np.uint8)
        measured[f"hash, 1 to {longest} bytes"] = per_item(lambda o=offsets, d=data: hash_strings(o, d), rows)
    for distinct in (30, 1_000, 100_000):
        texts = [f"category-{number}" for number in range(distinct)]
        hashes = random.choice(hash_texts(texts), rows)
        bins = categorical_bins(texts, np.arange(distinct))
        measured[f"find among {distinct:,} categories"] = per_item(lambda b=bins, h=hashes: b.index_hashes(h), rows)
    return measured


def profiles() -> dict[str, float]:
    """Blocks of 60 numeric features in 22 bins."""
    random = np.random.default_rng(3)
    references = [random.lognormal(0, 1, 20_000) if at % 2 else random.normal(size=20_000) for at in range(FEATURES)]
    bin_set = BinSet(tuple(numeric_signal(f"f{at}", "feature", one) for at, one in enumerate(references)))
    measured: dict[str, float] = {"bin set, bytes": len(bin_set.to_bytes())}
    for rows in (7, 200, 1_000, 50_000):
        counter = Counter(bin_set)
        counter.add_rows(rows)
        for at, reference in enumerate(references):
            counter.add_numeric(at, random.choice(reference, rows))
        block = counter.profile()
        measured[f"block of {rows:,} rows, bytes"] = len(block.to_bytes())
    payload = block.to_bytes()
    week = [block] * 168
    measured["write a block, µs"] = per_item(block.to_bytes, 1) / 1000
    measured["read a block, µs"] = per_item(lambda: Profile.from_bytes(payload, bin_set), 1) / 1000
    measured["add up 168 blocks, µs"] = per_item(lambda: Profile.total(week), 1) / 1000
    return measured


def evaluation() -> dict[str, float]:
    """CPU milliseconds to evaluate 10,000 series of 22 bins: value, null mean, debiased value and p."""
    random = np.random.default_rng(4)
    shares = np.full(22, 1 / 22)
    current = Sample.from_counts(random.multinomial(200, shares, 10_000), centers=np.arange(22.0))
    baseline = Sample.from_counts(random.multinomial(50_000, shares, 10_000), centers=np.arange(22.0))
    return {
        name: per_item(lambda d=distance: d.evaluate(current, baseline), 1) / 1e6
        for name, distance in distances().items()
    }


def per_item(work: Callable[[], object], items: int) -> float:
    """CPU nanoseconds per item, the best of several repetitions."""
    work()
    best = float("inf")
    for _ in range(REPETITIONS):
        calls = 0
        start = time.process_time_ns()
        while calls == 0 or time.process_time_ns() - start < SHORTEST_NS:
            work()
            calls += 1
        best = min(best, (time.process_time_ns() - start) / calls)
    return best / items


def tables(results: dict[str, object], rows: int) -> str:
    """The results as Markdown."""
    lines = [
        "| values | bins | kernel ns | `np.searchsorted` ns | reading memory ns | grid |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['shape']} | {row['bins']} | **{row['kernel_ns']:.1f}** | {row['searchsorted_ns']:.1f} | "
        f"{row['reading_ns']:.2f} | {row['grid']} |"
        for row in results["binning"]  # type: ignore[attr-defined]
    ]
    titles = {
        "counting": "counting, ns per value",
        "strings": "strings, ns each",
        "profiles": f"profile blocks of {FEATURES} features in 22 bins",
        "distances": "10,000 series of 22 bins, CPU-ms",
    }
    for part, title in titles.items():
        lines += ["", f"| {title} | |", "|---|---|"]
        lines += [f"| {name} | {value:,.1f} |" for name, value in results[part].items()]  # type: ignore[attr-defined]
    return "\n".join([*lines, "", f"{rows:,} values each. {machine('numpy')}."])


def publish(text: str) -> None:
    readme = HERE / "README.md"
    before, rest = readme.read_text("utf-8").split("<!-- table -->", 1)
    after = rest.split("<!-- /table -->", 1)[1]
    readme.write_text(f"{before}<!-- table -->\n{text}\n<!-- /table -->{after}", "utf-8")


if __name__ == "__main__":
    main()
