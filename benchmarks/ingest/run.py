"""Rows per server-CPU-second, over HTTP, acknowledged after the commit; rewrites the table in README.md.

python benchmarks/ingest/run.py [--batches 300] [--rounds 6] [--rows 1000] [--json]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from load import Load, send
from payloads import FORMATS, Columns, columns
from steps import microseconds_per_batch

from seamark import clock

HERE = Path(__file__).parent
DISTINCT = 20
YARDSTICK = "raw ASGI + msgspec"
TARGETS = {"JSON rows": 100_000, "JSON columns": 250_000, "Arrow": 800_000}
YARDSTICK_THEN = 380_000  # of it on the machine the targets were set on: 360,000 to 405,000 rows per CPU-second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=300, help="per round")
    parser.add_argument("--rounds", type=int, default=6, help="the one that cost the server least counts")
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    results = measure([YARDSTICK, *FORMATS], asked)
    if asked.json:
        print(json.dumps({"machine": machine(), "results": results}, indent=1))
    else:
        text = table(results, asked)
        publish(text)
        print(text)


def measure(names: list[str], asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Each against a server and a store of its own, in turn round by round, because the machine's speed drifts."""
    now_us = clock.now_us()
    batches = [columns(asked.rows, seed, now_us) for seed in range(DISTINCT)]
    with ExitStack() as opened:
        trials = [opened.enter_context(_trial(name, batches)) for name in names]
        for trial in trials:
            trial.send(20, asked.connections)
        rounds = [[trial.send(asked.batches, asked.connections) for trial in trials] for _ in range(asked.rounds)]
    return [
        _result(trial, loads, [each[0] for each in rounds], asked)
        for trial, loads in zip(trials, zip(*rounds, strict=True), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Trial:
    """One format and the server it is sent to."""

    name: str
    address: str
    server_pid: int
    bodies: list[bytes]
    media: str
    path: str

    def send(self, batches: int, connections: int) -> Load:
        headers = {"Content-Type": self.media}
        at = {"batches": batches, "connections": connections}
        return send(self.address, self.server_pid, self.bodies, headers, self.path, **at)


@contextmanager
def _trial(name: str, batches: list[Columns]) -> Iterator[_Trial]:
    encode, media, path = FORMATS["JSON rows" if name == YARDSTICK else name]
    script = "yardstick.py" if name == YARDSTICK else "serving.py"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / script), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                yield _Trial(name, address, server.pid, [encode(batch) for batch in batches], media, path)
            finally:
                server.terminate()


def _result(
    trial: _Trial, loads: Sequence[Load], yardsticks: Sequence[Load], asked: argparse.Namespace
) -> dict[str, Any]:
    load = min(loads, key=lambda each: each.cpu_seconds)
    ratios = [one.cpu_seconds / each.cpu_seconds for one, each in zip(yardsticks, loads, strict=True)]
    rows = load.batches * asked.rows
    steps = {} if trial.name == YARDSTICK else microseconds_per_batch(trial.bodies[0], trial.media)
    return {
        "format": trial.name,
        "rows_per_cpu_second": round(rows / load.cpu_seconds),
        "of_the_yardstick": {"median": statistics.median(ratios), "least": min(ratios), "most": max(ratios)},
        "rows_per_second": round(rows / load.wall_seconds),
        "target": TARGETS.get(trial.name),
        "latency_ms_p50": round(load.latency_ms_p50, 1),
        "latency_ms_p99": round(load.latency_ms_p99, 1),
        "body_bytes": len(trial.bodies[0]),
        "steps_us": {step: round(us) for step, us in steps.items()},
    }


def table(results: list[dict[str, Any]], asked: argparse.Namespace) -> str:
    """The results as Markdown."""
    steps = list(results[1]["steps_us"])
    head = ["format", "rows per server-CPU-s", "of the yardstick", "to reach", "rows/s", "p50 ms", "p99 ms"]
    head += [*(f"{step} µs" for step in steps), "HTTP and waiting µs"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for each in results:
        per_batch = asked.rows / each["rows_per_cpu_second"] * 1e6
        spent = [each["steps_us"].get(step, "") for step in steps]
        rest = round(per_batch - sum(each["steps_us"].values())) if each["steps_us"] else ""
        wanted = each["target"]
        cells = [
            each["format"],
            f"**{each['rows_per_cpu_second']:,}**",
            "**{median:.2f}** ({least:.2f} to {most:.2f})".format(**each["of_the_yardstick"]),
            f"{wanted:,} = {wanted / YARDSTICK_THEN:.2f}" if wanted else "",
            f"{each['rows_per_second']:,}",
            each["latency_ms_p50"],
            each["latency_ms_p99"],
            *spent,
            rest,
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    settings = (
        f"Batches of {asked.rows:,} rows, 20 features; {asked.rounds} rounds of {asked.batches} batches over"
        f" {asked.connections} connections: rows per CPU-second of the cheapest round, ratios of the median round."
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
