"""Entries of the buffer → the body of one request. Pure; runs in the sender's thread.

Columns are the rule: half the CPU and half the bytes of rows, because names are written once. Rows that share few
names would be columns full of nulls; those travel as rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from seamark.client.entries import Chunk, Entry, Note, Outcome, Prediction
from seamark.client.times import iso_times
from seamark.records import rows as names
from seamark.wire.json import encode_columns, encode_object, encode_rows

_SPARSE: Final = 3  # so many cells for each value make rows the shorter form

Columns = dict[str, Sequence[Any]]


def encode(entries: Sequence[Entry], model: str, version: str, client: Mapping[str, object]) -> bytes:
    """The body of one batch. All entries are of one kind; a Chunk or a Note comes alone."""
    match entries[0]:
        case Note(members):
            return encode_object(members)
        case Chunk(columns):
            return encode_columns(model, columns, version, client)
        case Prediction():
            return _encode_predictions(entries, model, version, client)  # type: ignore[arg-type]
        case Outcome():
            return _encode_outcomes(entries, model, client)  # type: ignore[arg-type]


def _encode_predictions(entries: Sequence[Prediction], model: str, version: str, client: Mapping[str, object]) -> bytes:
    ids, times, features, predictions, scores, class_scores, segments, latencies, weights = zip(*entries, strict=True)
    columns: Columns = {names.ID: ids, names.TIME: iso_times(times)}
    found = _names(features)
    if _sparse(found, features):
        return encode_rows(model, "predictions", map(_prediction_row, entries), version, client)
    columns |= _transposed(names.FEATURE, found, features)
    columns |= _transposed(names.CLASS_SCORE, _names(class_scores), class_scores)
    columns |= _transposed(names.SEGMENT, _names(segments), segments)
    optional = {names.PREDICTION: predictions, names.SCORE: scores, names.LATENCY: latencies, names.WEIGHT: weights}
    columns |= {name: column for name, column in optional.items() if any(value is not None for value in column)}
    return encode_columns(model, columns, version, client)


def _encode_outcomes(entries: Sequence[Outcome], model: str, client: Mapping[str, object]) -> bytes:
    ids, times, values, prediction_times = zip(*entries, strict=True)
    found = _names(values)
    if _sparse(found, values):
        return encode_rows(model, "outcomes", map(_outcome_row, entries), None, client)
    columns: Columns = {names.ID: ids, names.TIME: iso_times(times)}
    columns |= _transposed(names.VALUE, found, values)
    if any(time is not None for time in prediction_times):
        columns[names.PREDICTION_TIME] = [_optional_time(time) for time in prediction_times]
    return encode_columns(model, columns, None, client)


def _names(values: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every name that occurs, in the order of its first row."""
    return list(dict.fromkeys(chain.from_iterable(values)))


def _sparse(found: Sequence[str], values: Sequence[Mapping[str, Any]]) -> bool:
    """Whether columns of these rows would be mostly holes."""
    return len(found) * len(values) > _SPARSE * sum(map(len, values))


def _transposed(prefix: str, found: Sequence[str], values: Sequence[Mapping[str, Any]]) -> Columns:
    return {prefix + name: [row.get(name) for row in values] for name in found}


def _prediction_row(entry: Prediction) -> dict[str, object]:
    row = entry._asdict() | {names.TIME: iso_times([entry.time_us])[0]}
    del row["time_us"]
    return {name: value for name, value in row.items() if value is not None and value != {}}


def _outcome_row(entry: Outcome) -> dict[str, object]:
    row: dict[str, object] = {"id": entry.id, "time": iso_times([entry.time_us])[0], "values": entry.values}
    if entry.prediction_time_us is not None:
        row[names.PREDICTION_TIME] = _optional_time(entry.prediction_time_us)
    return row


def _optional_time(time_us: int | None) -> str | None:
    return None if time_us is None else iso_times([time_us])[0]
