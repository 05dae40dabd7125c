"""The JSON formats: paths, field names and how a client writes a batch. Standard library only.

A batch travels as *columns*: `{"model", "version", "columns": {"id": [...], "time": [...], "feature.amount": [...]}}`.
The columns of one batch are equally long. `null` is a missing value. JSON has no infinities: in a column of numbers
the texts `"Infinity"`, `"-Infinity"` and `"NaN"` stand for them. Times are ISO 8601 with a zone.

A batch may carry a `client` object, which concerns the sender and never a row; a server may record or ignore it:
`{"sdk": "seamark-python/0.1.0", "instance": "9f2c…", "dropped": {"buffer_full": 12}}`. The counts are totals since the
instance (one process) began, so a batch that is sent twice, or lost, does not falsify them.

With `?partial=true` a wrong row does not refuse the others: the answer to a batch names the refused ones, as
`{"accepted": 499, "refused": [{"row": 7, "field": "time", "value": …, "message": "…"}], "refused_rows": 1}`; the list
may be cut short, the number is whole. When every row was refused, a problem (422) with the same fields says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

PREDICTIONS_PATH: Final = "/v1/predictions"
OUTCOMES_PATH: Final = "/v1/outcomes"
CHANGES_PATH: Final = "/v1/changes"
PARTIAL_QUERY: Final = "partial=true"

JSON_TYPE: Final = "application/json"
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"

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
CLIENT_FIELDS: Final = ("sdk", "instance", "dropped")
REFUSED_FIELD: Final = "refused"
REFUSED_ROWS_FIELD: Final = "refused_rows"

INFINITY: Final = "Infinity"
NEGATIVE_INFINITY: Final = "-Infinity"
NOT_A_NUMBER: Final = "NaN"


def baseline_path(model: str) -> str:
    """Where the reference data of a model is posted."""
    return f"/v1/models/{quote(model, safe='')}/baseline"


def encode_columns(
    model: str,
    columns: Mapping[str, Sequence[object]],
    version: str | None = None,
    client: Mapping[str, object] | None = None,
) -> bytes:
    """The body of POST /v1/predictions or /v1/outcomes for one batch of equally long columns.

    Values JSON has no word for are written as the nearest it has: NaN → null, ±inf → their texts, half of a
    surrogate pair → "?", a NumPy scalar → its Python value, anything else → `str(value)`.
    """
    members = (encode_text(str(name)) + b":" + encode_list(values) for name, values in columns.items())
    return _envelope(model, version, client, b'"columns":{' + b",".join(members) + b"}")


def encode_rows(
    model: str,
    field: str,
    rows: Iterable[Mapping[str, object]],
    version: str | None = None,
    client: Mapping[str, object] | None = None,
) -> bytes:
    """The same batch as rows: `field` is `"predictions"` or `"outcomes"`, each row an object of that endpoint's fields.

    Longer than columns and dearer to write, unless the rows have few names in common.
    """
    return _envelope(model, version, client, encode_text(field) + b":[" + b",".join(map(encode_object, rows)) + b"]")


def encode_object(members: Mapping[str, object]) -> bytes:
    """One object; its values may be objects in turn. Says what JSON cannot as `encode_columns` does."""
    try:
        return _compact(members).encode()
    except (ValueError, TypeError, RecursionError):
        pairs = (encode_text(str(name)) + b":" + _encode_value(value) for name, value in members.items())
        return b"{" + b",".join(pairs) + b"}"


def encode_list(values: Sequence[object]) -> bytes:
    """One column. A value the encoder cannot say costs this column a second, slower pass."""
    try:
        return _compact(values).encode()
    except (ValueError, TypeError, RecursionError):
        return _compact([_sayable(value) for value in values]).encode()


def encode_text(text: str) -> bytes:
    """One JSON string."""
    return _compact(_whole(text)).encode()


def _envelope(model: str, version: str | None, client: Mapping[str, object] | None, rows: bytes) -> bytes:
    """The object around the rows."""
    members = [b'"model":' + encode_text(model)]
    if version is not None:
        members.append(b'"version":' + encode_text(version))
    if client is not None:
        members.append(b'"client":' + encode_object(client))
    return b"{" + b",".join([*members, rows]) + b"}"


def _plain(value: object) -> object:
    """What stands for a value the encoder does not know."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else str(value)


_compact = json.JSONEncoder(separators=(",", ":"), allow_nan=False, ensure_ascii=False, default=_plain).encode


def _encode_value(value: object) -> bytes:
    """A member of an object: an object in turn, or a value."""
    return encode_object(value) if isinstance(value, Mapping) else _compact(_sayable(value)).encode()


def _sayable(value: object) -> object:
    """The value as JSON can say it: the slow path, taken only by a column that holds something unusual."""
    if isinstance(value, list):
        return [_sayable(item) for item in value]
    plain = value if isinstance(value, bool | int | float | str | None) else _plain(value)
    if isinstance(plain, float):
        return _finite(plain)
    if isinstance(plain, int) and plain.bit_length() > 64:
        return INFINITY if plain > 0 else NEGATIVE_INFINITY  # as any reader's 64-bit number would overflow
    if isinstance(plain, int | None):
        return plain
    return _whole(str(plain))


def _whole(text: str) -> str:
    """The text without halves of surrogate pairs, which UTF-8 has no bytes for."""
    return text.encode("utf-8", "replace").decode()


def _finite(value: float) -> float | str | None:
    """A float as JSON: itself, a text for an infinity, null for NaN."""
    if value != value:  # noqa: PLR0124  only NaN differs from itself
        return None
    if value in (float("inf"), float("-inf")):
        return INFINITY if value > 0 else NEGATIVE_INFINITY
    return value
