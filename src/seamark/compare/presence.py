"""Columns whose two sides are read differently: only whether there is a value can be compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seamark.compare.chunks import Chunk, Column, Numbers
from seamark.compare.evidence import Evidence, Side


class PresenceTally:
    """Counts rows and missing values of chunks of any reading."""

    def __init__(self) -> None:
        self._rows = self._missing = self._mistyped = 0

    def add(self, chunk: Chunk) -> None:
        """Count a chunk."""
        present = np.ones(chunk.rows, dtype=np.bool_) if chunk.valid is None else chunk.valid
        if isinstance(chunk, Numbers):
            present = present & ~np.isnan(chunk.values)
        self._rows += chunk.rows
        self._mistyped += chunk.mistyped
        self._missing += chunk.rows - int(np.count_nonzero(present)) - chunk.mistyped

    def side(self) -> Side:
        """What was counted."""
        return Side(self._rows, self._missing, self._mistyped)


@dataclass(frozen=True, slots=True, eq=False)
class PresenceBaseline:
    """A reference column, counted."""

    column: Column
    counted: PresenceTally
    recount: None = None

    def tally(self) -> PresenceTally:
        """An empty tally for the current data."""
        return PresenceTally()

    def index(self, chunk: Chunk) -> npt.NDArray[np.int64]:
        """One cell holds every row."""
        return np.zeros(chunk.rows, dtype=np.int64)

    def evidence(self, current: PresenceTally) -> Evidence:
        """Both sides of the column."""
        return Evidence(self.column, self.counted.side(), current.side())


class PresenceLearner(PresenceTally):
    """A tally that becomes a baseline."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._column = column

    def baseline(self) -> PresenceBaseline:
        """What was counted."""
        return PresenceBaseline(self._column, self)
