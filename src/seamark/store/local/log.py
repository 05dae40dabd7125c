"""The log in SQLite."""

# ruff: noqa: D102, S608 - `protocol.py` says what each method does; only constants are put into SQL

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from seamark.clock import DAY_US
from seamark.records.log import EntryKind, LogEntry, LoggedEntry, SetAside
from seamark.store.local.database import Database
from seamark.store.local.marks import READ, Mark, read_mark, set_mark
from seamark.store.protocol import READ_BYTES

# What they say lives on in row files and mean attributions.
PASSING = (EntryKind.PREDICTIONS, EntryKind.OUTCOMES, EntryKind.REFERENCE, EntryKind.ATTRIBUTIONS)


class LocalLog:
    """`seamark.store.protocol.Log`."""

    def __init__(self, database: Database, has_room: Callable[[], None] = lambda: None) -> None:
        """`has_room` raises DiskFull when nothing more may be taken."""
        self._database = database
        self._has_room = has_room

    def append(self, entries: Sequence[LogEntry]) -> list[int]:
        self._has_room()
        with self._database.transaction() as connection:
            seq = read_mark(connection, Mark.LOG_SEQ)
            seqs: list[int] = []
            fresh: list[tuple[object, ...]] = []
            for entry in entries:
                first = _first_use(connection, entry)
                if first is None:
                    first = seq = seq + 1
                    fresh.append(_as_row(seq, entry))
                    _remember(connection, entry, seq)
                seqs.append(first)
            connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)", fresh)
            set_mark(connection, Mark.LOG_SEQ, seq)
            _forget_keys(connection, entries)
        return seqs

    def read(self, after_seq: int, max_rows: int) -> list[LoggedEntry]:
        found: list[LoggedEntry] = []
        room, bytes_left = max_rows, READ_BYTES
        with self._database.reading() as connection:
            # One row at a time: what lies behind the bound is never read.
            for row in connection.execute("SELECT * FROM log WHERE seq > ? ORDER BY seq", (after_seq,)):
                logged = _from_row(row)
                room -= max(logged.entry.rows, 1)
                bytes_left -= len(logged.entry.payload)
                if min(room, bytes_left) < 0 and found:
                    break
                found.append(logged)
        return found

    def last_seq(self) -> int:
        return int(self._database.query(READ, (Mark.LOG_SEQ,))[0][0])

    def pending(self) -> tuple[int, int]:
        [(entries, rows)] = self._database.query(
            f"SELECT count(*), coalesce(sum(rows), 0) FROM log INDEXED BY log_sizes WHERE seq > ({READ})",
            (Mark.WATERMARK,),
        )
        return entries, rows

    def set_aside(self) -> list[SetAside]:
        found = self._database.query("SELECT seq, at_us, reason FROM set_aside ORDER BY seq")
        return [SetAside(*row) for row in found]


def forget(connection: sqlite3.Connection, after_seq: int, through_seq: int) -> None:
    """Drop the entries whose rows are now in row files; their pages serve the next ones."""
    connection.execute(
        f"""DELETE FROM log WHERE seq > ? AND seq <= ? AND kind IN ({", ".join("?" * len(PASSING))})
            AND seq NOT IN (SELECT seq FROM set_aside)""",
        (after_seq, through_seq, *PASSING),
    )


def _first_use(connection: sqlite3.Connection, entry: LogEntry) -> int | None:
    if entry.idempotency_key is None:
        return None
    found = connection.execute(
        "SELECT seq FROM idempotency WHERE project = ? AND key = ? AND received_us > ?",
        (entry.project, entry.idempotency_key, entry.received_us - DAY_US),
    ).fetchone()
    return found and int(found[0])


def _remember(connection: sqlite3.Connection, entry: LogEntry, seq: int) -> None:
    if entry.idempotency_key is not None:
        connection.execute(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)",
            (entry.project, entry.idempotency_key, seq, entry.received_us),
        )


def _forget_keys(connection: sqlite3.Connection, entries: Sequence[LogEntry]) -> None:
    newest_us = max((entry.received_us for entry in entries if entry.idempotency_key is not None), default=None)
    if newest_us is not None:
        connection.execute("DELETE FROM idempotency WHERE received_us <= ?", (newest_us - DAY_US,))


def _as_row(seq: int, entry: LogEntry) -> tuple[object, ...]:
    return (
        seq,
        entry.kind,
        entry.project,
        entry.model,
        entry.received_us,
        entry.rows,
        entry.idempotency_key,
        entry.payload,
    )


def _from_row(row: tuple[Any, ...]) -> LoggedEntry:
    seq, kind, project, model, received_us, rows, key, payload = row
    return LoggedEntry(seq, LogEntry(EntryKind(kind), project, model, received_us, rows, payload, key))
