"""Which columns of the two data sets belong together, and how both are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from seamark.compare.chunks import Column, Reading, Source
from seamark.compare.findings import ColumnFinding, Verdict
from seamark.compare.roles import ColumnRole, Roles

_NOT_COMPARED: Final = {
    ColumnRole.TIME: "the time of the prediction",
    ColumnRole.ID: "the id of the prediction",
    ColumnRole.VERSION: "the version of the model",
    ColumnRole.EXCLUDED: "excluded",
}


_NOT_COUNTED: Final = (Reading.UNREADABLE, Reading.VECTOR)  # vectors are, as features, by their series
_NO_VECTOR: Final = "vectors are compared as features, and where they are of one length"


@dataclass(frozen=True, slots=True)
class Pair:
    """A column of both data sets, as each side is to be read; readings differ where its type changed."""

    reference: Column
    current: Column
    role: ColumnRole
    reference_type: str
    current_type: str

    @property
    def alike(self) -> bool:
        """Whether both sides are read alike, so that their distributions can be compared."""
        return self.reference.reading is self.current.reading


@dataclass(frozen=True, slots=True)
class Pairing:
    """Columns to compare by name, and findings of those there is nothing to read of."""

    pairs: Mapping[str, Pair]
    settled: tuple[ColumnFinding, ...]


def pair_columns(reference: Source, current: Source, roles: Roles) -> Pairing:
    """Pair the columns by name."""
    ours = {column.name: column for column in reference.columns}
    theirs = {column.name: column for column in current.columns}
    pairs: dict[str, Pair] = {}
    settled: list[ColumnFinding] = []
    for name in dict.fromkeys((*ours, *theirs)):
        role = roles.of(name)
        finding = _settled(name, role, ours.get(name), theirs.get(name))
        if finding is None:
            first, second = _alike(ours[name], theirs[name], reference, current)
            pairs[name] = Pair(first, second, role, ours[name].type, theirs[name].type)
        else:
            settled.append(finding)
    return Pairing(pairs, tuple(settled))


def _settled(name: str, role: ColumnRole, ours: Column | None, theirs: Column | None) -> ColumnFinding | None:
    """The finding of a column that need not be read; None where it must be."""
    types = ours.type if ours else "", theirs.type if theirs else ""
    if role in _NOT_COMPARED:
        return ColumnFinding(name, role, Verdict.NOT_COMPARED, _NOT_COMPARED[role], *types)
    if ours is None or theirs is None:
        return ColumnFinding(name, role, *_one_sided(role, is_new=ours is None), *types)
    unreadable = [column.reason or _NO_VECTOR for column in (ours, theirs) if column.reading in _NOT_COUNTED]
    if len(unreadable) == 1:
        return ColumnFinding(name, role, Verdict.TYPE_CHANGED, f"was {ours.type}, is {theirs.type}", *types)
    return ColumnFinding(name, role, Verdict.NOT_COMPARED, unreadable[0], *types) if unreadable else None


def _one_sided(role: ColumnRole, *, is_new: bool) -> tuple[Verdict, str]:
    where = "only in the current data" if is_new else "only in the reference"
    if role is ColumnRole.OUTCOME:  # which come later than the predictions
        return Verdict.NOT_COMPARED, where
    return Verdict.NEW if is_new else Verdict.GONE, where


def _alike(ours: Column, theirs: Column, reference: Source, current: Source) -> tuple[Column, Column]:
    """Both columns in one reading where a source can be read in the other's: text files can."""
    if ours.reading is theirs.reading or Reading.NOTHING in (ours.reading, theirs.reading):
        return ours, theirs
    if current.rereads:
        return ours, replace(theirs, reading=ours.reading, boolean=ours.boolean)
    if reference.rereads:
        return replace(ours, reading=theirs.reading, boolean=theirs.boolean), theirs
    return ours, theirs
