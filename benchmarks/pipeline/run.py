"""What the slow lane and a window's verdicts cost: CPU seconds of this process, import and data making apart.

python benchmarks/pipeline/run.py [--seed 0] [--json]
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import psutil
import pyarrow as pa

from seamark.clock import HOUR_US
from seamark.detect.evaluate import evaluate, plan_of
from seamark.detect.monitors import monitors_for
from seamark.pipeline.options import PipelineOptions
from seamark.pipeline.tick import Pipeline
from seamark.records.log import EntryKind, LogEntry
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.stats.binset import BinSet, numeric_signal
from seamark.stats.counter import Counter
from seamark.store.backends import local

START_US = 20_000 * 24 * HOUR_US
BATCH = 1_000
SLICES = [(400_000, 20, 200_000), (200_000, 60, 200_000), (40_000, 20, BATCH)]  # rows, features, rows a slice
COUNTRIES = ["AR", "BR", "CL", "DE", "ES", "FR", "GB", "IT", "MX", "US"]


def table(rng: np.random.Generator, rows: int, features: int, name: str) -> pa.Table:
    """`features` of which a tenth are categories, prediction, score and one of ten countries, over six hours."""
    categories = max(1, features // 10)
    score = rng.beta(2, 5, rows)
    return pa.table(
        {
            "id": pa.array([f"{name}-{number}" for number in range(rows)]),
            "time": pa.array(START_US + np.sort(rng.integers(0, 6 * HOUR_US, rows)), pa.timestamp("us", "UTC")),
            "version": pa.array(["1"] * rows),
            **{f"feature.x{i:03d}": pa.array(rng.normal(size=rows)) for i in range(features - categories)},
            **{f"feature.c{i:03d}": pa.array(rng.choice(["a", "b", "c", "d"], rows)) for i in range(categories)},
            "prediction": pa.array((score > 0.5).astype(float)),
            "score": pa.array(score),
            "segment.country": pa.array(rng.choice(COUNTRIES, rows)),
        }
    )


def entries(rows: pa.Table, kind: EntryKind) -> list[LogEntry]:
    size = rows.num_rows if kind is EntryKind.REFERENCE else BATCH
    made = []
    for start in range(0, rows.num_rows, size):
        part = rows.slice(start, size)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part)
        made.append(LogEntry(kind, "default", "m", START_US, part.num_rows, sink.getvalue().to_pybytes()))
    return made


def slow_lane(
    rng: np.random.Generator, rows: int, features: int, slice_rows: int, *, segments: bool
) -> dict[str, float]:
    """Rows per CPU second from the log into row files, profile blocks and the watermark, on disk."""
    options = ModelOptions(segments=("country",) if segments else ())
    with tempfile.TemporaryDirectory() as folder:
        store = local.BACKEND.open(Path(folder))
        bounds = PipelineOptions(slice_rows=slice_rows)
        pipeline = Pipeline(store, lambda _p, _m: options, receivers={}, base_url="", options=bounds)
        store.log.append(entries(table(rng, 20_000, features, "reference"), EntryKind.REFERENCE))
        while pipeline.slow_lane(START_US):
            pass
        store.log.append(entries(table(rng, rows, features, "p"), EntryKind.PREDICTIONS))
        cpu, wall = time.process_time(), time.perf_counter()
        while pipeline.slow_lane(START_US):
            pass
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        stored = store.slow.model("default", "m")
        assert stored is not None
        assert stored.rows == rows
        store.close()
    return {
        "rows": rows,
        "features": features,
        "slice_rows": slice_rows,
        "segments": segments,
        "rows_per_cpu_s": rows / cpu,
        "rows_per_s": rows / wall,
    }


def verdicts(rng: np.random.Generator, features: int) -> dict[str, float]:
    """CPU seconds to judge one window, scaled to 10,000 monitored series."""
    bin_set = BinSet(tuple(numeric_signal(f"feature.x{i}", "feature", rng.normal(size=2_000)) for i in range(features)))

    def profile(rows: int):  # noqa: ANN202 a bin set's profile
        counter = Counter(bin_set)
        counter.add_rows(rows)
        for place in range(features):
            counter.add_numeric(place, rng.normal(size=rows))
        return counter.profile()

    current, baseline = profile(300), profile(2_000)
    monitors = monitors_for(bin_set, Task.UNKNOWN, ModelOptions(), provisional=False)
    plan = plan_of(bin_set, monitors)
    times = []
    for _ in range(7):
        cpu = time.process_time()
        evaluate(plan, current, baseline, 300.0)
        times.append(time.process_time() - cpu)
    median = sorted(times)[3]
    return {"features": features, "monitors": len(monitors), "cpu_s": median, "cpu_s_10k": median / len(monitors) * 1e4}


def idle_megabytes() -> float:
    """Resident memory of a server that has nothing to do, ten seconds after its start."""
    with tempfile.TemporaryDirectory() as folder:
        command = "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))"
        arguments = ["serve", "--port", "0", "--data", f"{folder}/data"]
        server = subprocess.Popen(
            [sys.executable, "-c", command, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        time.sleep(10)
        resident = psutil.Process(server.pid).memory_info().rss / 2**20
        server.terminate()
        server.wait()
    return resident


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    found = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "duckdb": duckdb.__version__,
        "slow_lane": [
            slow_lane(rng, rows, features, slice_rows, segments=segments)
            for rows, features, slice_rows in SLICES
            for segments in (False, True)
        ],
        "verdicts": [verdicts(rng, features) for features in (20, 100, 2_500)],
        "idle_mb": idle_megabytes(),
    }
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    for row in found["slow_lane"]:
        apart = " and ten countries apart" if row["segments"] else ""
        what = f"{row['features']} features{apart}, {row['slice_rows']:,} rows a slice"
        print(f"slow lane, {what}: {row['rows_per_cpu_s']:,.0f} rows per CPU-s")
    for row in found["verdicts"]:
        print(
            f"one window, {row['monitors']} monitors: {row['cpu_s'] * 1e3:.2f} ms, {row['cpu_s_10k']:.3f} s per 10,000"
        )
    print(f"idle server: {found['idle_mb']:.0f} MB")


if __name__ == "__main__":
    main()
