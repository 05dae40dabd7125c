"""A store as a month of a busy model leaves it: 200 features, 30 days of hours, 5 versions side by side.

python benchmarks/dashboard/stored.py FOLDER [--features 200] [--days 30] [--versions 5] [--rows-an-hour 300]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from seamark import clock
from seamark.clock import DAY_US, HOUR_US
from seamark.pipeline.tick import Pipeline
from seamark.records.log import EntryKind, LogEntry
from seamark.records.options import ModelOptions
from seamark.store.backends import local

MODEL = "busy"
REFERENCE_ROWS = 20_000
DRIFTED = 12  # features that move
MOVED_DAYS = 3  # before the end
CITIES = [f"city_{number:02d}" for number in range(12)]


def table(
    rng: np.random.Generator, times: np.ndarray, features: int, versions: int, name: str, shift: np.ndarray
) -> pa.Table:
    """Rows at `times`; a tenth of the features are categories; `shift` (per row, in sd) moves a few of the others."""
    rows = len(times)
    categories = max(1, features // 10)
    values = rng.normal(size=(features - categories, rows)).astype(np.float32)
    values[:DRIFTED] += shift.astype(np.float32)
    score = np.clip(rng.beta(2, 5, rows) + 0.05 * shift, 0.001, 0.999)
    return pa.table(
        {
            "id": pa.array([f"{name}-{number}" for number in range(rows)]),
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "version": pa.array((1 + rng.integers(0, versions, rows)).astype(str).tolist()),
            **{f"feature.measure_{i:03d}": pa.array(column) for i, column in enumerate(values)},
            **{f"feature.city_{i:03d}": pa.array(rng.choice(CITIES, rows)) for i in range(categories)},
            "prediction": pa.array((score > 0.5).astype(float)),
            "score": pa.array(score),
            "segment.country": pa.array(rng.choice(["DE", "FR", "IT"], rows)),
        }
    )


def entry(rows: pa.Table, kind: EntryKind, at_us: int) -> LogEntry:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return LogEntry(kind, "default", MODEL, at_us, rows.num_rows, sink.getvalue().to_pybytes())


def make(folder: Path, features: int, days: int, versions: int, rows_an_hour: int, seed: int = 0) -> None:
    """Live through the days up to the last whole hour, a day at a time, with everything a server would do."""
    rng = np.random.default_rng(seed)
    end_us = clock.now_us() // HOUR_US * HOUR_US
    start_us = end_us - days * DAY_US
    store = local.BACKEND.open(folder)
    options = ModelOptions(segments=("country",))
    pipeline = Pipeline(store, lambda _p, _m: options, receivers={}, base_url="")
    before = table(rng, np.full(REFERENCE_ROWS, start_us), features, 1, "r", np.zeros(REFERENCE_ROWS))
    store.log.append([entry(before, EntryKind.REFERENCE, start_us)])
    pipeline.tick(start_us)
    for day in range(days):
        from_us = start_us + day * DAY_US
        times = np.sort(rng.integers(from_us, from_us + DAY_US, 24 * rows_an_hour))
        shift = np.where(times >= end_us - MOVED_DAYS * DAY_US, 0.6, 0.0)
        store.log.append(
            [entry(table(rng, times, features, versions, f"d{day}", shift), EntryKind.PREDICTIONS, from_us + DAY_US)]
        )
        pipeline.tick(from_us + DAY_US)
        print(f"day {day + 1} of {days}: {time.process_time():.0f} CPU seconds", file=sys.stderr, flush=True)
    pipeline.tick(end_us + HOUR_US)
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--features", type=int, default=200)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--versions", type=int, default=5)
    parser.add_argument("--rows-an-hour", type=int, default=300)
    asked = parser.parse_args()
    make(asked.folder, asked.features, asked.days, asked.versions, asked.rows_an_hour)


if __name__ == "__main__":
    main()
