"""One question to a model and its answer → rows of predictions, and the rows of many exchanges → batches.

A request with several instances becomes as many rows, `id:0`, `id:1`, …; one with a single instance keeps its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from seamark.errors import InvalidInput
from seamark.records import rows as names
from seamark.records.usual_names import USUAL_NAMES, plain
from seamark.wire.batch import Batch
from seamark.wire.canonical import Request, check_model, finish
from seamark.wire.columns import arrays
from seamark.wire.limits import Limits
from seamark.wire.lists import TIME
from seamark.wire.payloads import Payload, read
from seamark.wire.refusal import Refusals
from seamark.wire.sheets import Naming, Sheet

_PREDICTIONS: Final = frozenset(
    {*USUAL_NAMES["prediction"], "predictions", "predict", "output_label", "label", "class", "classes", "value"}
)
_SCORES: Final = frozenset(
    {*USUAL_NAMES["score"], "scores", "probabilities", "output_probability", "confidence", "scored_probabilities"}
)
_SUM_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer. `time_us` is when it was asked."""

    id: str
    time_us: int
    model: str
    request: Payload
    response: Payload
    version: str = ""
    weight: float | None = None
    latency_ms: float | None = None


def columns_of(exchange: Exchange, naming: Naming) -> dict[str, list[Any]]:
    """The rows of an exchange as canonical columns, times in microseconds.

    Raises InvalidInput for a payload that cannot be read, or an answer that does not fit its question.
    """
    asked, said = read(exchange.request), read(exchange.response, is_answer=True)
    if said.rows == 1 and said.unnamed and len(said.columns) == asked.rows > 1:
        said = Sheet(asked.rows, {"0": [values[0] for values in said.columns.values()]}, unnamed=True)
    if asked.rows != said.rows:
        raise InvalidInput(f"The request has {asked.rows:,} rows and its response {said.rows:,}.")
    rows = asked.rows
    found: dict[str, list[Any]] = {
        names.ID: [exchange.id] if rows == 1 else [f"{exchange.id}:{row}" for row in range(rows)],
        names.TIME: [exchange.time_us] * rows,
        names.VERSION: [exchange.version or said.version] * rows,
    }
    found |= {names.FEATURE + name: list(values) for name, values in _features(asked, naming).items()}
    found |= answers_of(said, naming)
    for name, value in ((names.LATENCY, exchange.latency_ms), (names.WEIGHT, exchange.weight)):
        if value is not None:
            found[name] = [value] * rows
    return found


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows of one model with the same columns, and (place, rows) of each exchange that they came from."""

    model: str
    columns: dict[str, list[Any]]
    parts: list[tuple[int, int]]


class Gathering:
    """Rows of many exchanges, batched by model and columns, so that no exchange can spoil another's batch."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, tuple[str, ...]], Gathered] = {}

    def add(self, model: str, columns: Mapping[str, list[Any]], place: int = 0) -> None:
        """Take the rows of one exchange."""
        key = (model, tuple(columns))
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Gathered(model, {name: [] for name in columns}, [])
        for name, values in columns.items():
            group.columns[name] += values
        group.parts.append((place, len(columns[names.ID])))

    def take(self) -> list[Gathered]:
        """All that was added; nothing is left."""
        groups, self._groups = self._groups, {}
        return list(groups.values())


def batch_of(columns: Mapping[str, Sequence[Any]], request: Request, limits: Limits) -> Batch:
    """Columns of one model as a batch; wrong rows are refused singly. Raises InvalidInput for the whole."""
    check_model(request.model, limits)
    asked = replace(request, partial=True)
    refusals = Refusals()
    lists = {name: values for name, values in columns.items() if name != names.TIME}
    found = arrays(asked.kind, lists, refusals, limits)
    found[names.TIME] = pa.array(columns[names.TIME], pa.int64()).cast(TIME)
    return finish(found, refusals, asked, limits)


def _features(asked: Sheet, naming: Naming) -> Mapping[str, Sequence[Any]]:
    if not asked.unnamed:
        return asked.columns
    if not naming.inputs:
        return {f"input_{name}": values for name, values in asked.columns.items()}
    if len(naming.inputs) != len(asked.columns):
        raise InvalidInput(
            f"The request has {len(asked.columns):,} values a row, and the model's inputs are {len(naming.inputs):,}.",
            accepted=", ".join(naming.inputs[:20]),
        )
    return dict(zip(naming.inputs, asked.columns.values(), strict=True))


