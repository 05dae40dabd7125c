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
    ColumnRole.EXCLUDED: "excluded",
}


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
    verdict, summary = _verdict_without_reading(role, ours, theirs)
    if verdict is None:
        return None
    return ColumnFinding(name, role, verdict, summary, ours.type if ours else "", theirs.type if theirs else "")


def _verdict_without_reading(
    role: ColumnRole, ours: Column | None, theirs: Column | None
) -> tuple[Verdict | None, str]:
    if role in _NOT_COMPARED:
        return Verdict.NOT_COMPARED, _NOT_COMPARED[role]
    if ours is None:
        return Verdict.NEW, "only in the current data"
    if theirs is None:
        return Verdict.GONE, "only in the reference"
    unreadable = [column for column in (ours, theirs) if column.reading is Reading.UNREADABLE]
    if len(unreadable) == 2:
        return Verdict.NOT_COMPARED, ours.reason
    if unreadable:
        return Verdict.TYPE_CHANGED, f"was {ours.type}, is {theirs.type}"
    return None, ""


def _alike(ours: Column, theirs: Column, reference: Source, current: Source) -> tuple[Column, Column]:
    """Both columns in one reading where a source can be read in the other's: text files can."""
    if ours.reading is theirs.reading or Reading.NOTHING in (ours.reading, theirs.reading):
        return ours, theirs
    if current.rereads:
        return ours, replace(theirs, reading=ours.reading, boolean=ours.boolean)
    if reference.rereads:
        return replace(ours, reading=theirs.reading, boolean=theirs.boolean), theirs
    return ours, theirs
