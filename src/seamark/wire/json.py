"""The JSON formats: paths, field names and how a client writes a batch. Standard library only.

A batch travels as *columns*: `{"model", "version", "columns": {"id": [...], "time": [...], "feature.amount": [...]}}`.
The columns of one batch are equally long. `null` is a missing value. JSON has no infinities: in a column of numbers
the texts `"Infinity"`, `"-Infinity"` and `"NaN"` stand for them. Times are ISO 8601 with a zone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

FORMAT_VERSION: Final = "v1"
"""The first path segment of every endpoint; a change that breaks a client gets a new one."""

PREDICTIONS_PATH: Final = "/v1/predictions"
OUTCOMES_PATH: Final = "/v1/outcomes"
CHANGES_PATH: Final = "/v1/changes"

JSON_TYPE: Final = "application/json"
ARROW_TYPE: Final = "application/vnd.apache.arrow.stream"

PREDICTION_FIELDS: Final = (
    "id",
    "time",
    "version",
    "features",
    "prediction",
    "score",
    "scores",
    "segment",
    "latency_ms",
    "weight",
)
OUTCOME_FIELDS: Final = ("id", "time", "values", "prediction_time")
CHANGE_KINDS: Final = ("deploy", "config", "data", "feature_pipeline")

INFINITY: Final = "Infinity"
NEGATIVE_INFINITY: Final = "-Infinity"
NOT_A_NUMBER: Final = "NaN"


def baseline_path(model: str) -> str:
    """Where the reference data of a model is posted."""
    return f"/v1/models/{quote(model, safe='')}/baseline"


def encode_columns(model: str, columns: Mapping[str, Sequence[object]], version: str | None = None) -> bytes:
    """The body of POST /v1/predictions or /v1/outcomes for one batch of equally long columns.

    Values JSON has no word for are written as the nearest it has: NaN → null, ±inf → their texts, a NumPy scalar →
    its Python value, anything else → `str(value)`.
    """
    body: dict[str, object] = {"model": model, "columns": columns}
    if version is not None:
        body["version"] = version
    try:
        return _compact(body).encode()
    except (ValueError, TypeError, RecursionError, UnicodeEncodeError):
        body["columns"] = {str(name): [_sayable(value) for value in values] for name, values in columns.items()}
        return _compact(body).encode()


def _plain(value: object) -> object:
    """What stands for a value the encoder does not know."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else str(value)


_compact = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain).encode


def _sayable(value: object) -> object:
    """The value as JSON can say it: the slow path, taken only by a batch that holds something unusual."""
    plain = value if isinstance(value, bool | int | float | str | None) else _plain(value)
    if isinstance(plain, float):
        return _finite(plain)
    if isinstance(plain, str):
        return plain.encode("utf-8", "replace").decode()
    return plain if isinstance(plain, bool | int | None) else str(plain)


def _finite(value: float) -> float | str | None:
    """A float as JSON: itself, a text for an infinity, null for NaN."""
    if value != value:  # noqa: PLR0124  only NaN differs from itself
        return None
    if value in (float("inf"), float("-inf")):
        return INFINITY if value > 0 else NEGATIVE_INFINITY
    return value
