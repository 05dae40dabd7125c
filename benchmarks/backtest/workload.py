"""A year of a model's predictions with a day and a week in them, as Parquet files: the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seamark.clock import HOUR_US

START_US = 1_735_689_600_000_000  # 2025-01-01
_CATEGORIES = np.array(["a", "b", "c", "d", "e"])
_HOURS_A_PART = 24 * 30
_REFERENCE_ROWS = 50_000
_SHARE_OF_CATEGORIES = 10  # one feature in ten


def write(folder: Path, *, seed: int, months: int, features: int, rows_an_hour: int) -> tuple[Path, Path, int]:
    """(reference, data, rows of the data). Two features shift by half a standard deviation in the tenth month."""
    rng = np.random.default_rng(seed)
    shape = rng.normal(size=(2, features))  # how strongly each follows the day and the week
    reference, data = folder / "reference.parquet", folder / "data.parquet"
    hours = rng.integers(0, 24 * 28, _REFERENCE_ROWS)
    pq.write_table(_table(rng, hours - 24 * 28, features, shape), reference)
    rows, writer = 0, None
    for first in range(0, months * _HOURS_A_PART, _HOURS_A_PART):
        hour = np.repeat(np.arange(first, first + _HOURS_A_PART), rows_an_hour)
        part = _table(rng, hour, features, shape, moved=first >= 9 * _HOURS_A_PART)
        writer = writer or pq.ParquetWriter(data, part.schema)
        writer.write_table(part)
        rows += part.num_rows
    if writer is not None:
        writer.close()
    return reference, data, rows


def _table(
    rng: np.random.Generator, hour: np.ndarray, features: int, shape: np.ndarray, *, moved: bool = False
) -> pa.Table:
    rows = len(hour)
    of_day, of_week = np.sin(2 * np.pi * hour / 24), np.sin(2 * np.pi * hour / 168)
    numeric = features - features // _SHARE_OF_CATEGORIES
    # What an hour has in common: traffic is never independent draws.
    common = rng.normal(0, 0.1, (hour.max() - hour.min() + 1, features))[hour - hour.min()]
    columns = {}
    for place in range(numeric):
        mean = 0.3 * shape[0, place] * of_day + 0.15 * shape[1, place] * of_week + common[:, place]
        columns[f"x{place:02d}"] = mean + rng.normal(size=rows) + (0.5 if moved and place < 2 else 0.0)
    for place in range(numeric, features):
        turned = rng.random(rows) < 0.05 * (1 + of_day)
        columns[f"c{place:02d}"] = np.where(turned, "a", _CATEGORIES[rng.integers(0, 5, rows)])
    score = 1 / (1 + np.exp(-(columns["x00"] + 0.5 * columns["x01"] - 1 + rng.normal(0, 0.5, rows))))
    times = START_US + hour * HOUR_US + np.sort(rng.integers(0, HOUR_US, rows))
    return pa.table(
        {
            "time": pa.array(np.sort(times), pa.timestamp("us", "UTC")),
            **{name: pa.array(values) for name, values in columns.items()},
            "prediction": pa.array((score > 0.5).astype(float)),
            "score": pa.array(score),
        }
    )
