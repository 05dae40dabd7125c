"""Samples a second on one core, from the bytes of a request to the block in the database; rewrites README.md's tables.

    python benchmarks/metrics/run.py [--series 20000] [--json]

CPU seconds of the process, user and system: decompression, decoding, increases, minutes, and writing them. The HTTP
server in front costs what benchmarks/ingest says. The first request of a series takes its labels apart; that pass is
a line of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import payloads

from seamark import clock
from seamark.ingest.metrics_door import MetricsDoor
from seamark.ingest.options import MetricsOptions
from seamark.ingest.stack import Catalogue, bundled
from seamark.store.backends.local import LocalStore
from seamark.wire import otlp_json, otlp_protobuf, remote_write
from seamark.wire.compression import expand_snappy
from seamark.wire.readings import Book, Readings

HERE = Path(__file__).parent
ROUNDS = 8  # scrapes of 15 s: two minutes
SCRAPE_MS = 15_000

Make = Callable[[int, int, int], list[bytes]]
Decode = Callable[[bytes, Book], Readings]


def snappy(body: bytes, book: Book) -> Readings:
    return remote_write.decode(expand_snappy(body, 1 << 28), book)


FORMATS: dict[
    str, tuple[Make, Decode, int, int]
] = {  # what → (makes requests, reads them, points each, samples a point)
    "remote-write, 500 samples a request": (payloads.remote_write, snappy, 500, 1),
    "remote-write, 2,000 samples a request": (payloads.remote_write, snappy, 2_000, 1),
    "OTLP protobuf, 1,000 totals a request": (payloads.numbers, otlp_protobuf.decode, 1_000, 1),
    "OTLP protobuf, 200 histograms of 17 samples": (payloads.histograms, otlp_protobuf.decode, 200, 17),
    "OTLP JSON, 1,000 totals a request": (payloads.json_numbers, otlp_json.decode, 1_000, 1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    results = {what: received(asked.series, *form) for what, form in FORMATS.items()}
    if asked.json:
        print(json.dumps(results))
        return
    lines = [
        "| format | samples/s | of these, writing | first request of a series | bytes a sample |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {what} | **{each['samples_per_second']:,.0f}** | {each['writing']:.0%} |"
        f" {each['first_per_second']:,.0f}/s | {each['bytes_per_sample']:.0f} |"
        for what, each in results.items()
    ]
    stored = results["remote-write, 500 samples a request"]
    lines += [
        "",
        f"Stored: {stored['stored_bytes']:.2f} bytes a minute of each of {stored['series']:,.0f} canonical series.",
    ]
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SQLite {sqlite3.sqlite_version}"
    machine = f"{platform.machine()}, {versions}"
    lines += [
        "",
        f"{machine}; {datetime.now(UTC):%Y-%m-%d}; {asked.series:,} series, {ROUNDS} scrapes of 15 s; one core.",
    ]
    page = HERE / "README.md"
    text = page.read_text(encoding="utf-8")
    table = "<!-- table -->\n" + "\n".join(lines) + "\n<!-- end -->"
    page.write_text(re.sub(r"<!-- table -->.*<!-- end -->", lambda _: table, text, flags=re.DOTALL), encoding="utf-8")
    print("\n".join(lines))


def received(series: int, make: Make, decode: Decode, a_request: int, samples: int) -> dict[str, float]:
    """What it costs to take and write some scrapes of so many samples."""
    points = series // samples
    start_ms = clock.now_us() // 60_000_000 * 60_000 - 600_000
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        options = MetricsOptions(max_sent_series=2 * series)
        door = MetricsDoor(store.metrics, options, Catalogue(bundled()), now_us=clock.now_us)
        first = make(points, a_request, start_ms)
        first_cost = cost(lambda: [door.receive("default", body, decode) for body in first])
        took = wrote = sent = 0.0
        for number in range(1, ROUNDS + 1):
            bodies = make(points, a_request, start_ms + number * SCRAPE_MS)
            sent += sum(map(len, bodies))
            took += cost(lambda bodies=bodies: [door.receive("default", body, decode) for body in bodies])
            wrote += cost(door.flush)
        stored = store.metrics._database.query("SELECT sum(length(payload)) FROM metric_blocks")[0][0]  # noqa: SLF001
        count = len(store.metrics.series())
        store.close()
    total = points * samples * ROUNDS
    return {
        "samples_per_second": total / (took + wrote),
        "writing": wrote / (took + wrote),
        "first_per_second": points * samples / first_cost,
        "bytes_per_sample": sent / total,
        "stored_bytes": stored / count / (ROUNDS * SCRAPE_MS / 60_000),
        "series": float(count),
    }


def cost(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
