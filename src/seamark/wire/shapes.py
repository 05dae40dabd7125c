"""Which columns a batch may have, and how the values of each are read."""

from __future__ import annotations

from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from typing import Final

from seamark.errors import InvalidInput, TooLarge
from seamark.records import rows as names
from seamark.records.log import EntryKind
from seamark.wire.limits import Limits


class Shape(Enum):
    """How the values of a column are read."""

    ID = "id"
    TIME = "time"
    TEXT = "text"
    NUMBER = "number"
    ANSWER = "answer"  # a number, a text or a truth value: a prediction or an outcome
    FEATURE = "feature"  # whatever arrives


_PREDICTION_FIXED: Final = {
    names.ID: Shape.ID,
    names.TIME: Shape.TIME,
    names.VERSION: Shape.TEXT,
    names.PREDICTION: Shape.ANSWER,
    names.SCORE: Shape.NUMBER,
    names.LATENCY: Shape.NUMBER,
    names.WEIGHT: Shape.NUMBER,
}
_PREDICTION_PREFIXES: Final = {
    names.FEATURE: Shape.FEATURE,
    names.MISTYPED: Shape.TEXT,  # of a table that has been canonical before
    names.CLASS_SCORE: Shape.NUMBER,
    names.SEGMENT: Shape.TEXT,
}
_OUTCOME_FIXED: Final = {names.ID: Shape.ID, names.TIME: Shape.TIME, names.PREDICTION_TIME: Shape.TIME}
_OUTCOME_PREFIXES: Final = {names.VALUE: Shape.ANSWER}
_ATTRIBUTION_PREFIXES: Final = {names.FEATURE: Shape.FEATURE, names.ATTRIBUTION: Shape.NUMBER}


@lru_cache(maxsize=16_384)  # a model sends the same few names in every batch
def shape_of(kind: EntryKind, column: str) -> Shape:
    """How `column` is read in a batch of this kind; raises InvalidInput for a column no batch has."""
    fixed, prefixes = _vocabulary(kind)
    found = fixed.get(column)
    if found is not None:
        return found
    head, dot, tail = column.partition(".")
    shape = prefixes.get(head + dot)
    if shape is None or not tail:
        known = [*fixed, *(f"{prefix}NAME" for prefix in prefixes)]
        raise InvalidInput(
            f"{column!r} is not a column of {kind.value}{_hint(column, known)}.",
            field=column,
            accepted=", ".join(known),
        )
    return shape


def check_names(columns: list[str], limits: Limits) -> None:
    """Raise for too many columns or for a name that is too long."""
    if len(columns) > limits.max_columns:
        raise TooLarge(
            f"The batch has {len(columns):,} columns; at most {limits.max_columns:,} are accepted.",
            accepted=f"at most {limits.max_columns} columns",
        )
    for column in columns:
        if len(column) > limits.max_name_chars:
            raise InvalidInput(
                f"A column name is {len(column):,} characters long ({column[:40]!r}…);"
                f" at most {limits.max_name_chars} are accepted.",
                field=column[:40],
                accepted=f"at most {limits.max_name_chars} characters",
            )


def nearest(word: str, known: list[str]) -> str | None:
    """The known word most like this one, if any is."""
    found = get_close_matches(word, known, n=1)
    return found[0] if found else None


def _vocabulary(kind: EntryKind) -> tuple[dict[str, Shape], dict[str, Shape]]:
    if kind is EntryKind.OUTCOMES:
        return _OUTCOME_FIXED, _OUTCOME_PREFIXES
    if kind is EntryKind.ATTRIBUTIONS:
        return {}, _ATTRIBUTION_PREFIXES
    return _PREDICTION_FIXED, _PREDICTION_PREFIXES


def _hint(word: str, known: list[str]) -> str:
    """What to write instead: a known name, or a bare name with the prefix it lacks."""
    found = nearest(word, known)
    if found is not None:
        return f"; the nearest one is {found!r}"
    return f"; a feature of that name is the column 'feature.{word}'" if "feature.NAME" in known else ""
