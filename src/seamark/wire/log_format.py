"""What a format of inference logs promises: how its files are known, and how a record becomes rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seamark.wire.sheets import Naming

Columns = dict[str, list[Any]]  # canonical, times in microseconds; `value.label` is an outcome
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What is said about a file besides its records."""

    path: Path
    model: str
    version: str = ""
    time_zone: str | None = None  # of times that name none
    naming: Naming = field(default_factory=Naming)


@dataclass(frozen=True, slots=True)
class LogFormat:
    """One format.

    `recognises` looks at a file's first record (only the names count where it is a row of a table). `reader` makes what
    reads the records of one file, in order; that raises InvalidInput for a record that cannot be read.
    """

    title: str
    recognises: Callable[[Record], bool]
    reader: Callable[[Told], Callable[[Record], Columns]]
