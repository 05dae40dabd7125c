"""The log in a dictionary."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from collections.abc import Sequence

from seamark.clock import DAY_US
from seamark.records.log import LogEntry, LoggedEntry, SetAside
from seamark.store.memory.state import State
from seamark.store.protocol import READ_BYTES


class MemoryLog:
    """`seamark.store.protocol.Log`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def append(self, entries: Sequence[LogEntry]) -> list[int]:
        with self._state:
            seqs = [self._place(entry) for entry in entries]
            newest_us = max((entry.received_us for entry in entries if entry.idempotency_key is not None), default=0)
            keys = self._state.keys.items()
            self._state.keys = {key: use for key, use in keys if use[1] > newest_us - DAY_US}
            return seqs

    def read(self, after_seq: int, max_rows: int) -> list[LoggedEntry]:
        with self._state:
            found: list[LoggedEntry] = []
            rows, size = 0, 0
            for seq, entry in self._state.log.items():
                if seq > after_seq:
                    rows += max(entry.rows, 1)
                    size += len(entry.payload)
                    if (rows > max_rows or size > READ_BYTES) and found:
                        break
                    found.append(LoggedEntry(seq, entry))
            return found

    def last_seq(self) -> int:
        with self._state:
            return self._state.log_seq

    def pending(self) -> tuple[int, int]:
        with self._state:
            waiting = [entry.rows for seq, entry in self._state.log.items() if seq > self._state.watermark]
            return len(waiting), sum(waiting)

    def set_aside(self) -> list[SetAside]:
        with self._state:
            return [each for _, each in sorted(self._state.set_aside.items())]

    def _place(self, entry: LogEntry) -> int:
        key = (entry.project, entry.idempotency_key or "")
        if entry.idempotency_key is not None:
            seq, received_us = self._state.keys.get(key, (0, 0))
            if seq and received_us > entry.received_us - DAY_US:
                return seq
            self._state.keys[key] = (self._state.log_seq + 1, entry.received_us)
        self._state.log_seq += 1
        self._state.log[self._state.log_seq] = entry
        return self._state.log_seq
