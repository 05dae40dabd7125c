"""Rows per server-CPU-second, over HTTP, acknowledged after the commit; rewrites the table in README.md.

python benchmarks/ingest/run.py [--batches 300] [--rounds 6] [--rows 1000] [--json]
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from load import send
from payloads import FORMATS, columns
from steps import microseconds_per_batch

from seamark import clock

HERE = Path(__file__).parent
DISTINCT = 20
TARGETS = {"JSON rows": 100_000, "JSON columns": 250_000, "Arrow": 800_000}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=300, help="per round")
    parser.add_argument("--rounds", type=int, default=6, help="the one that cost the server least counts")
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = [measure(name, asked) for name in FORMATS]
    if asked.json:
        print(json.dumps({"machine": machine(), "results": results}, indent=1))
    else:
        text = table(results, asked)
        publish(text)
        print(text)


def measure(name: str, asked: argparse.Namespace) -> dict[str, object]:
    """One format against a server and a store of its own."""
    encode, media, path = FORMATS[name]
    now_us = clock.now_us()
    bodies = [encode(columns(asked.rows, seed, now_us)) for seed in range(DISTINCT)]
    headers = {"Content-Type": media}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "serving.py"), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                warm = {"batches": 20, "connections": asked.connections}
                send(address, server.pid, bodies, headers, path, **warm)
                rounds = [
                    send(
                        address, server.pid, bodies, headers, path, batches=asked.batches, connections=asked.connections
                    )
                    for _ in range(asked.rounds)
                ]
                load = min(rounds, key=lambda each: each.cpu_seconds)
            finally:
                server.terminate()
    rows = load.batches * asked.rows
    return {
        "format": name,
        "rows_per_cpu_second": round(rows / load.cpu_seconds),
        "rows_per_second": round(rows / load.wall_seconds),
        "target": TARGETS[name],
        "latency_ms_p50": round(load.latency_ms_p50, 1),
        "latency_ms_p99": round(load.latency_ms_p99, 1),
        "body_bytes": len(bodies[0]),
        "steps_us": {step: round(us) for step, us in microseconds_per_batch(bodies[0], media).items()},
    }


def table(results: list[dict[str, object]], asked: argparse.Namespace) -> str:
    """The results as Markdown."""
    steps = list(results[0]["steps_us"])  # type: ignore[call-overload]
    head = [
        "format",
        "rows per server-CPU-s",
        "to reach",
        "rows/s",
        "p50 ms",
        "p99 ms",
        *(f"{step} µs" for step in steps),
        "HTTP and waiting µs",
    ]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for each in results:
        per_batch = asked.rows / each["rows_per_cpu_second"] * 1e6  # type: ignore[operator]
        spent = each["steps_us"]
        rest = per_batch - sum(spent.values())  # type: ignore[attr-defined]
        cells = [
            each["format"],
            f"**{each['rows_per_cpu_second']:,}**",
            f"{each['target']:,}",
            f"{each['rows_per_second']:,}",
            each["latency_ms_p50"],
            each["latency_ms_p99"],
            *spent.values(),  # type: ignore[attr-defined]
            round(rest),
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    settings = (
        f"Batches of {asked.rows:,} rows, 20 features; the cheapest of {asked.rounds} rounds of {asked.batches} batches"
        f" over {asked.connections} connections."
    )
    return "\n".join([*lines, "", f"{settings} {machine()}"])


def machine() -> str:
    """What it ran on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("litestar", "uvicorn", "msgspec", "pyarrow"))
    return (
        f"Python {platform.python_version()}, {packages}; Linux {platform.machine()} virtual machine, 2 cores"
        f" shared with the load generator; {datetime.now(UTC):%Y-%m-%d}."
    )


def publish(text: str) -> None:
    """Put the table between the marks of README.md."""
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition("<!-- table -->\n")
    after = rest.partition("<!-- /table -->")[2]
    readme.write_text(f"{before}<!-- table -->\n{text}\n<!-- /table -->{after}")


if __name__ == "__main__":
    main()
