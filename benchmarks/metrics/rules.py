"""What it costs to decide all rules of many services once a minute; rewrites README.md's lines.

    python benchmarks/metrics/rules.py [--services 500]

CPU seconds of the process, user and system, of one step of the fast lane: reading, deciding, alerts, and writing the
verdicts. Each service has 20 series (one a histogram of 15 buckets) and three days of minutes behind it.
"""

from __future__ import annotations

import argparse
import platform
import re
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from seamark.clock import DAY_US, MINUTE_US
from seamark.pipeline.components import ComponentPace, ComponentWatch
from seamark.records.metric import METRICS, Component, ComponentKind, MetricKind
from seamark.records.metric_rule import ServiceOptions
from seamark.store.backends.local import LocalStore
from seamark.store.stretches import Stretch

HERE = Path(__file__).parent
START_US = 20_000 * DAY_US
MINUTES = 3 * 24 * 60
BOUNDS = (*(0.005 * 2**step for step in range(14)), np.inf)
RATES = {
    "requests": 600.0,
    "server_errors": 0.5,
    "client_errors": 5.0,
    "checks": 4.0,
    "failed_checks": 0.0,
    "restarts": 0.0,
    "cpu_seconds": 30.0,
    "cpu_available_seconds": 120.0,
    "cpu_periods": 600.0,
    "cpu_throttled_periods": 5.0,
    "oom_kills": 0.0,
    "latency_sum_seconds": 20.0,
}  # a minute
LEVELS = {"memory_bytes": 3e9, "memory_limit_bytes": 8e9, "crash_loop": 0.0, "saturation": 0.4}
OTHERS = "latency_seconds check_seconds in_flight_requests queued_requests"
NAMES = (*RATES, *LEVELS, *OTHERS.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        fill(store, asked.services)
        watch = ComponentWatch(store, ComponentPace(lambda _name: OPTIONS), "")
        now_us = START_US + MINUTES * MINUTE_US
        first = cost(lambda: act(store, watch, now_us))
        later = [cost(lambda at=at: act(store, watch, now_us + at * MINUTE_US)) for at in range(1, 6)]
        size = store.metrics._database.query("SELECT avg(length(payload)) FROM verdicts")[0][0]  # noqa: SLF001
        quiet = not store.fast.alerts()
        store.close()
    assert quiet
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SQLite {sqlite3.sqlite_version}"
    line = (
        f"**{np.median(later):.2f} CPU-s a minute for {asked.services} services of {len(NAMES)} series"
        f" ({np.median(later) / 60:.1%} of one core)**; the first time after a start, when three days are read,"
        f" {first:.1f} CPU-s. Verdicts: {size:,.0f} bytes of a service and an hour after 6 minutes;"
        f" {platform.machine()}, {versions}; {datetime.now(UTC):%Y-%m-%d}."
    )
    page = HERE / "README.md"
    text = page.read_text(encoding="utf-8")
    text = re.sub(
        r"<!-- rules -->.*<!-- end of rules -->",
        lambda _: f"<!-- rules -->\n{line}\n<!-- end of rules -->",
        text,
        flags=re.DOTALL,
    )
    page.write_text(text, encoding="utf-8")
    print(line)


OPTIONS = ServiceOptions(sla_seconds=0.5, thresholds={"p99": 1.0})


def fill(store: LocalStore, services: int) -> None:
    """One service through the front door; the others are copies of its blocks."""
    first = Component("shop", ComponentKind.SERVICE, "s0000")
    store.metrics.add(list(stretches(first, MINUTES + 6)))
    others = [Component("shop", ComponentKind.SERVICE, f"s{number:04}") for number in range(1, services)]
    with store.metrics._database.transaction() as connection:  # noqa: SLF001 copies cost nothing this way
        for each in others:
            connection.execute(
                "INSERT INTO metric_components (project, kind, name) VALUES (?, ?, ?)",
                (each.project, each.kind, each.name),
            )
        for table, fields in (
            ("metric_series", "layer, metric, unit, t.kind"),
            ("metric_blocks", "step_us, start_us, payload"),
        ):
            connection.execute(
                f"INSERT INTO {table} (component, {fields.replace('t.', '')}) SELECT c.id, {fields}"
                " FROM metric_components AS c"
                f" JOIN {table} AS t ON t.component = 1 WHERE c.id > 1"
            )


def stretches(component: Component, minutes: int):  # noqa: ANN201 of stretches
    rng = np.random.default_rng(5)
    for name in NAMES:
        series = METRICS[name].of(component, name)
        if series.kind is MetricKind.HISTOGRAM:
            each = rng.poisson(600 * 0.5 ** np.arange(1, len(BOUNDS) + 1)[:, None], (len(BOUNDS), minutes))
            counts = np.cumsum(each, axis=0).astype(float)
            yield Stretch(series, START_US, MINUTE_US, counts, BOUNDS)
        elif series.kind is MetricKind.GAUGE:
            level = LEVELS.get(name, 1.0) * rng.uniform(0.9, 1.1, minutes)
            yield Stretch(series, START_US, MINUTE_US, np.stack([4 * level, np.full(minutes, 4.0), level, level]))
        else:
            grown = rng.poisson(RATES[name], (1, minutes)).astype(float)
            yield Stretch(series, START_US, MINUTE_US, grown)


def act(store: LocalStore, watch: ComponentWatch, now_us: int) -> None:
    step = watch.step(now_us)
    assert step is not None
    store.fast.commit(step)


def cost(work) -> float:  # noqa: ANN001 any
    begun = time.process_time()
    work()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
