"""What the local store spends on logging, on row files and on the slow lane's steps.

    python benchmarks/store/run.py [--json]

Rewrites the table in README.md; with `--json` it prints one JSON object instead. CPU seconds are those of the process,
user and system, without imports and without making the data; each part runs three times and its best counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from workload import BATCH_ROWS, DAY_START_US, cost, hour_step, ipc, table

from seamark.clock import DAY_US, HOUR_US
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind, LogEntry
from seamark.records.window import Window
from seamark.store.backends.local import LocalStore

HERE = Path(__file__).parent
VERSIONS = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version, "pyarrow": pa.__version__}
REPEATS = 3
BATCHES = 600
DAY_ROWS = 1_000_000
HOURS = 24 * 7
TIMESTAMP = pa.timestamp("us", "UTC")
OWNER = ("predictions", "default", "fraud")


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table. A unit per second is better when it is more, any other when it is less."""

    what: str
    value: float
    unit: str

    def better(self, other: Measure) -> Measure:
        chosen = max if "/" in self.unit else min
        return chosen(self, other, key=lambda measure: measure.value)

    def line(self) -> str:
        return (
            f"| {self.what} | {self.value:,.0f} {self.unit} |"
            if self.value >= 100
            else f"| {self.what} | {self.value:.2g} {self.unit} |"
        )


