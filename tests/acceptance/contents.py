"""Traffic of a model whose input is a vector and a sentence, sent over HTTP."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DIMENSIONS, HOURS, ROWS = 24, 6, 250
SECRET = "swordfish"


def columns(rng, rows, moved=0.0):
    words = [f"w{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(200)]
    return {
        "vector": list((rng.normal(size=(rows, DIMENSIONS)) + moved).astype(np.float32)),
        "prompt": [
            f"{' '.join(rng.choice(words, 12))} {SECRET} {number}" for number in rng.integers(1_000, 10_000, rows)
        ],
        "score": rng.random(rows),
    }


def parquet(rng, rows):
    found = columns(rng, rows)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(found["vector"])), DIMENSIONS)
    sink = io.BytesIO()
    pq.write_table(pa.table({**found, "vector": vectors}), sink)
    return sink.getvalue()


def stream(rng, hour, start, moved, kind):
    found = columns(rng, ROWS, moved)
    times = [start + timedelta(seconds=10 * number) for number in range(ROWS)]
    table = pa.table(
        {
            "id": [f"{hour}-{number}" for number in range(ROWS)],
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "feature.vector": pa.array([vector.tolist() for vector in found["vector"]], pa.list_(pa.float64())).cast(
                kind
            ),
            "feature.prompt": pa.array(found["prompt"], pa.large_string()),
            "score": found["score"],
        }
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def post(address, path, body, media, **parameters):
    answer = httpx.post(f"{address}{path}", content=body, headers={"Content-Type": media}, params=parameters)
    assert answer.is_success, answer.text
    return answer.json()


ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
HOURLY = "[models.m]\nwindow_seconds = 3600\n"


def send_hours(address):
    """A reference and six hours of Arrow streams, in the last three of which the vectors have moved."""
    rng = np.random.default_rng(0)
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS + 1)
    body = parquet(rng, 3_000)
    said = post(address, "/v1/models/m/baseline", body, PARQUET, score="score")
    kinds = (pa.list_(pa.float32()), pa.list_(pa.float64(), DIMENSIONS), pa.large_list(pa.float32()))
    for hour in range(HOURS):
        body = stream(rng, hour, first + timedelta(hours=hour), 0.5 * (hour >= 3), kinds[hour % 3])
        assert post(address, "/v1/predictions", body, ARROW, model="m") == {"accepted": ROWS}
    return first, said
