"""What a data set hands to the comparison: columns, and their values a slice at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

SLICE_ROWS: Final = 65_536  # small enough for its temporaries to stay in the cache

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Reading(StrEnum):
    """How the values of a column are understood."""

    NUMBER = "number"  # integers, floats, decimals, booleans, durations
    TIME = "time"  # dates and timestamps, in seconds since 1970 UTC
    TEXT = "text"
    VECTOR = "vector"  # lists of numbers
    NOTHING = "nothing"  # a column without a type: every value is missing
    UNREADABLE = "unreadable"  # nested values and the like: `Column.reason` says what


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a data set. `type` is the source's own word for it, shown to people."""

    name: str
    reading: Reading
    type: str
    boolean: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """float64[N]; missing where `valid` is False (None: nowhere) and where NaN."""

    values: Floats
    valid: Mask | None = None
    mistyped: int = 0  # rows that hold no number; missing in `values`

    @property
    def rows(self) -> int:
        """Rows of the slice."""
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Texts:
    """Hashed texts: row i holds `hashes[codes[i]]` (`hashes[i]` where `codes` is None).

    `valid` is False where a row is missing (None: nowhere); the code of a missing row means nothing.
    `text(position)` gives the text behind `hashes[position]` back; it is called for few of them.
    """

    hashes: Hashes
    codes: npt.NDArray[np.integer[Any]] | None
    valid: Mask | None
    text: Callable[[int], str]
    mistyped: int = 0  # rows that hold no text; missing in `valid`

    @property
    def rows(self) -> int:
        """Rows of the slice."""
        return len(self.hashes if self.codes is None else self.codes)


@dataclass(frozen=True, slots=True)
class Vectors:
    """Lists of numbers: row i holds `numbers[offsets[i]:offsets[i + 1]]`, NaN where one is missing.

    A row is missing where `valid` is False (None: nowhere).
    """

    offsets: npt.NDArray[np.int64]
    numbers: Floats
    valid: Mask | None = None
    mistyped: int = 0  # rows that hold no vector; missing in `valid`

    @property
    def rows(self) -> int:
        """Rows of the slice."""
        return len(self.offsets) - 1


Chunk = Numbers | Texts | Vectors
Slicer = Callable[[int, int], Chunk]  # cuts rows [start, stop) from a column


class Source(Protocol):
    """A data set that can be read column group by column group, as often as needed."""

    @property
    def name(self) -> str:
        """What people call it: a path, or `pandas frame`."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """In the order of the data."""
        ...

    @property
    def rows(self) -> int | None:
        """None where only reading it would tell."""
        ...

    @property
    def expected_rows(self) -> int | None:
        """About how many there are, for who waits; None where nothing tells."""
        ...

    @property
    def group_columns(self) -> int:
        """How many columns are best read at once: 1 where columns lie apart, all where rows do."""
        ...

    def read(self, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
        """The values of `columns`, one chunk each per slice, rows aligned.

        A column may be asked for in another reading than its own only where `rereads` is true.
        """
        ...

    @property
    def rereads(self) -> bool:
        """Whether a column can be read in a reading that is not its own (text files)."""
        ...


def slices(rows: int, at_most: int = SLICE_ROWS) -> Iterator[tuple[int, int]]:
    """[start, stop) pairs that cover `rows`; one empty pair for no rows."""
    for start in range(0, max(rows, 1), at_most):
        yield start, min(start + at_most, rows)


def groups(columns: Sequence[Column], size: int) -> Iterator[Sequence[Column]]:
    """The columns, `size` at a time."""
    for start in range(0, len(columns), size):
        yield columns[start : start + size]
