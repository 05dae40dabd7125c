"""Entries of the buffer → the body of one request. Pure; runs in the sender's thread.

Columns are the rule: half the CPU and half the bytes of rows, because names are written once. Rows that share few
names would be columns full of nulls; those travel as rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from seamark.client.entries import Chunk, Entry, Note, Outcome, Prediction
from seamark.client.times import iso_times
from seamark.client.values import Plain, Snapshot, number, text
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
    ids, times, features, predictions, scores, class_scores, segments, latencies, weights, _ = zip(
        *entries, strict=True
    )
    if _sparse(features) or _sparse(class_scores) or _sparse(segments):
        return encode_rows(model, "predictions", map(_prediction_row, entries), version, client)
    optional = {names.PREDICTION: predictions, names.SCORE: scores, names.LATENCY: latencies, names.WEIGHT: weights}
    columns = {names.ID: ids, names.TIME: iso_times(times)}
    columns |= _transposed(names.FEATURE, features)
    columns |= {name: column for name, column in optional.items() if any(value is not None for value in column)}
    columns |= _each(number, _transposed(names.CLASS_SCORE, class_scores))
    columns |= _each(text, _transposed(names.SEGMENT, segments))
    return encode_columns(model, columns, version, client)


def _encode_outcomes(entries: Sequence[Outcome], model: str, client: Mapping[str, object]) -> bytes:
    ids, times, values, prediction_times, _ = zip(*entries, strict=True)
    if _sparse(values):
        return encode_rows(model, "outcomes", map(_outcome_row, entries), None, client)
    columns = {names.ID: ids, names.TIME: iso_times(times)} | _transposed(names.VALUE, values)
    if any(time is not None for time in prediction_times):
        columns[names.PREDICTION_TIME] = [_optional_time(time) for time in prediction_times]
    return encode_columns(model, columns, None, client)


def _sparse(snapshots: Sequence[Snapshot]) -> bool:
    """Whether columns of these rows would be mostly holes."""
    shapes = {found for found, _, _ in snapshots}
    width = len(set(chain.from_iterable(shapes)))
    return len(shapes) > 1 and width * len(snapshots) > _SPARSE * sum(len(found) for found, _, _ in snapshots)


def _transposed(prefix: str, snapshots: Sequence[Snapshot]) -> Columns:
    """One column per name that occurs; null where a row has no such name."""
    first, _, _ = snapshots[0]
    if all(found == first for found, _, _ in snapshots):
        columns = zip(*[values for _, values, _ in snapshots], strict=True)
        return {prefix + name: column for name, column in zip(first, columns, strict=True)}
    rows = [_mapping(snapshot) for snapshot in snapshots]
    found = dict.fromkeys(chain.from_iterable(rows))
    return {prefix + name: [row.get(name) for row in rows] for name in found}


def _each(convert: Callable[[Plain], Plain], columns: Columns) -> Columns:
    return {name: [convert(value) for value in column] for name, column in columns.items()}


def _prediction_row(entry: Prediction) -> dict[str, object]:
    """The row as an object of PREDICTION_FIELDS, without what it has not."""
    row: dict[str, object] = {
        "id": entry.id,
        "time": iso_times([entry.time_us])[0],
        "features": _mapping(entry.features),
        "prediction": entry.prediction,
        "score": entry.score,
        "scores": {name: number(value) for name, value in _mapping(entry.scores).items()},
        "segment": {name: text(value) for name, value in _mapping(entry.segment).items()},
        "latency_ms": entry.latency_ms,
        "weight": entry.weight,
    }
    return {name: value for name, value in row.items() if value is not None and value != {}}


def _outcome_row(entry: Outcome) -> dict[str, object]:
    """The row as an object of OUTCOME_FIELDS, without what it has not."""
    row: dict[str, object] = {"id": entry.id, "time": iso_times([entry.time_us])[0], "values": _mapping(entry.values)}
    if entry.prediction_time_us is not None:
        row[names.PREDICTION_TIME] = _optional_time(entry.prediction_time_us)
    return row


def _mapping(snapshot: Snapshot) -> dict[str, Plain]:
    found, values, _ = snapshot
    return dict(zip(found, values, strict=True))


def _optional_time(time_us: int | None) -> str | None:
    return None if time_us is None else iso_times([time_us])[0]
