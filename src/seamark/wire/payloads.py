"""What a model was sent and what it answered, in the forms that serving stacks speak → rows.

JSON: KServe V1 and TensorFlow Serving (`instances`, `predictions`, or columns under `inputs`, `outputs`), V2 / Open
Inference (tensors), MLflow and Databricks (`dataframe_split`, `dataframe_records`), Seldon (`data.ndarray`), lists and
objects as such, JSON Lines; CSV without a header. Senders label answers with the Content-Type of the question, so a
text that looks like JSON is read as JSON.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from seamark.errors import InvalidInput, Malformed
from seamark.wire.parse import parse
from seamark.wire.sheets import Sheet, check_cells, sheet_of, sheet_of_columns, spread, text_in_base64, with_names
from seamark.wire.tensors import rows_of_shape, sheet_of_tensors

_ANY: Final = msgspec.json.Decoder(Any)
_CSV: Final = ("text/csv", "application/csv")
_LINES: Final = ("application/jsonlines", "application/x-jsonlines", "application/x-ndjson", "application/jsonl")
_SHOWN_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of one half of an exchange and what they are called."""

    media: str
    body: bytes


def read(payload: Payload, *, is_answer: bool = False) -> Sheet:
    """The rows of a payload; raises InvalidInput for one that holds none in any form that is known.

    In an answer the places of a tensor beside others stay together, as one vector a row.
    """
    media = payload.media.partition(";")[0].strip().lower()
    if media in _CSV:
        return _csv(payload.body)
    if media in _LINES:
        return sheet_of([_object(line) for line in payload.body.splitlines() if line.strip()])
    if payload.body.lstrip()[:1] not in (b"{", b"[") and media not in ("", "application/json"):
        raise InvalidInput(
            f"A payload of type {media[:_SHOWN_CHARS]!r} cannot be read.", accepted="JSON, JSON Lines or CSV"
        )
    return _sheet(_object(payload.body), is_answer=is_answer)


def _object(body: bytes) -> Any:
    """Decoded JSON; raises Malformed."""
    if b'"binary_data_size"' in body[:100_000]:
        raise Malformed(
            "The payload has tensors in Triton's binary form, which a log of JSON cannot hold whole.",
            accepted='tensors with "data", as a client sends them without binary_data',
        )
    try:
        return parse(_ANY, body)
    except Malformed as error:
        raise Malformed(error.message.replace("The body", "The payload", 1), accepted="JSON") from None


def _sheet(document: Any, *, is_answer: bool) -> Sheet:
    if isinstance(document, list):
        return sheet_of(document)
    if not isinstance(document, dict):
        return sheet_of([document])
    for key, reader in _FORMS.items():
        if key in document:
            tensors = document[key] if key in _TENSORS and _are_tensors(document[key]) else None
            found = (
                reader(document[key], document) if tensors is None else sheet_of_tensors(tensors, apart=not is_answer)
            )
            version = document.get("model_version")
            return replace(found, version=str(version)) if isinstance(version, str | int) else found
    return sheet_of([document])


def _rows(value: Any, _: Mapping[str, Any]) -> Sheet:
    """Rows, an object of columns, or a single row's value."""
    if isinstance(value, dict):
        return sheet_of_columns(value)
    if not isinstance(value, list):
        return sheet_of([value])
    decoded = [_without_base64(row) if isinstance(row, dict) else row for row in value]
    return sheet_of(decoded)


def _are_tensors(value: Any) -> bool:
    """Whether these are V2's; under the same keys TensorFlow has columns, and MLflow rows."""
    return (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) and "datatype" in each for each in value)
    )


def _split(value: Any, _: Mapping[str, Any]) -> Sheet:
    """Rows and columns as pandas' `split`: columns and rows."""
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list):
        raise InvalidInput("dataframe_split has no list of columns.", accepted='{"columns": [...], "data": [...]}')
    return with_names(value["columns"], _listed(value.get("data"), "dataframe_split.data"))


def _seldon(value: Any, document: Mapping[str, Any]) -> Sheet:
    """Seldon's `data`: names beside an ndarray or a flat tensor; or pandas' `split` at the top."""
    if isinstance(value, list):
        columns = document.get("columns")
        return with_names(columns, value) if isinstance(columns, list) else sheet_of(value)
    if not isinstance(value, dict):
        return sheet_of([document])
    tensor = value.get("tensor")
    if isinstance(tensor, dict):
        shape, flat = tensor.get("shape"), _listed(tensor.get("values"), "data.tensor.values")
        found = spread(flat, rows_of_shape(shape, len(flat), "data.tensor"), "0", alone=True)
    else:
        found = sheet_of(_listed(value.get("ndarray"), "data.ndarray"))
    names = value.get("names")
    if not names or not found.unnamed:
        return found
    names = _listed(names, "data.names")
    if len(names) != len(found.columns):
        raise InvalidInput(f"The payload has {len(names):,} names for {len(found.columns):,} columns.")
    return Sheet(found.rows, dict(zip(map(str, names), found.columns.values(), strict=True)))


_TENSORS: Final = ("inputs", "outputs")
_FORMS: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Sheet]]] = {
    "instances": _rows,
    "predictions": _rows,
    "inputs": _rows,
    "outputs": _rows,
    "dataframe_split": _split,
    "dataframe_records": _rows,
    "data": _seldon,
}


def _listed(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput(f"{field} is no list.", field=field, accepted="a list")
    return value


def _without_base64(row: dict[str, Any]) -> dict[str, Any]:
    """A row with `{"b64": …}` as the text it encodes; what is no text (an image, say) is left out."""
    if set(row) == {"b64"}:
        return {"0": text_in_base64(row["b64"])}
    found = {}
    for name, value in row.items():
        coded = isinstance(value, dict) and set(value) == {"b64"}
        found[name] = text_in_base64(value["b64"]) if coded else value
    return found


def _csv(body: bytes) -> Sheet:
    """Rows of numbers and texts by place."""
    try:
        rows = [row for row in csv.reader(body.decode("utf-8-sig").splitlines()) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed(f"The payload is not CSV: {error}.", accepted="UTF-8 text with commas") from None
    check_cells(len(rows), len(rows[0]) if rows else 0)
    return sheet_of([list(map(_value, row)) for row in rows])


def _value(text: str) -> Any:
    """A number where it reads as one; nothing where it is empty."""
    stripped = text.strip()
    if not stripped:
        return None
    try:
        return float(stripped)
    except ValueError:
        return stripped
