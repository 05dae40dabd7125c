"""A store for one backtest: in memory, and of rows that were counted it keeps only who they were."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from typing import Final

import pyarrow as pa

from seamark.records import rows as columns
from seamark.records.blocks import RowFile
from seamark.store.backends.memory import MemoryStore
from seamark.store.memory.rows import MemoryRows
from seamark.store.protocol import JoinIndex

_IDENTITY: Final = (columns.ID, columns.VERSION, columns.TIME)


_SHARED: Final = (
    "models",
    "bin_sets",
    "baselines",
    "attributions",
    "calibrations",
    "monitor_sets",
    "scorecards",
    "blocks",
)


class ScratchRows(MemoryRows):
    """`seamark.store.protocol.Rows`, but for what it forgets."""

    whole = True  # until told otherwise

    def write(
        self, kind: str, project: str, model: str, table: pa.Table, last_seq: int, index: JoinIndex | None = None
    ) -> list[RowFile]:
        kept = table if self.whole or kind != "predictions" else table.select(_IDENTITY)
        return super().write(kind, project, model, kept, last_seq, index)


class ScratchStore(MemoryStore):
    """`seamark.store.protocol.Store` without most of its rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: ScratchRows = ScratchRows(self._state)

    def unjudged(self) -> ScratchStore:
        """Another store of the same model, bins and profiles, in which nothing has been judged or told."""
        other = ScratchStore()
        for name in _SHARED:
            setattr(other._state, name, getattr(self._state, name).copy())
        return other
