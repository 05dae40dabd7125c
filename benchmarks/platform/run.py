"""A platform of many models, simulated hour by hour: what its slow lane costs, how large it is on disk and in memory.

python benchmarks/platform/run.py [--seed 0] [--models 500] [--versions 3] [--segments 10] [--features 100]
    [--hours 24] [--rows-an-hour 300] [--calibrated 5] [--pass-seconds 300] [--folder DIR] [--json]

Every model begins with a week of stored profiles; the first `--calibrated` ones have four weeks and learn their
thresholds from them in the first pass, apart; the others are handed copies of these.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from workload import DIMENSION, NOW_US, PROJECT, WEEK_HOURS, Past, Shape, entry, references

import seamark.pipeline.tick
from measuring import Stages, machine
from seamark.clock import HOUR_US, SECOND_US
from seamark.pipeline.calibrating import Calibrator
from seamark.pipeline.judge import Judge
from seamark.pipeline.tick import Pipeline
from seamark.pipeline.windows import RecentWindows
from seamark.profile.absorb import Absorber
from seamark.profile.bins import BinSets
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.store.backends import local
from seamark.store.local.slow import LocalSlow

TABLES = ("profiles", "evaluations")
_LEARNING_HOURS = 4 * WEEK_HOURS


def stages() -> Stages:
    found = Stages()
    found.of(Absorber, "absorb", "rows: read, told apart, counted, written")
    found.of(LocalSlow, "commit", "commits")
    found.of(Judge, "evaluate", "windows judged")
    found.of(seamark.pipeline.tick, "compact", "row files merged")
    found.of(Calibrator, "calibrate", "calibration")
    return found


def begin(pipeline: Pipeline, shape: Shape, store: local.LocalStore, calibrated: int) -> None:
    """References, past hours, and thresholds."""
    for each in references(shape):
        store.log.append([each])
        while pipeline.slow_lane(NOW_US - HOUR_US):
            pass
    bins = BinSets(store.slow)
    models = store.slow.models()
    first = models[0]
    past = Past(shape, _LEARNING_HOURS if calibrated else WEEK_HOURS, bins.get(PROJECT, first.name, first.bin_set or 0))
    for number, model in enumerate(models):
        past.write(store, bins, model, _LEARNING_HOURS if number < calibrated else WEEK_HOURS)


def learn(store: local.LocalStore, calibrator: Calibrator, calibrated: int) -> int:
    """The first models' thresholds, learned; the others have copies. How many were learned."""
    made = 0
    while made < calibrated and (step := calibrator.calibrate(NOW_US)) is not None:
        store.slow.commit(step)
        made += 1
    models = store.slow.models()
    learned = [store.slow.calibration(PROJECT, model.name) for model in models[:made]]
    for number, model in enumerate(models[made:] if made else []):
        source = learned[number % made]
        assert source is not None
        copy = replace(source, id=store.slow.next_id(), model=model.name, bin_set=model.bin_set or 0)
        store.slow.commit(SlowStep(watermark_seq=store.slow.watermark(), calibrations=(copy,)))
    return made


def megabytes(folder: Path) -> dict[str, float]:
    """Megabytes of row files, and of what the tables hold that grow with time."""
    rows = sum(path.stat().st_size for path in (folder / "rows").rglob("*.parquet"))
    with closing(sqlite3.connect(folder / "seamark.db")) as database:
        sums = [database.execute(f"SELECT sum(length(payload)) FROM {table}").fetchone()[0] or 0 for table in TABLES]
    return {name: size / 1e6 for name, size in zip(("row files", *TABLES), (rows, *sums), strict=True)}


def measured(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    shape = Shape(
        arguments.models,
        arguments.versions,
        arguments.segments,
        arguments.features,
        arguments.rows_an_hour,
        arguments.seed,
    )
    options = ModelOptions(segments=(DIMENSION,), window_seconds=3600)
    store = local.BACKEND.open(folder)

    def options_for(_project: str, _model: str) -> ModelOptions:
        return options

    pipeline = Pipeline(store, options_for, receivers={}, base_url="")
    begin(pipeline, shape, store, arguments.calibrated)
    by_stage = stages()
    pipeline.forget()
    calibrator = Calibrator(store, options_for, BinSets(store.slow), RecentWindows(store))
    made = learn(store, calibrator, arguments.calibrated)
    learning = by_stage.seconds.pop("calibration", 0.0)
    by_stage.seconds.clear()
    before = megabytes(folder)
    resident = psutil.Process().memory_info().rss / 2**20
    hours = []
    if arguments.profile:
        profiler = cProfile.Profile()
        profiler.enable()
    for hour in range(arguments.hours):
        hours.append(one_hour(pipeline, store, shape, by_stage, hour, arguments.pass_seconds))
        print(
            f"hour {hour}: {sum(hours[-1].values()):.1f} CPU-s, {psutil.Process().memory_info().rss / 2**20:.0f} MB",
            {k: round(v, 1) for k, v in hours[-1].items()},
            flush=True,
        )
    if arguments.profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        pstats.Stats(profiler).sort_stats("cumtime").print_stats(70)
    after = megabytes(folder)
    store.close()
    total: Counter[str] = Counter()
    for each in hours:
        total.update(each)
    return {
        "rows_an_hour": arguments.rows_an_hour,
        "calibrations": made,
        "calibration_cpu_s": learning / max(made, 1),
        "stages_cpu_s_an_hour": {name: seconds / len(hours) for name, seconds in total.most_common()},
        "bytes_a_day_mb": {name: (after[name] - before[name]) * 24 / arguments.hours for name in after},
        "resident_mb_at_start": resident,
        "peak_resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def one_hour(
    pipeline: Pipeline, store: local.LocalStore, shape: Shape, by_stage: Stages, hour: int, pass_seconds: int
) -> dict[str, float]:
    """The traffic of one hour, and what the lanes made of it: CPU seconds by stage."""
    by_stage.seconds.clear()
    rng = np.random.default_rng([shape.seed, 3, hour])
    passes = 3600 // pass_seconds
    for number in range(passes):
        start_us = NOW_US + hour * HOUR_US + number * pass_seconds * SECOND_US
        now_us = start_us + pass_seconds * SECOND_US
        rows = shape.rows_an_hour * (number + 1) // passes - shape.rows_an_hour * number // passes
        if rows:
            store.log.append(
                [
                    entry(name, EntryKind.PREDICTIONS, shape.part(rng, rows, start_us, pass_seconds * SECOND_US, name))
                    for name in shape.names()
                ]
            )
        with by_stage.stage("slow lane, all else"):
            while pipeline.slow_lane(now_us):
                pass
        with by_stage.stage("fast lane"):
            while pipeline.fast_lane(now_us):
                pass
    return dict(by_stage.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--versions", type=int, default=3)
    parser.add_argument("--segments", type=int, default=10)
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--rows-an-hour", type=int, default=300, help="of each model")
    parser.add_argument("--calibrated", type=int, default=5, help="models that learn their thresholds; 0 for none")
    parser.add_argument("--pass-seconds", type=int, default=300, help="between two passes of the slow lane")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--profile", action="store_true", help="show which functions took the time")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = {
            "machine": machine("numpy", "pyarrow"),
            "load_before": os.getloadavg()[0],
            **measured(arguments.folder or Path(scratch), arguments),
            "load_after": os.getloadavg()[0],
        }
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    for what, value in found.items():
        for name, each in value.items() if isinstance(value, dict) else [("", value)]:
            print(f"{what} {name}".strip(), each if isinstance(each, str) else f"{each:,.2f}")


if __name__ == "__main__":
    main()
