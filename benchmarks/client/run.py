"""What a host program pays for `Client.log`; rewrites the tables in README.md.

python benchmarks/client/run.py [--seconds 5] [--repeats 3] [--json]
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import seamark
from seamark.client.bodies import encode
from seamark.client.entries import Prediction
from seamark.client.values import NOTHING, Snapshot, snapshot
from seamark.wire.json import encode_rows

HERE = Path(__file__).parent
WIDTHS = (20, 62)
RATES = (None, 1_000, 100)  # rows a second; None = as fast as they can be logged
UNPACED_ROWS = 50_000
POOL = 500
NOW_US = 1_793_534_400_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each paced run")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with sink() as url:
        hosts = [best(url, width, kind, rate, asked) for kind, width in cases() for rate in RATES]
    results = {
        "hosts": hosts,
        "forms": [form for width in WIDTHS for form in forms(width)],
        "import_ms": imports(10),
        "buffered_bytes": {width: buffered_bytes(width) for width in WIDTHS},
    }
    if asked.json:
        print(json.dumps({"machine": machine(), **results}, indent=1))
    else:
        text = tables(results)
        print(text)
        publish(text)


def cases() -> list[tuple[str, int]]:
    return [("Python values", 20), ("NumPy scalars", 20), ("Python values", 62)]


def rows(width: int, kind: str = "Python values") -> list[dict[str, object]]:
    """Feature dicts as a web app has them: three quarters full-precision floats, one quarter short texts."""
    draw = random.Random(7)
    number: Callable[[float], object] = np.float64 if kind == "NumPy scalars" else float
    return [
        {f"feature_{i}": number(draw.gauss(0, 100)) if i % 4 else draw.choice(("FR", "DE", "US")) for i in range(width)}
        for _ in range(POOL)
    ]


def best(url: str, width: int, kind: str, rate: int | None, asked: argparse.Namespace) -> dict[str, object]:
    """The repeat with the least CPU: everything else on the machine only adds."""
    runs = [host(url, rows(width, kind), rate, asked.seconds) for _ in range(asked.repeats)]
    found = min(runs, key=lambda run: run["cpu_us"])
    return {"columns": width, "values": kind, "rate": rate, **{name: round(value, 1) for name, value in found.items()}}


def host(url: str, pool: list[dict[str, object]], rate: int | None, seconds: float) -> dict[str, float]:
    """A host that logs: what each call takes, and the CPU of the whole process beyond the same host without it."""
    count = UNPACED_ROWS if rate is None else int(rate * seconds)
    client = seamark.Client(url, model="fraud", version="1", buffer_rows=count + 1, buffer_bytes=2**40)
    client.log(features=pool[0])
    client.flush(30)

    def log(i: int) -> None:
        client.log(f"id{i}", features=pool[i % POOL], prediction=1, score=0.87, segment={"country": "FR"})

    _, yardstick = spend(lambda _: small_dict(), min(count, 5_000), rate)
    idle, _ = spend(lambda _: None, count, rate)
    begun = time.process_time()
    _, calls = spend(log, count, rate)
    assert client.flush(60)
    cpu = time.process_time() - begun - idle
    assert client.stats.acknowledged == count + 1, client.stats
    client.close()
    quantiles = statistics.quantiles(calls, n=1000)
    return {
        "yardstick_us": statistics.median(yardstick) / 1e3,
        "median_us": statistics.median(calls) / 1e3,
        "p99_us": quantiles[989] / 1e3,
        "cpu_us": cpu / count * 1e6,
    }


def small_dict() -> dict[int, float]:
    """A piece of any Python program, to see what a processor that was just doing something else makes of it."""
    return {i: i / 7 for i in range(12)}


def spend(call: Callable[[int], None], count: int, rate: int | None) -> tuple[float, list[int]]:
    """CPU seconds of the loop, and nanoseconds of each call. A paced loop logs in groups of ten milliseconds."""
    group = count + 1 if rate is None else max(1, rate // 100)
    calls = []
    begun = time.process_time()
    for i in range(count):
        before = time.perf_counter_ns()
        call(i)
        calls.append(time.perf_counter_ns() - before)
        if i % group == group - 1:
            time.sleep(group / (rate or 1))
    return time.process_time() - begun, calls


def forms(width: int) -> Iterator[dict[str, object]]:
    """The same 500 rows as columns and as rows: CPU and bytes, plain and compressed."""
    entries = [
        Prediction(f"id{i}", NOW_US + i, shared, 1, 0.87, NOTHING, NOTHING, None, None, 0)
        for i, shared in enumerate(snapshots(width))
    ]
    objects = [{"id": each.id, "features": dict(zip(*each.features[:2], strict=True))} for each in entries]
    for name, write in {
        "columns": lambda: encode(entries, "fraud", "1", {}),
        "rows": lambda: encode_rows("fraud", "predictions", objects, "1"),
    }.items():
        body = write()
        yield {
            "columns": width,
            "form": name,
            "encode_us": round(fastest(write) / POOL * 1e6, 1),
            "bytes": round(len(body) / POOL),
            "gzip_us": round(fastest(lambda body=body: zlib.compress(body, 1)) / POOL * 1e6, 1),
            "gzip_bytes": round(len(zlib.compress(body, 1)) / POOL),
        }


def snapshots(width: int) -> Iterator[Snapshot]:
    known: tuple[str, ...] = ()
    for row in rows(width):
        made = snapshot(row, known)
        known, _, _ = made
        yield made


def fastest(call: Callable[[], object], times: int = 30) -> float:
    found = []
    for _ in range(times):
        begun = time.process_time()
        call()
        found.append(time.process_time() - begun)
    return min(found)


def buffered_bytes(width: int) -> int:
    """Memory of one buffered row of freshly made values."""
    tracemalloc.start()
    client = seamark.Client(
        "http://127.0.0.1:1", model="fraud", batch_rows=2_000, buffer_rows=2_000, flush_seconds=3600
    )
    client.log(features={})  # starts the thread, which then sleeps
    before, _ = tracemalloc.get_traced_memory()
    for i in range(1_000):
        client.log(f"id{i}", features={f"feature_{j}": i + j / 7 if j % 4 else "FR" for j in range(width)}, score=i / 7)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    client.close(0)
    return round((after - before) / 1_000)


def imports(times: int) -> float:
    """CPU milliseconds of `import seamark; seamark.Client` in a fresh interpreter."""
    script = (
        "import time; begun = time.process_time(); import seamark; seamark.Client;"
        "print((time.process_time() - begun) * 1e3)"
    )
    taken = [float(subprocess.check_output([sys.executable, "-c", script])) for _ in range(times)]
    return round(statistics.median(taken), 1)


def tables(results: dict[str, list[dict[str, object]]]) -> str:
    """The results as Markdown."""
    lines = [
        "| columns | values | rows/s | `log`, median µs | `log`, p99 µs | CPU in all, µs per row | yardstick, µs |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in results["hosts"]:
        log = f"**{each['median_us']}** | {each['p99_us']} | **{each['cpu_us']}** | {each['yardstick_us']}"
        lines.append(f"| {each['columns']} | {each['values']} | {each['rate'] or 'unpaced'} | {log} |")
    head = ("columns", "form", "encode, µs per row", "bytes per row", "gzip, µs more", "gzip, bytes")
    lines += ["", f"| {' | '.join(head)} |", "|---|---|---|---|---|---|"]
    parts = ("columns", "form", "encode_us", "bytes", "gzip_us", "gzip_bytes")
    lines += [f"| {' | '.join(str(each[name]) for name in parts)} |" for each in results["forms"]]
    held = results["buffered_bytes"]
    lines += ["", "| | |", "|---|---|", f"| `import seamark; seamark.Client` | {results['import_ms']} ms CPU |"]
    lines += [f"| memory of a buffered row of {width} columns | {held[width]:,} bytes |" for width in WIDTHS]
    return "\n".join([*lines, "", machine()])


def machine() -> str:
    """What it ran on."""
    return (
        f"Python {platform.python_version()}; Linux {platform.machine()} virtual machine, 2 cores shared with the sink"
        f" server; {datetime.now(UTC):%Y-%m-%d}."
    )


def publish(text: str) -> None:
    """Put the tables between the marks of README.md."""
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition("<!-- table -->\n")
    after = rest.partition("<!-- /table -->")[2]
    readme.write_text(f"{before}<!-- table -->\n{text}\n<!-- /table -->{after}")


@contextmanager
def sink() -> Iterator[str]:
    """A server in another process, so that its CPU is not ours."""
    with subprocess.Popen([sys.executable, str(HERE / "sink.py")], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


if __name__ == "__main__":
    main()
