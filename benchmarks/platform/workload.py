"""Models, their past and their traffic: the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from seamark.clock import DAY_US, HOUR_US
from seamark.profile.bins import BinSets
from seamark.profile.counting import count_by_hour
from seamark.profile.segments import Segments
from seamark.records.blocks import ProfileBlock, ProfileKey, SlowStep
from seamark.records.log import EntryKind, LogEntry
from seamark.records.model import Model
from seamark.stats.profile import BinSet
from seamark.store.protocol import Store

PROJECT = "default"
DIMENSION = "country"
NOW_US = 20_454 * DAY_US  # a Thursday
WEEK_HOURS = 168
_REFERENCE_ROWS = 4_000
_POOL_ROWS = 50_000
_DIGEST = slice(5, 13)  # of a stored profile: which bin set it belongs to


@dataclass(frozen=True)
class Shape:
    """How large everything is."""

    models: int
    versions: int
    segments: int
    features: int
    rows_an_hour: int  # of each model
    seed: int = 0
    pool: pa.Table = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        object.__setattr__(self, "pool", self.rows(rng, np.arange(_POOL_ROWS) % WEEK_HOURS))

    def names(self) -> list[str]:
        return [f"model-{number:03d}" for number in range(self.models)]

    def rows(self, rng: np.random.Generator, hour: np.ndarray) -> pa.Table:
        """A row for each `hour`, of which features follow the time of day; a tenth of the features are categories."""
        rows, categories = len(hour), max(self.features // 10, 1)
        of_day = np.sin(2 * np.pi * hour / 24)
        made = {}
        for place in range(self.features - categories):
            made[f"feature.x{place:03d}"] = pa.array(0.2 * (place % 5) / 4 * of_day + rng.normal(size=rows))
        for place in range(categories):
            made[f"feature.c{place:03d}"] = pa.array(rng.choice(["a", "b", "c", "d", "e"], rows))
        score = rng.beta(2, 5, rows)
        made |= {"prediction": pa.array((score > 0.5).astype(float)), "score": pa.array(score)}
        countries = np.array([f"country-{number:02d}" for number in range(self.segments)])
        return pa.table(made | {f"segment.{DIMENSION}": pa.array(countries[rng.integers(0, self.segments, rows)])})

    def part(self, rng: np.random.Generator, rows: int, start_us: int, length_us: int, name: str) -> pa.Table:
        """Some rows of the pool, between `start_us` and `start_us + length_us`, of all versions."""
        first = int(rng.integers(0, _POOL_ROWS - rows))
        versions = np.array([f"v{number}" for number in range(self.versions)])
        times = np.sort(rng.integers(start_us, start_us + length_us, rows))
        found = self.pool.slice(first, rows)
        found = found.append_column("id", pa.array([f"{name}-{start_us}-{number}" for number in range(rows)]))
        found = found.append_column("time", pa.array(times, pa.timestamp("us", "UTC")))
        return found.append_column("version", pa.array(versions[rng.integers(0, self.versions, rows)]))


def entry(model: str, kind: EntryKind, table: pa.Table) -> LogEntry:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return LogEntry(kind, PROJECT, model, NOW_US, table.num_rows, sink.getvalue().to_pybytes())


def references(shape: Shape) -> Iterator[LogEntry]:
    """One for each model, each of rows of its own."""
    for number, name in enumerate(shape.names()):
        rng = np.random.default_rng([shape.seed, 1, number])
        table = shape.rows(rng, np.arange(_REFERENCE_ROWS) % WEEK_HOURS)
        times = np.arange(_REFERENCE_ROWS) * (WEEK_HOURS * HOUR_US // _REFERENCE_ROWS) + NOW_US - 60 * DAY_US
        yield entry(name, EntryKind.REFERENCE, table.append_column("time", pa.array(times, pa.timestamp("us", "UTC"))))


class Past:
    """Hours of one model, which every model has lived through: counted once, written under each one's bin set."""

    def __init__(self, shape: Shape, hours: int, bin_set: BinSet) -> None:
        rng = np.random.default_rng([shape.seed, 2])
        self._segments, self._rows = Segments((DIMENSION,)), shape.rows_an_hour
        self._hours: dict[int, list[tuple[str, str, int, bytes]]] = {}
        for first in range(0, hours, 24):
            day_us = NOW_US - (hours - first) * HOUR_US
            table = shape.part(rng, 24 * shape.rows_an_hour, day_us, DAY_US, "past")
            self._segments = self._segments.grown(table)
            for (segment, version, hour_us), profile in count_by_hour(table, bin_set, self._segments).items():
                of_hour = self._hours.setdefault(hour_us, [])
                of_hour.append((segment, version, profile.rows, profile.to_bytes()))

    def write(self, store: Store, bins: BinSets, model: Model, hours: int) -> None:
        """The last `hours`, as if they had been counted and judged."""
        adopted = model.bin_set or 0
        digest = bins.get(model.project, model.name, adopted).digest
        blocks, total, versions = [], 0, dict[str, int]()
        for hour_us in sorted(self._hours)[-hours:]:
            for segment, version, rows, payload in self._hours[hour_us]:
                key = ProfileKey(model.project, model.name, adopted, version, segment, hour_us)
                whole = b"".join([payload[: _DIGEST.start], digest, payload[_DIGEST.stop :]])
                blocks.append(ProfileBlock(key, rows, whole))
                versions.setdefault(version, hour_us)
                total += 0 if segment else rows
        model = replace(
            model,
            rows=total,
            versions=tuple(sorted(versions)),
            since_us=tuple(versions[version] for version in sorted(versions)),
            segments=self._segments.names,
            first_time_us=NOW_US - hours * HOUR_US,
            last_time_us=NOW_US - 1,
            window_us=HOUR_US,
            evaluated_through_us=NOW_US,
        )
        store.slow.commit(SlowStep(watermark_seq=store.slow.watermark(), models=(model,), blocks=tuple(blocks)))
