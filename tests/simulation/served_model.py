"""A simulated model in front of a real pipeline: hours of seeded traffic, a clock that does what it is told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from seamark.clock import HOUR_US, MINUTE_US
from seamark.pipeline.tick import Pipeline
from seamark.records.alert import AlertState
from seamark.records.log import EntryKind, LogEntry
from seamark.records.options import ModelOptions
from seamark.store.backends.memory import BACKEND
from seamark.store.protocol import Store

START_US = 20_000 * 24 * HOUR_US
PROJECT, NAME = "default", "fraud"

Columns = dict[str, np.ndarray]


def binary_columns(rng: np.random.Generator, rows: int) -> Columns:
    """Six features, of which two decide, and the score and class a model would give."""
    amount, age = rng.lognormal(3, 1, rows), rng.normal(40, 10, rows)
    score = 1 / (1 + np.exp(-(0.8 * np.log(amount) - 0.02 * age - 1.5 + rng.normal(0, 0.5, rows))))
    return {
        "feature.amount": amount,
        "feature.age": age,
        "feature.tenure": rng.exponential(5, rows),
        "feature.visits": rng.poisson(4, rows).astype(float),
        "feature.country": rng.choice(["FR", "US", "BR", "DE"], rows, p=[0.5, 0.3, 0.15, 0.05]),
        "feature.device": rng.choice(["phone", "desktop"], rows),
        "prediction": (score > 0.5).astype(float),
        "score": score,
    }


@dataclass
class ServedModel:
    """Traffic of `rows_an_hour` made by `columns`, changed by `faults` (hour, change) from that hour on."""

    seed: int
    rows_an_hour: int = 300
    columns: Callable[[np.random.Generator, int], Columns] = binary_columns
    options: ModelOptions = field(default_factory=ModelOptions)
    reference_rows: int = 20_000
    store: Store = field(default_factory=lambda: BACKEND.open(Path(tempfile.gettempdir())))
    faults: list[tuple[int, Callable[[np.random.Generator, Columns], Columns]]] = field(default_factory=list)
    hour: int = 0
    name: str = NAME

    def __post_init__(self) -> None:
        self.restart()
        if self.reference_rows:
            rng = np.random.default_rng([self.seed, 1])
            self.log(self._table(rng, self.columns(rng, self.reference_rows), 0), EntryKind.REFERENCE)
            self.pipeline.tick(START_US)

    def restart(self) -> None:
        """As after a crash: everything but the store is new."""
        self.pipeline = Pipeline(
            self.store, lambda _p, _m: self.options, receivers={}, base_url="http://localhost:8420"
        )

    def configure(self, **options) -> None:
        """Other owner's words from now on."""
        self.options = replace(self.options, **options)

    def run(self, hours: int, *, rows: int | None = None, tick_hours: int = 1) -> None:
        """Serve for `hours`, ticking 10 minutes after each (or after every `tick_hours`)."""
        for _ in range(hours):
            table = self.traffic(self.hour, self.rows_an_hour if rows is None else rows)
            if table.num_rows:
                self.log(table)
            self.hour += 1
            if self.hour % tick_hours == 0:
                self.pipeline.tick(self.now_us)

    @property
    def now_us(self) -> int:
        """Ten minutes past the hour that was served last."""
        return START_US + self.hour * HOUR_US + 10 * MINUTE_US

    def traffic(self, hour: int, rows: int) -> pa.Table:
        """The rows of one hour, always the same for the same seed."""
        rng = np.random.default_rng([self.seed, 2, hour])
        columns = self.columns(rng, rows)
        for from_hour, change in self.faults:
            if hour >= from_hour:
                columns = change(rng, columns)
        return self._table(rng, columns, hour)

    def log(self, table: pa.Table, kind: EntryKind = EntryKind.PREDICTIONS) -> None:
        """Put a table into the log as ingest would."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        payload = sink.getvalue().to_pybytes()
        self.store.log.append([LogEntry(kind, PROJECT, self.name, self.now_us, table.num_rows, payload)])

    def incidents(self):
        """All incidents, oldest first."""
        return list(reversed(self.store.fast.incidents(PROJECT)))

    def alerts(self, *, opened: bool = True):
        """Alerts that have fired (or, with opened=False, pending ones too)."""
        found = self.store.fast.alerts(PROJECT)
        return [alert for alert in found if alert.opened_us is not None or not opened]

    def firing(self) -> set[str]:
        """Monitors that fire now."""
        return {alert.monitor for alert in self.alerts() if alert.state is AlertState.FIRING}

    @property
    def model(self):
        """The model as the slow lane knows it."""
        return self.store.slow.model(PROJECT, self.name)

    def _table(self, rng: np.random.Generator, columns: Columns, hour: int) -> pa.Table:
        rows = len(next(iter(columns.values()))) if columns else 0
        times = START_US + hour * HOUR_US + np.sort(rng.integers(0, HOUR_US, rows))
        return pa.table(
            {
                "id": pa.array([f"{hour}-{number}" for number in range(rows)], pa.string()),
                "time": pa.array(times, pa.timestamp("us", "UTC")),
                "version": pa.array(["1"] * rows, pa.string()),
                **{name: pa.array(values) for name, values in columns.items()},
            }
        )


def times(name: str, factor: float):
    """A fault: a unit change of one column."""
    return lambda _rng, columns: {**columns, name: columns[name] * factor}


def shifted(name: str, by: float):
    """A fault: a column that moves."""
    return lambda _rng, columns: {**columns, name: columns[name] + by}


def blanked(name: str, share: float):
    """A fault: a share of a column's values goes missing."""

    def change(rng: np.random.Generator, columns: Columns) -> Columns:
        gone = rng.random(len(columns[name])) < share
        values = columns[name].astype(object)
        values[gone] = None
        return {**columns, name: pa.array(list(values))}

    return change
