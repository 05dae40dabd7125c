"""The batches that are sent: 20 features (15 numbers, 5 categories), prediction, score, one segment."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pyarrow as pa

from seamark.clock import SECOND_US, to_iso
from seamark.wire.batch import encode

MODEL = "bench"
Columns = dict[str, list[object]]


def columns(rows: int, seed: int, now_us: int) -> Columns:
    """One batch as columns."""
    rng = random.Random(seed)
    found: Columns = {
        "id": [f"p{seed:06d}-{row:06d}" for row in range(rows)],
        "time": [to_iso(now_us - (rows - row) * 1_000 - seed * SECOND_US) for row in range(rows)],
    }
    for number in range(15):
        found[f"feature.number_{number:02d}"] = [rng.gauss(100, 15) for _ in range(rows)]
    for number in range(5):
        found[f"feature.category_{number}"] = rng.choices(["red", "green", "blue", "black", "white"], k=rows)
    found["prediction"] = rng.choices([0, 1], k=rows)
    found["score"] = [rng.random() for _ in range(rows)]
    found["segment.country"] = rng.choices(["FR", "DE", "JP"], k=rows)
    return found


def as_json_columns(batch: Columns) -> bytes:
    """`{"columns": {...}}`."""
    return json.dumps({"model": MODEL, "version": "1", "columns": batch}).encode()


def as_json_rows(batch: Columns) -> bytes:
    """`{"predictions": [...]}`."""
    features = {name.removeprefix("feature."): values for name, values in batch.items() if name.startswith("feature.")}
    rows = [
        {
            "id": batch["id"][row],
            "time": batch["time"][row],
            "features": {name: values[row] for name, values in features.items()},
            "prediction": batch["prediction"][row],
            "score": batch["score"][row],
            "segment": {"country": batch["segment.country"][row]},
        }
        for row in range(len(batch["id"]))
    ]
    return json.dumps({"model": MODEL, "version": "1", "predictions": rows}).encode()


def as_arrow(batch: Columns) -> bytes:
    """An Arrow IPC stream."""
    arrays = {name: pa.array(values) for name, values in batch.items()}
    arrays["time"] = arrays["time"].cast(pa.timestamp("us", "UTC"))
    return encode(pa.table(arrays))


FORMATS: dict[str, tuple[Callable[[Columns], bytes], str, str]] = {
    "JSON rows": (as_json_rows, "application/json", "/v1/predictions"),
    "JSON columns": (as_json_columns, "application/json", "/v1/predictions"),
    "Arrow": (as_arrow, "application/vnd.apache.arrow.stream", f"/v1/predictions?model={MODEL}&version=1"),
}