def appending(folder: Path) -> Iterator[Measure]:
    payload = ipc(table(BATCH_ROWS))
    entry = LogEntry(EntryKind.PREDICTIONS, "default", "fraud", DAY_START_US, BATCH_ROWS, payload)
    rows = BATCHES * BATCH_ROWS

    def plain_file() -> None:
        with (folder / "plain.log").open("wb") as file:
            for _ in range(BATCHES):
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())

    yield Measure("a plain file, each batch of 1,000 rows synced", rows / cost(plain_file).cpu_seconds, "rows/CPU-s")
    store = LocalStore(folder / "store")
    for group in (1, 8):
        spent = cost(lambda group=group: [store.log.append([entry] * group) for _ in range(BATCHES // group)])
        yield Measure(f"`log.append`, {group} such batches a transaction", rows / spent.cpu_seconds, "rows/CPU-s")
        yield Measure("the same by the clock", rows / spent.wall_seconds, "rows/s")
    last = store.log.last_seq()
    spent = cost(lambda: [store.slow.commit(SlowStep(min(seq, last))) for seq in range(20, last + 20, 20)])
    yield Measure("passing them, 20 batches a step", last * BATCH_ROWS / spent.cpu_seconds, "rows/CPU-s")
    store.close()


def row_files(folder: Path) -> Iterator[Measure]:
    day = table(DAY_ROWS)
    plain = cost(lambda: pq.write_table(day, folder / "defaults.parquet"))
    yield Measure("pyarrow's defaults, 1 M rows x 24 columns, not synced", plain.cpu_seconds, "CPU-s")
    yield Measure("their size", (folder / "defaults.parquet").stat().st_size / 1e6, "MB")
    store = LocalStore(folder / "store")
    files = []
    spent = cost(lambda: files.extend(store.rows.write(*OWNER, day, 0)))
    yield Measure("`rows.write`, the same rows", spent.cpu_seconds, "CPU-s")
    yield Measure("their size", sum(file.size_bytes for file in files) / 1e6, "MB")
    store.slow.commit(SlowStep(0, new_files=tuple(files)))
    spent = cost(lambda: sum(part.num_rows for part in store.rows.scan(files)))
    yield Measure("`rows.scan`, all columns", DAY_ROWS / spent.cpu_seconds, "rows/CPU-s")
    hour = Window(DAY_START_US + 12 * HOUR_US, DAY_START_US + 13 * HOUR_US)
    spent = cost(lambda: [part.num_rows for part in store.rows.scan(files, ["id", "score"], hour)])
    yield Measure("`rows.scan`, 2 columns of one hour of that day", spent.cpu_seconds * 1e3, "CPU-ms")
    store.close()


def small_files(folder: Path) -> Iterator[Measure]:
    rows = table(100 * BATCH_ROWS)
    slices = [rows.slice(start, BATCH_ROWS) for start in range(0, rows.num_rows, BATCH_ROWS)]
    store = LocalStore(folder / "store")
    files = []
    spent = cost(lambda: [files.extend(store.rows.write(*OWNER, each, 0)) for each in slices])
    yield Measure("`rows.write`, a file of 1,000 rows", spent.cpu_seconds / len(slices) * 1e3, "CPU-ms")
    store.slow.commit(SlowStep(0, new_files=tuple(files)))
    spent = cost(lambda: store.rows.compact(files))
    yield Measure("`rows.compact`, 100 of them", spent.cpu_seconds * 1e3, "CPU-ms")
    spread = rows.set_column(1, "time", pa.array(np.linspace(0, 300 * DAY_US, rows.num_rows).astype("i8"), TIMESTAMP))
    spent = cost(lambda: store.rows.write(*OWNER, spread, 0))
    yield Measure("`rows.write`, 100,000 rows of 300 days", spent.cpu_seconds * 1e3, "CPU-ms")
    yield Measure("the same by the clock", spent.wall_seconds * 1e3, "ms")
    store.close()


def slow_steps(folder: Path) -> Iterator[Measure]:
    store = LocalStore(folder / "store")
    steps = [hour_step(hour) for hour in range(HOURS)]
    spent = cost(lambda: [store.slow.commit(step) for step in steps])
    yield Measure("`slow.commit`, 990 new blocks of 3 kB, 10 evaluations", spent.cpu_seconds / HOURS * 1e3, "CPU-ms")
    yield Measure("the same by the clock", spent.wall_seconds / HOURS * 1e3, "ms")
    spent = cost(lambda: [store.slow.commit(step) for step in steps[-24:]])
    yield Measure("`slow.commit`, replacing as many", spent.cpu_seconds / 24 * 1e3, "CPU-ms")
    week = Window(DAY_START_US, DAY_START_US + 7 * DAY_US)
    spent = cost(lambda: store.slow.profiles("default", "model 1", 1, week))
    yield Measure("`slow.profiles`, a week of 3 versions (504 blocks)", spent.cpu_seconds * 1e3, "CPU-ms")
    spent = cost(lambda: store.slow.evaluations("default", "model 1", week))
    yield Measure("`slow.evaluations`, a week (168 blocks)", spent.cpu_seconds * 1e3, "CPU-ms")
    store.close()


def best(part: Callable[[Path], Iterator[Measure]]) -> list[Measure]:
    """Of several runs: other work on the machine only slows."""
    runs = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory(prefix="seamark-benchmark-") as folder:
            runs.append(list(part(Path(folder))))
    found = runs[0]
    for run in runs[1:]:
        found = [one.better(other) for one, other in zip(found, run, strict=True)]
    return found


def table_of(results: list[Measure]) -> str:
    made = ", ".join(f"{name} {version}" for name, version in VERSIONS.items())
    where = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores; {datetime.now(UTC):%Y-%m-%d}"
    return "\n".join(["| what | |", "|---|---|", *(measure.line() for measure in results), "", f"{made}, {where}."])


def publish(text: str) -> None:
    """Between the markers of README.md."""
    readme = HERE / "README.md"
    marked = re.compile(r"(<!-- table -->\n).*(<!-- /table -->)", re.DOTALL)
    readme.write_text(marked.sub(lambda found: f"{found[1]}{text}\n{found[2]}", readme.read_text()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object and leave README.md alone")
    as_json = parser.parse_args().json
    results = [measure for part in (appending, row_files, small_files, slow_steps) for measure in best(part)]
    if as_json:
        print(json.dumps({"benchmark": "store", "versions": VERSIONS, "results": [asdict(each) for each in results]}))
    else:
        print(table_of(results))
        publish(table_of(results))


if __name__ == "__main__":
    main()
