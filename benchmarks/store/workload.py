"""What is stored: batches of a model with 20 features, a day of rows, an hour of profile blocks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seamark.clock import DAY_US, HOUR_US
from seamark.records.blocks import EvaluationBlock, ProfileBlock, ProfileKey, SlowStep
from seamark.records.window import Window

DAY_START_US = 20_000 * DAY_US
BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece of work took."""

    cpu_seconds: float
    wall_seconds: float


def cost(work: Callable[[], object]) -> Cost:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Cost(time.process_time() - cpu, time.perf_counter() - wall)


def table(rows: int, seed: int = 1) -> pa.Table:
    """24 columns: id, time, version, 18 continuous, 2 rounded and 1 categorical feature... as rows really look."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.integers(0, DAY_US, rows)) + DAY_START_US
    columns = {
        "id": pa.array(np.char.add("p", rng.integers(0, 10**12, rows).astype("U12"))),
        "time": pa.array(times, pa.timestamp("us", "UTC")),
        "version": pa.array(np.full(rows, "2026-11-01")),
    }
    columns |= {f"feature.continuous_{number}": pa.array(rng.normal(size=rows)) for number in range(15)}
    columns |= {f"feature.money_{number}": pa.array(np.round(rng.lognormal(3, 1, rows), 2)) for number in range(2)}
    columns["feature.count"] = pa.array(rng.poisson(3, rows).astype(float))
    columns["feature.country"] = pa.array(rng.choice(["FR", "DE", "US", "JP"], rows))
    columns["prediction"] = pa.array((rng.random(rows) < 0.1).astype(float))
    columns["score"] = pa.array(rng.random(rows))
    return pa.table(columns)


def ipc(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()


def hour_step(
    hour: int, *, models: int = 33, versions: int = 3, segments: int = 10, block_bytes: int = 3_000
) -> SlowStep:
    """About 1,000 profile blocks, and the evaluations of ten models."""
    payload = np.random.default_rng(hour).bytes(block_bytes)  # compressed already, so incompressible
    window = Window(DAY_START_US + hour * HOUR_US, DAY_START_US + (hour + 1) * HOUR_US)
    blocks = tuple(
        ProfileBlock(
            ProfileKey("default", f"model {m}", 1, f"v{v}", f"country={s}" if s else "", window.start_us),
            1_000,
            payload,
        )
        for m in range(models)
        for v in range(versions)
        for s in range(segments)
    )
    evaluations = tuple(EvaluationBlock("default", f"model {m}", "", "", window, 1, 3_000, payload) for m in range(10))
    dirty = tuple(("default", f"model {m}", window.start_us) for m in range(models))
    return SlowStep(0, blocks=blocks, evaluations=evaluations, dirty=dirty)
