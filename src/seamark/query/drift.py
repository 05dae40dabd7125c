"""The newest verdict of every monitor, for the Prometheus exposition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seamark.clock import DAY_US
from seamark.query import evaluations
from seamark.records.window import Window
from seamark.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Latest:
    """One monitor's newest value that is a number."""

    project: str
    model: str
    version: str
    signal: str
    statistic: str
    value: float
    threshold: float


def latest(store: Store, *, now_us: int) -> Iterator[Latest]:
    """One item per monitor evaluated in the last three windows of its model."""
    for model in store.slow.models():
        if model.evaluated_through_us is None or model.window_us is None or model.retired:
            continue
        end_us = model.evaluated_through_us
        if end_us < now_us - 30 * DAY_US:
            continue
        table = evaluations.read(store, model, Window(end_us - 3 * model.window_us, end_us))
        for place, monitor in enumerate(table.monitors):
            known = np.flatnonzero(np.isfinite(table.arrays["value"][place]))
            if len(known):
                yield Latest(
                    project=model.project,
                    model=model.name,
                    version="",
                    signal=f"{monitor.signal}={monitor.subject}" if monitor.subject else monitor.signal,
                    statistic=monitor.statistic,
                    value=float(table.arrays["value"][place, known[-1]]),
                    threshold=float(table.arrays["threshold"][place, known[-1]]),
                )
