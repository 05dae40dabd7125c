"""What an embedding or a text costs: rows per server-CPU-second, ingested over HTTP and counted; rewrites README.md.

python benchmarks/contents/run.py [--seed 0] [--batches 100] [--rows 1000] [--json]
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from seamark import clock

HERE = Path(__file__).parent
DIMENSIONS, REFERENCE_ROWS, NUMBERS = 384, 5_000, 20
ARROW, PARQUET, JSON = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet", "application/json"
WORDS = ["".join(letters) for letters in np.random.default_rng(1).choice(list("abcdefghinorstu"), (20_000, 6))]
FREQUENCY = np.cumsum(1 / np.arange(1.0, 20_001))
Make = Callable[[np.random.Generator, int], dict[str, pa.Array]]


def plain(rng: np.random.Generator, rows: int) -> dict[str, pa.Array]:
    """20 numbers and a score."""
    found = {f"feature.x{number:02d}": pa.array(rng.normal(size=rows)) for number in range(NUMBERS)}
    return found | {"score": pa.array(rng.random(rows))}


def embedding(rng: np.random.Generator, rows: int) -> dict[str, pa.Array]:
    """The same and an embedding of 384 float32."""
    values = pa.array(rng.normal(size=rows * DIMENSIONS).astype(np.float32))
    return plain(rng, rows) | {"feature.vector": pa.FixedSizeListArray.from_arrays(values, DIMENSIONS)}


def text(rng: np.random.Generator, rows: int) -> dict[str, pa.Array]:
    """The same and a text of about 500 characters."""
    lengths = 1 + rng.poisson(70, rows)
    words = np.array(WORDS)[np.searchsorted(FREQUENCY, rng.random(lengths.sum()) * FREQUENCY[-1] * 0.999_999)]
    texts = [" ".join(part) for part in np.split(words, np.cumsum(lengths)[:-1])]
    return plain(rng, rows) | {"feature.prompt": pa.array(texts)}


def as_arrow(table: pa.Table) -> bytes:
    """An Arrow IPC stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def as_json(table: pa.Table) -> bytes:
    """JSON columns."""
    columns = {name: table[name].to_pylist() for name in table.column_names}
    columns["time"] = [clock.to_iso(int(moment.timestamp() * 1e6)) for moment in columns["time"]]
    return json.dumps({"model": "m", "columns": columns}).encode()


CASES: list[tuple[str, Make, Callable[[pa.Table], bytes], str]] = [
    ("20 numbers, Arrow", plain, as_arrow, ARROW),
    ("and an embedding, Arrow", embedding, as_arrow, ARROW),
    ("and a text, Arrow", text, as_arrow, ARROW),
    ("20 numbers, JSON columns", plain, as_json, JSON),
    ("and an embedding, JSON columns", embedding, as_json, JSON),
    ("and a text, JSON columns", text, as_json, JSON),
]


@contextmanager
def server(folder: str) -> Iterator[tuple[str, psutil.Process]]:
    """A server of its own and its process."""
    command = "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["serve", "--port", "0", "--data", f"{folder}/data"]
    with subprocess.Popen(
        [sys.executable, "-c", command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                break
        try:
            yield found[0].rstrip("/."), psutil.Process(process.pid)
        finally:
            process.terminate()


def pending(address: str) -> float:
    """Rows that are acknowledged but not yet counted."""
    metrics = httpx.get(f"{address}/metrics").text
    return float(
        next(line for line in metrics.splitlines() if line.startswith("seamark_store_log_pending_rows ")).split()[1]
    )


def settle(address: str) -> None:
    """Wait until everything is counted, asking seldom, because the asking costs the server too."""
    while pending(address):
        time.sleep(0.5)


def measure(name: str, make: Make, encode: Callable[[pa.Table], bytes], media: str, asked: Any) -> dict[str, Any]:
    """One case against a server of its own."""
    rng = np.random.default_rng(asked.seed)
    start_us = clock.now_us() - 2 * clock.HOUR_US

    def table(number: int) -> pa.Table:
        times = start_us + np.arange(asked.rows) * 1_000
        ids = pa.array([f"{number}-{row}" for row in range(asked.rows)])
        return pa.table({"id": ids, "time": pa.array(times, pa.timestamp("us", "UTC")), **make(rng, asked.rows)})

    with tempfile.TemporaryDirectory() as folder, server(folder) as (address, process):
        sink = io.BytesIO()
        pq.write_table(pa.table(make(rng, REFERENCE_ROWS)), sink)
        upload = {"content": sink.getvalue(), "headers": {"Content-Type": PARQUET}, "timeout": 120}
        httpx.post(f"{address}/v1/models/m/baseline", **upload).raise_for_status()
        settle(address)
        stored_before = size(folder)
        bodies = [encode(table(number)) for number in range(asked.batches)]
        began, cpu = time.perf_counter(), sum(process.cpu_times()[:2])
        with httpx.Client(timeout=60) as client:
            for body in bodies:
                client.post(
                    f"{address}/v1/predictions", content=body, headers={"Content-Type": media}, params={"model": "m"}
                ).raise_for_status()
        wall = time.perf_counter() - began
        settle(address)
        cpu = sum(process.cpu_times()[:2]) - cpu
        rows = asked.batches * asked.rows
        return {
            "case": name,
            "rows_per_cpu_second": round(rows / cpu),
            "us_per_row": cpu / rows * 1e6,
            "acknowledged_rows_per_second": round(rows / wall),
            "body_bytes_per_row": round(len(bodies[0]) / asked.rows),
            "stored_bytes_per_row": round((size(folder) - stored_before) / rows),
        }


def size(folder: str) -> int:
    """Bytes of row files."""
    return sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))


def published(results: list[dict[str, Any]], asked: Any) -> str:
    """The table and how it was made."""
    heads = (
        "20 numbers and a score",
        "rows per server-CPU-s",
        "µs per row",
        "rows/s acknowledged to one sender",
        "bytes sent per row",
        "bytes in row files per row",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for each in results:
        figures = (
            f"**{each['rows_per_cpu_second']:,}**",
            f"{each['us_per_row']:.1f}",
            f"{each['acknowledged_rows_per_second']:,}",
            f"{each['body_bytes_per_row']:,}",
            f"{each['stored_bytes_per_row']:,}",
        )
        lines.append(f"| {each['case']} | {' | '.join(figures)} |")
    return "\n".join(lines) + f"\n\n{conditions(asked)}"


def conditions(asked: Any) -> str:
    """Machine, versions, date."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pyarrow", "msgspec"))
    return (
        f"{asked.batches} batches of {asked.rows:,} rows, seed {asked.seed}. Python {platform.python_version()},"
        f" {packages}; {platform.system()} {platform.machine()} virtual machine, {psutil.cpu_count()} cores shared with"
        f" the sender and with others; {datetime.now(UTC).date()}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = [measure(*case, asked) for case in CASES]
    if asked.json:
        print(json.dumps({"conditions": conditions(asked), "results": results}, indent=1))
        return
    text = published(results, asked)
    readme = HERE / "README.md"
    head, _, rest = readme.read_text(encoding="utf-8").partition("<!-- table -->\n")
    tail = rest.partition("<!-- /table -->")[2]
    readme.write_text(f"{head}<!-- table -->\n{text}\n<!-- /table -->{tail}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
