"""What a format of inference logs promises: how its files are known, and how a record becomes rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seamark.wire.sheets import Naming

Columns = dict[str, list[Any]]  # canonical, times in microseconds; `value.label` is an outcome
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What is said about a file besides its records. Of a file of lines only a part may be meant, from byte to byte."""

    path: Path
    model: str
    version: str = ""
    time_zone: str | None = None  # of times that name none
    naming: Naming = field(default_factory=Naming)
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class LogFormat:
    """One format.

    `recognises` looks at a file's first record. `reader` makes what reads the records of one file, in order: one by
    one, or all that follow each other with the same `together`. It raises InvalidInput for what cannot be read, and
    returns nothing for what is to be left out.
    """

    title: str
    recognises: Callable[[Record], bool]
    reader: Callable[[Told], Callable[[Sequence[Record]], Columns]]
    together: str = ""
