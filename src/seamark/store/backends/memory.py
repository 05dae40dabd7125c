"""The store's laws in dictionaries: for tests, and the oracle every other backend is compared with."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from pathlib import Path
from typing import Final

from seamark.store.memory.accounts import MemoryAccounts
from seamark.store.memory.fast import MemoryFast
from seamark.store.memory.forget import MemoryForget
from seamark.store.memory.log import MemoryLog
from seamark.store.memory.metrics import MemoryMetrics
from seamark.store.memory.post import MemoryPost
from seamark.store.memory.rows import MemoryRows
from seamark.store.memory.slow import MemorySlow
from seamark.store.memory.state import State
from seamark.store.protocol import Backend


class MemoryStore:
    """`seamark.store.protocol.Store` that ends with its process."""

    def __init__(self) -> None:
        self._state = State()
        self.log = MemoryLog(self._state)
        self.rows = MemoryRows(self._state)
        self.slow = MemorySlow(self._state)
        self.fast = MemoryFast(self._state)
        self.accounts = MemoryAccounts(self._state)
        self.forget = MemoryForget(self._state)
        self.metrics = MemoryMetrics(self._state)
        self.post = MemoryPost(self._state)

    def facts(self) -> dict[str, float]:
        entries, rows = self.log.pending()
        with self._state:
            files = self._state.files.values()
            return {
                "database_bytes": 0,
                "database_free_bytes": 0,
                "disk_free_bytes": float("inf"),
                "log_pending_entries": entries,
                "log_pending_rows": rows,
                "log_set_aside_entries": len(self._state.set_aside),
                "metric_blocks": len(self._state.metric_blocks),
                "metric_refused_series": self._state.metric_refused_series,
                "metric_series": len(self._state.metric_series),
                "row_file_bytes": sum(file.size_bytes for file in files),
                "row_files": len(files),
            }

    def check(self) -> list[str]:
        with self._state:
            lost = [file.path for file in self._state.files.values() if file.path not in self._state.tables]
            return [f"The row file {path!r} is listed in the manifest but does not exist." for path in lost]

    def close(self) -> None:
        with self._state.turn:
            self._state.closed = True


def _opened(_: Path) -> MemoryStore:
    return MemoryStore()


BACKEND: Final = Backend(open=_opened, durable=False)
