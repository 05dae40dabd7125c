"""What the columns of somebody's own table are: named by the caller, else inferred from their names, and said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from seamark.errors import InvalidInput
from seamark.records import rows as names
from seamark.records.usual_names import USUAL_NAMES, plain
from seamark.wire.shapes import nearest

_SINGLE: Final = ("time", "id", "version", "prediction", "outcome")


@dataclass(frozen=True, slots=True)
class Roles:
    """Column names by role. A score may be given per class; a column without a role is a feature."""

    time: str | None = None
    id: str | None = None
    version: str | None = None
    prediction: str | None = None
    scores: tuple[tuple[str, str | None], ...] = ()  # (column, class)
    outcome: str | None = None
    segments: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    time_zone: str | None = None  # of times that name none

    def named(self) -> list[str]:
        """All columns that have a role."""
        single = (self.time, self.id, self.version, self.prediction, self.outcome)
        return [*filter(None, single), *(column for column, _ in self.scores), *self.segments, *self.excluded]


def those_of(given: Roles, columns: Collection[str]) -> Roles:
    """The roles whose columns are there: for a second table that need not have them all."""
    single = {role: column for role in _SINGLE if (column := getattr(given, role)) in columns}
    return Roles(
        **single,
        scores=tuple((column, label) for column, label in given.scores if column in columns),
        segments=tuple(column for column in given.segments if column in columns),
        excluded=tuple(column for column in given.excluded if column in columns),
        time_zone=given.time_zone,
    )


def parse_score(text: str) -> tuple[str, str | None]:
    """`COLUMN` or `COLUMN=CLASS`."""
    column, _, label = text.partition("=")
    return column, label or None


def infer(columns: Sequence[str], given: Roles) -> tuple[Roles, tuple[str, ...]]:
    """The roles of a table's columns and a sentence for each that was inferred.

    Raises InvalidInput for a named column that the table lacks.
    """
    for column in given.named():
        if column not in columns:
            hint = nearest(column, list(columns))
            raise InvalidInput(
                f"There is no column {column!r}{f'; the nearest one is {hint!r}' if hint else ''}."
                f" The columns are {', '.join(columns[:20])}{', …' if len(columns) > 20 else ''}.",
                field=column,
                accepted=", ".join(columns[:20]),
            )
    free = [column for column in columns if column not in given.named()]
    guessed = {role: _usual(free, words) for role, words in USUAL_NAMES.items() if not _given(given, role)}
    found = {role: column for role, column in guessed.items() if column is not None}
    notes = tuple(f"Column {column!r} is taken as the {role}." for role, column in found.items())
    score = found.pop("score", None)
    scores = given.scores if score is None else ((score, None),)
    single = {role: found.get(role, getattr(given, role)) for role in USUAL_NAMES if role != "score"}
    return replace(given, scores=scores, **single), notes


def canonical_names(columns: Sequence[str], roles: Roles) -> dict[str, str]:
    """Canonical name → column, for predictions. Columns that are canonical already keep their names."""
    identity = ((names.ID, roles.id), (names.TIME, roles.time), (names.VERSION, roles.version))
    found = {canonical: column for canonical, column in identity if column is not None}
    skipped = {*found.values(), *roles.excluded, *filter(None, (roles.outcome, roles.prediction))}
    skipped |= {*roles.segments, *(column for column, _ in roles.scores)}
    for column in columns:
        if column not in skipped:
            found[column if _is_canonical(column) else names.FEATURE + column] = column
    if roles.prediction is not None:
        found[names.PREDICTION] = roles.prediction
    for column, label in roles.scores:
        found[names.SCORE if label is None else names.CLASS_SCORE + label] = column
    for column in roles.segments:
        found[names.SEGMENT + column.removeprefix(names.SEGMENT)] = column
    return found


def select(table: pa.Table, mapping: dict[str, str]) -> pa.Table:
    """The table under its canonical names."""
    return pa.table({canonical: table.column(column) for canonical, column in mapping.items()})


def _is_canonical(column: str) -> bool:
    return column in (names.LATENCY, names.WEIGHT) or column.startswith(
        (names.FEATURE, names.MISTYPED, names.CLASS_SCORE, names.SEGMENT)
    )


def _given(roles: Roles, role: str) -> bool:
    return bool(roles.scores if role == "score" else getattr(roles, role))


def _usual(columns: Iterable[str], words: Iterable[str]) -> str | None:
    """The first column with one of the usual names, whatever its case and signs."""
    known: dict[str, str] = {}
    for column in columns:
        known.setdefault(plain(column), column)
    pick: Callable[[str], str | None] = known.get
    return next(filter(None, map(pick, words)), None)
