"""Seamark as a service among those it watches: its own work, failures and queue become points of its own component.

So the rules for services judge it, its row stands on the screen, and its past is there when somebody asks.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from seamark.clock import MINUTE_US
from seamark.records.measurement import Measurement
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.store.drawer_of_metrics import Metrics
from seamark.store.stretches import Stretch

COMPONENT: Final = Component("default", ComponentKind.SERVICE, "seamark")
_GROWS: Final = {
    "requests": (
        "seamark_ingest_batches",
        "seamark_ingest_refused_batches",
        "seamark_lane_steps",
        "seamark_lane_failures",
    ),
    "server_errors": ("seamark_ingest_failed_commits", "seamark_lane_failures"),
}
"""A batch and a step of a lane are both a piece of work; a commit or a step that fails is an error."""
_QUEUE: Final = ("seamark_ingest_queue_entries", "seamark_ingest_queue_rows")


class SelfWatch:
    """Call it once a minute. It reads counters since the start, so the first call only notes where they are."""

    def __init__(self, metrics: Metrics, measured: Callable[[], Iterable[Measurement]], queue_rows: int) -> None:
        self._metrics, self._measured, self._queue_rows = metrics, measured, queue_rows
        self._before: dict[str, float] | None = None

    def note(self, now_us: int) -> None:
        """Add the last minute's points."""
        told = {each.name: sum(value for _, value in each.samples) for each in self._measured()}
        grown = {name: sum(told.get(each, 0.0) for each in names) for name, names in _GROWS.items()}
        used = resource.getrusage(resource.RUSAGE_SELF)
        grown["cpu_seconds"] = used.ru_utime + used.ru_stime
        before, self._before = self._before, grown
        if before is None:
            return
        entries, rows = (told.get(name, 0.0) for name in _QUEUE)
        points = {name: [value - before[name]] for name, value in grown.items()}
        points |= {"queued_requests": _gauge(entries), "saturation": _gauge(rows / self._queue_rows)}
        start_us = now_us // MINUTE_US * MINUTE_US
        self._metrics.add([_stretch(name, start_us, values) for name, values in points.items()])


def _gauge(value: float) -> list[float]:
    """Sum, number, smallest and largest of one sample."""
    return [value, 1.0, value, value]


def _stretch(name: str, start_us: int, values: list[float]) -> Stretch:
    series = METRICS[name].of(COMPONENT, name)
    return Stretch(series, start_us, MINUTE_US, np.array(values).reshape(-1, 1))
