"""What each column is to its model: named by the caller, or inferred from its name and said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from seamark.compare.chunks import Column, Reading
from seamark.errors import InvalidInput
from seamark.records.usual_names import USUAL_NAMES, plain

Names = str | Iterable[str] | None
ScoreNames = str | Iterable[str] | Mapping[str, str] | None


class ColumnRole(StrEnum):
    """`time`, `id`, `version` and `excluded` columns are not compared; all others are."""

    TIME = "time"
    ID = "id"
    VERSION = "version"
    PREDICTION = "prediction"
    SCORE = "score"
    OUTCOME = "outcome"
    SEGMENT = "segment"
    FEATURE = "feature"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Roles:
    """The role of every column, and which roles were inferred rather than named."""

    by_column: Mapping[str, ColumnRole]
    inferred: frozenset[ColumnRole] = frozenset()

    def of(self, name: str) -> ColumnRole:
        """The role of a column."""
        return self.by_column.get(name, ColumnRole.FEATURE)

    def columns(self, role: ColumnRole) -> list[str]:
        """The columns in a role."""
        return [name for name, found in self.by_column.items() if found is role]


_INFERRED: Final = tuple(ColumnRole(role) for role in USUAL_NAMES)
_PREFIXES: Final[Mapping[str, ColumnRole]] = {"score.": ColumnRole.SCORE, "segment.": ColumnRole.SEGMENT}
# A score is a number, and a time is no text; a column of another reading has the name by chance.
_READINGS: Final[Mapping[ColumnRole, frozenset[Reading]]] = {
    ColumnRole.SCORE: frozenset({Reading.NUMBER}),
    ColumnRole.TIME: frozenset({Reading.TIME, Reading.NUMBER}),
}


def assign_roles(columns: Sequence[Column], named: Mapping[ColumnRole, Names]) -> Roles:
    """Roles of `columns`: as `named` where the caller did, otherwise by their usual names.

    An empty name or list says that there is no such column. Raises InvalidInput for a name that no
    column has, and for a column named in two roles.
    """
    known = {column.name for column in columns}
    by_column: dict[str, ColumnRole] = {}
    for role, names in named.items():
        for name in _listed(names):
            _check_named(name, role, known, by_column)
            by_column[name] = role
    inferred: set[ColumnRole] = set()
    for role in _INFERRED:
        if named.get(role) is None:
            found = _find(role, [column for column in columns if column.name not in by_column])
            by_column.update(dict.fromkeys(found, role))
            inferred.update([role] if found else [])
    if named.get(ColumnRole.SEGMENT) is None:
        prefixed = _prefixed(ColumnRole.SEGMENT, [column for column in columns if column.name not in by_column])
        by_column.update(dict.fromkeys(prefixed, ColumnRole.SEGMENT))
    return Roles(
        {column.name: by_column.get(column.name, ColumnRole.FEATURE) for column in columns}, frozenset(inferred)
    )


def _listed(names: Names) -> list[str]:
    if names is None or names == "":
        return []
    return [names] if isinstance(names, str) else list(names)


def _check_named(name: str, role: ColumnRole, known: set[str], taken: Mapping[str, ColumnRole]) -> None:
    if name not in known:
        near = get_close_matches(name, sorted(known), n=3)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are {_some(sorted(known))}."
        raise InvalidInput(f"No column is called {name!r}, named as {role}; {hint}", field=role, value=name)
    if name in taken:
        raise InvalidInput(
            f"The column {name!r} is named both as {taken[name]} and as {role}; a column has one role.",
            field=role,
            value=name,
        )


def _some(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(map(repr, names[:most])) or "none"
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _find(role: ColumnRole, columns: Sequence[Column]) -> list[str]:
    """The column with the clearest usual name, and all with the role's prefix."""
    allowed = _READINGS.get(role)
    fitting = [column for column in columns if allowed is None or column.reading in allowed]
    by_usual_name: dict[str, str] = {}
    for column in fitting:
        by_usual_name.setdefault(plain(column.name), column.name)
    usual = [by_usual_name[name] for name in USUAL_NAMES[role] if name in by_usual_name]
    prefixed = _prefixed(role, fitting)
    return prefixed + [name for name in usual[:1] if name not in prefixed]


def _prefixed(role: ColumnRole, columns: Sequence[Column]) -> list[str]:
    return [
        column.name
        for column in columns
        if any(column.name.startswith(prefix) and found is role for prefix, found in _PREFIXES.items())
    ]
