"""What joining outcomes costs: CPU seconds and memory of this process, import and the making of data apart.

python benchmarks/outcomes/run.py [--predictions 10000000] [--large 100000000] [--folder FOLDER] [--json]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc

from seamark.clock import DAY_US
from seamark.pipeline.options import PipelineOptions
from seamark.pipeline.tick import Pipeline
from seamark.profile.grading import POSITION
from seamark.profile.indexes import prediction_index
from seamark.query.questions import Questions
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind, LogEntry
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.store.backends import local
from seamark.store.local.rows import LocalRows

START_US = 20_000 * DAY_US
DAYS = 30
NOW_US = START_US + (DAYS + 30) * DAY_US
OWNER = ("default", "m")
OPTIONS = ModelOptions(retired=True)  # counted, not judged: that is measured elsewhere


def ids(numbers: np.ndarray) -> pa.Array:
    """Like `prediction-000001234567`: as long as many an id is."""
    return pc.binary_join_element_wise(
        "prediction", pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 12, "0"), "-"
    )


def predictions(rng: np.random.Generator, first: int, rows: int, start_us: int, features: int = 0) -> pa.Table:
    """Rows of one day, in the order of time."""
    score = rng.beta(2, 5, rows)
    return pa.table(
        {
            "id": ids(np.arange(first, first + rows)),
            "time": pa.array(start_us + np.sort(rng.integers(0, DAY_US, rows)), pa.timestamp("us", "UTC")),
            "version": pa.array(["2026-11-01"] * rows),
            **{f"feature.x{number:02d}": pa.array(rng.normal(size=rows)) for number in range(features)},
            "prediction": pa.array((score > 0.5).astype(float)),
            "score": pa.array(score),
        }
    )


def outcomes(rng: np.random.Generator, numbers: np.ndarray, time_us: int) -> pa.Table:
    """What came true of some predictions, told between `time_us` and a day later."""
    times = time_us + rng.integers(0, DAY_US, len(numbers))
    return pa.table(
        {
            "id": ids(numbers),
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "value.label": pa.array(rng.integers(0, 2, len(numbers)).astype(float)),
        }
    )


def entries(table: pa.Table, kind: EntryKind, batch: int) -> list[LogEntry]:
    made = []
    for start in range(0, table.num_rows, batch):
        part = table.slice(start, batch)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part)
        made.append(LogEntry(kind, *OWNER, START_US, part.num_rows, sink.getvalue().to_pybytes()))
    return made


@contextmanager
def stored(folder: Path, rows: int, rng: np.random.Generator) -> Iterator[tuple[Any, Pipeline]]:
    """A store with a reference and `rows` predictions of 30 days in files of at most a million rows."""
    store = local.BACKEND.open(folder)
    pipeline = Pipeline(store, lambda _p, _m: OPTIONS, receivers={}, base_url="", options=PipelineOptions())
    reference = predictions(rng, 10**11, 20_000, START_US - 40 * DAY_US, 2)
    store.log.append(entries(reference, EntryKind.REFERENCE, 20_000))
    pipeline.tick(NOW_US)
    size = min(1_000_000, rows // DAYS)
    for first in range(0, rows, size):
        day_us = START_US + first * DAYS // rows * DAY_US
        count = min(size, rows - first)
        files = store.rows.write(
            "predictions", *OWNER, predictions(rng, first, count, day_us), 1, prediction_index([POSITION])
        )
        model = store.slow.model(*OWNER)
        model = replace(model, rows=first + count, first_time_us=START_US)
        store.slow.commit(SlowStep(store.slow.watermark(), new_files=tuple(files), models=(model,)))
    try:
        yield store, pipeline
    finally:
        store.close()


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def resident() -> float:
    """Megabytes that are this process's own: pages of mapped files are the system's to take back."""
    memory = psutil.Process().memory_info()
    return (memory.rss - memory.shared) / 1e6


def tell(store: Any, table: pa.Table, batch: int = 1_000) -> None:
    store.log.append(entries(table, EntryKind.OUTCOMES, batch))


def lane(pipeline: Pipeline) -> Callable[[], object]:
    return lambda: pipeline.tick(NOW_US)


def join(folder: Path, rows: int, told: int, rng: np.random.Generator) -> dict[str, float]:
    """All that is asked of a store with so many predictions."""
    found: dict[str, float] = {}
    with stored(folder, rows, rng) as (store, pipeline):
        pipeline.forget()
        tell(store, outcomes(rng, rng.choice(rows, 5_000, replace=False), START_US + 32 * DAY_US))
        found["first 5,000 outcomes: scorecard made and all predictions looked at"] = cpu(lane(pipeline))
        if told:
            tell(store, outcomes(rng, rng.choice(rows, told, replace=False), START_US + 33 * DAY_US))
            before = resident()
            found[f"{told:,} outcomes joined"] = cpu(lane(pipeline))
            found["more resident memory after it, MB"] = max(0.0, resident() - before)
            asked = Window(START_US, START_US + DAYS * DAY_US)
            question = Questions(store)
            found["metrics of 720 hours, asked over all"] = cpu(
                lambda: question.quality(*OWNER, window=asked, version="", segment="", now_us=NOW_US)
            )
        late = []
        for number in range(5):
            tell(store, outcomes(rng, rng.choice(rows, 1_000, replace=False), START_US + (40 + number) * DAY_US))
            late.append(cpu(lane(pipeline)))
        found["1,000 late outcomes (median of 5)"] = sorted(late)[2]
        found["the same, the first after a start"] = cpu_after_start(store, rng, rows)
        found["join files, MB per million predictions"] = _join_bytes(folder) / rows
    return found


def cpu_after_start(store: Any, rng: np.random.Generator, rows: int) -> float:
    """With nothing remembered and no join file open."""
    fresh = Pipeline(store, lambda _p, _m: OPTIONS, receivers={}, base_url="", options=PipelineOptions())
    store.rows._joins._open.clear()  # noqa: SLF001 as a new process has none open
    tell(store, outcomes(rng, rng.choice(rows, 1_000, replace=False), START_US + 50 * DAY_US))
    return cpu(lane(fresh))


def _join_bytes(folder: Path) -> float:
    return float(sum(path.stat().st_size for path in folder.rglob("predictions/**/*.join")))


def absorbing(folder: Path, rng: np.random.Generator, *, joins: bool, days_of_outcomes: int) -> float:
    """Rows per CPU second of predictions with 20 features, with 100,000 outcomes on each of some days before."""
    store = local.BACKEND.open(folder)
    whole = LocalRows.write
    if not joins:
        LocalRows.write = lambda self, *given: whole(self, *given[:5])  # type: ignore[method-assign]  # without join files
    try:
        pipeline = Pipeline(store, lambda _p, _m: OPTIONS, receivers={}, base_url="", options=PipelineOptions())
        reference = predictions(rng, 10**11, 20_000, START_US - 40 * DAY_US, 20)
        store.log.append(entries(reference, EntryKind.REFERENCE, 20_000))
        for day in range(days_of_outcomes):
            told = outcomes(
                rng, np.arange(10**10 + day * 100_000, 10**10 + (day + 1) * 100_000), START_US - day * DAY_US
            )
            tell(store, told, 100_000)
        pipeline.tick(NOW_US)
        rows = 400_000
        store.log.append(entries(predictions(rng, 0, rows, START_US, 20), EntryKind.PREDICTIONS, 1_000))
        return rows / cpu(lane(pipeline))
    finally:
        LocalRows.write = whole  # type: ignore[method-assign]  # as it was
        store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--predictions", type=int, default=10_000_000)
    parser.add_argument("--outcomes", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=100_000_000, help="0 leaves it out")
    parser.add_argument("--folder", type=Path, help="where the stores are made (default: the system's)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    found: dict[str, Any] = {}
    for joins, days in ((False, 0), (True, 0), (True, 60)):
        name = f"{'with' if joins else 'without'} join files, {days} days of outcomes"
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            found[f"absorbing, rows per CPU-s, {name}"] = absorbing(
                Path(folder), rng, joins=joins, days_of_outcomes=days
            )
    for rows, told in ((arguments.predictions, arguments.outcomes), (arguments.large, 0)):
        if rows:
            with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
                found[f"{rows:,} predictions"] = join(Path(folder), rows, told, rng)
    found["made"] = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, "
        + ", ".join(f"{module.__name__} {module.__version__}" for module in (np, pa))
    )
    sys.stdout.write(json.dumps(found, indent=None if arguments.json else 2) + "\n")


if __name__ == "__main__":
    main()
