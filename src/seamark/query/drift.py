"""The newest verdict of every monitor, for the Prometheus exposition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seamark.clock import DAY_US
from seamark.query import evaluations
from seamark.records.model import Model
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
        window = Window(end_us - 3 * model.window_us, end_us)
        table = evaluations.read(store, model, window, fields=("value", "threshold"))
        yield from _newest(model, table)


def _newest(model: Model, table: evaluations.Table) -> Iterator[Latest]:
    """Of each monitor the last window with a number."""
    known = np.isfinite(table.arrays["value"])
    if not known.size:
        return
    last = known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    monitors = np.arange(len(last))
    values, thresholds = (table.arrays[name][monitors, last].tolist() for name in ("value", "threshold"))
    for place in np.flatnonzero(known.any(axis=1)).tolist():
        monitor = table.monitors[place]
        yield Latest(
            project=model.project,
            model=model.name,
            version="",
            signal=f"{monitor.signal}={monitor.subject}" if monitor.subject else monitor.signal,
            statistic=monitor.statistic,
            value=values[place],
            threshold=thresholds[place],
        )
