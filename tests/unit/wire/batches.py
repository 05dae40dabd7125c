"""Small batches for the wire's tests."""

from __future__ import annotations

import json

import pyarrow as pa

from seamark.clock import from_iso
from seamark.records.log import EntryKind
from seamark.wire import arrow, documents
from seamark.wire.batch import encode
from seamark.wire.canonical import Request
from seamark.wire.limits import Limits

NOW = from_iso("2026-11-01T12:00:00Z")
TIME = "2026-11-01T11:00:00Z"
LIMITS = Limits()


def request(kind=EntryKind.PREDICTIONS, **changed):
    return Request(kind, changed.pop("model", "m"), NOW, **changed)


def predictions(*rows, limits=LIMITS, partial=False, **body):
    """Decode rows; each gets an id and a time unless it says otherwise."""
    filled = [{"id": f"p{number}", "time": TIME, **row} for number, row in enumerate(rows)]
    document = {"model": "m", "predictions": filled, **body}
    return documents.predictions(json.dumps(document).encode(), request(partial=partial), limits)


def columns(*, limits=LIMITS, partial=False, **found):
    """Decode columns whose names have `_` for the first `.`; ids and times are added."""
    rows = len(next(iter(found.values())))
    named = {"id": [f"p{row}" for row in range(rows)], "time": [TIME] * rows}
    named |= {name.replace("_", ".", 1) if "_" in name else name: values for name, values in found.items()}
    body = json.dumps({"model": "m", "columns": named}).encode()
    return documents.predictions(body, request(partial=partial), limits)


def outcomes(*rows, partial=False):
    filled = [{"id": f"p{number}", "time": TIME, **row} for number, row in enumerate(rows)]
    body = json.dumps({"model": "m", "outcomes": filled}).encode()
    return documents.outcomes(body, request(EntryKind.OUTCOMES, partial=partial), LIMITS)


def table(rows=2, **arrays):
    """An Arrow table with ids and times."""
    return pa.table(
        {
            "id": pa.array([f"p{row}" for row in range(rows)]),
            "time": pa.array([NOW - 1] * rows, pa.int64()).cast(pa.timestamp("us", "UTC")),
            **arrays,
        }
    )


def arrow_batch(found, limits=LIMITS, kind=EntryKind.PREDICTIONS, *, partial=False):
    return arrow.decode(encode(found), request(kind, partial=partial), limits)