def is_answer(column: str) -> bool:
    """Whether a column is called like a prediction or a score."""
    return plain(column) in _PREDICTIONS | _SCORES


def answers_of(said: Sheet, naming: Naming) -> dict[str, list[Any]]:
    """Predictions and scores, as the owner says or as their names and form tell."""
    if naming.outputs:
        return _as_told(_places(said), naming)
    found: dict[str, list[Any]] = {}
    for name, values in said.columns.items() if not said.unnamed else ():
        word = plain(name)
        if word in _PREDICTIONS and not _are_vectors(values):
            found.setdefault(names.PREDICTION, list(values))
        elif word in _SCORES or _are_distributions(values):
            found |= _scores(values)
    return found or _by_form(said)


def _as_told(places: Sequence[Sequence[Any]], naming: Naming) -> dict[str, list[Any]]:
    if len(naming.outputs) != len(places):
        raise InvalidInput(
            f"The response has {len(places):,} values a row, and the model's outputs are {len(naming.outputs):,}.",
            accepted=", ".join(naming.outputs[:20]),
        )
    return {role: list(values) for role, values in zip(naming.outputs, places, strict=True) if role}


def _places(said: Sheet) -> list[Sequence[Any]]:
    """Every value of a row by its place, those of vectors one by one."""
    found: list[Sequence[Any]] = []
    for values in said.columns.values():
        found += zip(*values, strict=True) if _are_vectors(values) else [values]
    return found


def _by_form(said: Sheet) -> dict[str, list[Any]]:
    """One value a row is the prediction; several that add up to 1 are the classes' probabilities."""
    columns = list(said.columns.values())
    if len(columns) == 1:
        values = columns[0]
        return _of_classes(values) if _are_vectors(values) else {names.PREDICTION: list(values)}
    rows = list(map(list, zip(*columns, strict=True)))
    if not rows or not all(map(_is_distribution, rows)):
        raise _unclear(said)
    return _of_classes(rows, tuple(said.columns))


def _scores(values: Sequence[Any], classes: Sequence[str] = ()) -> dict[str, list[Any]]:
    """A score, a list of them by class, or an object of them by class."""
    if all(isinstance(value, dict) for value in values):
        every = dict.fromkeys(str(name) for value in values for name in value)
        return {names.CLASS_SCORE + name: [value.get(name) for value in values] for name in every}
    if _are_vectors(values):
        called = classes or [str(place) for place in range(len(values[0]))]
        return {names.CLASS_SCORE + name: [value[place] for value in values] for place, name in enumerate(called)}
    return {names.SCORE: list(values)}


def _of_classes(rows: Sequence[Any], classes: Sequence[str] = ()) -> dict[str, list[Any]]:
    """The classes' probabilities, and the likeliest class as the prediction."""
    if not all(map(_is_distribution, rows)):
        raise InvalidInput(
            "The response has a list of values a row that do not add up to 1, and nothing says what they are;"
            ' name them in the model\'s outputs, as in outputs = ["prediction", "score"].',
            field="outputs",
        )
    called = classes or [str(place) for place in range(len(rows[0]))]
    likeliest = [called[max(range(len(row)), key=row.__getitem__)] for row in rows]
    return {names.PREDICTION: likeliest, **_scores(rows, called)}


def _are_vectors(values: Sequence[Any]) -> bool:
    return all(isinstance(value, list) for value in values) and len(set(map(len, values))) == 1


def _are_distributions(values: Sequence[Any]) -> bool:
    return all(isinstance(value, list) and _is_distribution(value) for value in values)


def _is_distribution(row: Sequence[Any]) -> bool:
    """Numbers between 0 and 1 that add up to 1."""
    if not all(type(value) in (int, float) and 0 <= value <= 1 for value in row):
        return False
    return bool(abs(sum(row) - 1) <= _SUM_TOLERANCE)


def _unclear(said: Sheet) -> InvalidInput:
    shown = ", ".join(list(said.columns)[:20])
    return InvalidInput(
        f"The response has {len(said.columns):,} values a row ({shown}), and nothing says which is the prediction;"
        ' name them in the model\'s outputs, as in outputs = ["prediction", "score"].',
        field="outputs",
    )
