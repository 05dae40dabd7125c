"""Speed of the local store. `python benchmarks/store/run.py [--json]`; the published table is in README.md beside it.

CPU seconds are those of the process (user and system), without imports and without making the data.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from workload import BATCH_ROWS, DAY_START_US, cost, hour_step, ipc, table

from seamark.clock import DAY_US, HOUR_US
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind, LogEntry
from seamark.records.window import Window
from seamark.store.backends.local import LocalStore

BATCHES = 600
DAY_ROWS = 1_000_000
HOURS = 24 * 7


def appending(folder: Path) -> Iterator[tuple[str, float, str]]:
    payload = ipc(table(BATCH_ROWS))
    entry = LogEntry(EntryKind.PREDICTIONS, "default", "fraud", DAY_START_US, BATCH_ROWS, payload)
    rows = BATCHES * BATCH_ROWS

    def fsync_each() -> None:
        with (folder / "plain.log").open("wb") as file:
            for _ in range(BATCHES):
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())

    plain = cost(fsync_each)
    yield "plain file, fsync per batch", rows / plain.cpu_seconds, "rows/CPU-s"
    store = LocalStore(folder / "append")
    for group in (1, 8):
        spent = cost(lambda group=group: [store.log.append([entry] * group) for _ in range(BATCHES // group)])
        yield f"log.append, {group} batch(es) a transaction", rows / spent.cpu_seconds, "rows/CPU-s"
        yield f"log.append, {group} batch(es) a transaction", rows / spent.wall_seconds, "rows/s"
    last = store.log.last_seq()
    spent = cost(lambda: [store.slow.commit(SlowStep(min(seq, last))) for seq in range(20, last + 20, 20)])
    yield "forget 20 batches a step", last * BATCH_ROWS / spent.cpu_seconds, "rows/CPU-s"
    before = store.facts()["database_bytes"]
    for _ in range(BATCHES):
        store.log.append([entry])
    yield "growth of the database when the same is logged again", store.facts()["database_bytes"] / before, "ratio"
    store.close()


def row_files(folder: Path) -> Iterator[tuple[str, float, str]]:
    day = table(DAY_ROWS)
    plain = cost(lambda: pq.write_table(day, folder / "defaults.parquet"))
    yield "pyarrow's defaults, 1 M rows, no fsync", plain.cpu_seconds, "CPU-s"
    yield "pyarrow's defaults, 1 M rows, no fsync", (folder / "defaults.parquet").stat().st_size / 1e6, "MB"
    store = LocalStore(folder / "rows")
    files = []
    spent = cost(lambda: files.extend(store.rows.write("predictions", "default", "fraud", day, 0)))
    yield "rows.write, 1 M rows x 24 columns", spent.cpu_seconds, "CPU-s"
    yield "rows.write, 1 M rows x 24 columns", day.nbytes / 1e6 / spent.cpu_seconds, "MB/CPU-s"
    yield "rows.write, 1 M rows x 24 columns", sum(file.size_bytes for file in files) / 1e6, "MB"
    store.slow.commit(SlowStep(0, new_files=tuple(files)))
    spent = cost(lambda: sum(part.num_rows for part in store.rows.scan(files)))
    yield "rows.scan, all columns", DAY_ROWS / spent.cpu_seconds, "rows/CPU-s"
    hour = Window(DAY_START_US + 12 * HOUR_US, DAY_START_US + 13 * HOUR_US)
    spent = cost(lambda: [part.num_rows for part in store.rows.scan(files, ["id", "score"], hour)])
    yield "rows.scan, 2 columns of one hour", spent.cpu_seconds * 1e3, "CPU-ms"
    slices = [day.slice(start, BATCH_ROWS) for start in range(0, 100 * BATCH_ROWS, BATCH_ROWS)]
    small = []
    spent = cost(
        lambda: [small.extend(store.rows.write("predictions", "default", "small", each, 0)) for each in slices]
    )
    yield "rows.write, 1,000 rows x 24 columns", spent.cpu_seconds / len(slices) * 1e3, "CPU-ms"
    store.slow.commit(SlowStep(0, new_files=tuple(small)))
    spent = cost(lambda: store.rows.compact(store.rows.files("predictions", "default", "small")))
    yield "rows.compact, 100 files of 1,000 rows", spent.cpu_seconds * 1e3, "CPU-ms"
    store.close()


def slow_commits(folder: Path) -> Iterator[tuple[str, float, str]]:
    store = LocalStore(folder / "slow")
    steps = [hour_step(hour) for hour in range(HOURS)]
    spent = cost(lambda: [store.slow.commit(step) for step in steps])
    yield "slow.commit, 990 new blocks of 3 kB + 10 evaluations", spent.cpu_seconds / HOURS * 1e3, "CPU-ms"
    yield "slow.commit, 990 new blocks of 3 kB + 10 evaluations", spent.wall_seconds / HOURS * 1e3, "ms"
    spent = cost(lambda: [store.slow.commit(step) for step in steps[-24:]])
    yield "slow.commit, 990 replaced blocks + 10 evaluations", spent.cpu_seconds / 24 * 1e3, "CPU-ms"
    week = Window(DAY_START_US, DAY_START_US + 7 * DAY_US)
    spent = cost(lambda: store.slow.profiles("default", "model 1", 1, week))
    yield "slow.profiles, a week of 3 versions (504 blocks)", spent.cpu_seconds * 1e3, "CPU-ms"
    spent = cost(lambda: store.slow.evaluations("default", "model 1", week))
    yield "slow.evaluations, a week (168 blocks)", spent.cpu_seconds * 1e3, "CPU-ms"
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    arguments = parser.parse_args()
    pa.set_cpu_count(1)
    folder = Path(tempfile.mkdtemp(prefix="seamark-benchmark-"))
    try:
        results = [row for part in (appending, row_files, slow_commits) for row in part(folder)]
    finally:
        shutil.rmtree(folder)
    versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "pyarrow": pa.__version__}
    if arguments.json:
        measured = [{"what": what, "value": value, "unit": unit} for what, value, unit in results]
        print(json.dumps({"benchmark": "store", "versions": versions, "results": measured}))
        return
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    for what, value, unit in results:
        print(f"| {what} | {value:,.0f} {unit} |" if value >= 100 else f"| {what} | {value:.3g} {unit} |")


if __name__ == "__main__":
    main()
