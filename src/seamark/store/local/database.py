"""One SQLite file: a single writer that is served in order of arrival, and any number of readers."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

from seamark.errors import Corrupt, DiskFull, SeamarkError, TooLarge, Unavailable
from seamark.store.local.schema import migrate, refuse_strangers

PAGE_BYTES: Final = 16_384  # payloads are large: the fastest of 4..64 KB to append, forget and read (benchmarks/store)
CHECKPOINT_PAGES: Final = 1_000  # 16 MB of write-ahead log
WAL_BYTES: Final = 4 * CHECKPOINT_PAGES * PAGE_BYTES  # beyond it, readers that never pause are made to wait
READERS_MS: Final = 250  # for what they are reading to end
FREE_KEPT_PAGES: Final = 8_192  # 128 MB of free pages stay for the log's next batches
GIVEN_BACK_PAGES: Final = 512  # 8 MB a transaction, so that no writer waits long
BUSY_MS: Final = 30_000  # only foreign processes (a backup, a curious sqlite3 shell) can keep us waiting
IDLE_READERS: Final = 8

_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }
)


class Turns:
    """A lock that is handed on in order of arrival.

    `threading.Lock` lets a thread that releases and asks again overtake those that wait; a busy
    ingest would starve the lanes.
    """

    def __init__(self) -> None:
        self._state = Lock()
        self._waiting: deque[Lock] = deque()
        self._taken = False

    def __enter__(self) -> Self:
        with self._state:
            if not self._taken:
                self._taken = True
                return self
            gate = Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            gate.acquire()
        except BaseException:  # Ctrl-C while waiting: nobody may hand the turn to a thread that has gone
            self._give_up(gate)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._state:
            self._hand_on()

    def _give_up(self, gate: Lock) -> None:
        with self._state:
            if gate in self._waiting:
                self._waiting.remove(gate)
            else:
                self._hand_on()

    def _hand_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._taken = False


class Database:
    """`transaction` writes, `reading` and `query` read what was committed before they began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turns = Turns()
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        self._wal = path.with_name(f"{path.name}-wal")
        self._wal_limit = WAL_BYTES
        with self._translated():
            self._writer = self._connect()
            try:
                refuse_strangers(self._writer, path)
                _prepare(self._writer)
                migrate(self._writer)
            except BaseException:
                self._writer.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and durable once the block is left. Waits for at most those before it."""
        with self._turns, self._translated():
            self._refuse_when_closed()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
            if self._wal.stat().st_size > self._wal_limit:
                self._restart_wal()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write, one thread's alone inside the block."""
        with self._translated():
            self._refuse_when_closed()
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
                connection.execute("PRAGMA query_only = ON")
            try:
                yield connection
            finally:
                if self._closed or len(self._idle) >= IDLE_READERS:
                    connection.close()
                else:
                    self._idle.append(connection)

    def query(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of one SELECT: one consistent state."""
        with self.reading() as connection:
            return connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Wait for the present writer, fold the write-ahead log into the file, and release it."""
        with self._turns:
            if self._closed:
                return
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()

    def rewrite(self) -> None:
        """Write the file anew, so that nothing that was deleted is left in its free pages. Takes as much room again."""
        with self._turns, self._translated():
            self._refuse_when_closed()
            self._writer.execute("VACUUM")
            self._restart_wal()

    def _restart_wal(self) -> None:
        """Begin the write-ahead log anew; readers that overlap without a pause would let it grow for ever.

        Waits for those who read now, not for those who come: they read the file itself. When somebody
        holds on for longer, it is tried again after as much has been written once more.
        """
        self._writer.execute(f"PRAGMA busy_timeout = {READERS_MS}")
        with suppress(sqlite3.OperationalError):  # a full disk, say: what was committed is committed all the same
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._writer.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        self._wal_limit = WAL_BYTES + self._wal.stat().st_size  # 0 unless somebody held on

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_MS / 1_000, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Unavailable(f"The store {str(self._path.parent)!r} has been closed.")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            meaning = _meaning(error, self._path)
            if meaning is None:
                raise
            raise meaning from error


def give_back(connection: sqlite3.Connection) -> None:
    """Inside a transaction: return some of what a large backlog left free to the file system."""
    [(free_pages,)] = connection.execute("PRAGMA freelist_count")
    for _ in range(min(GIVEN_BACK_PAGES, free_pages - FREE_KEPT_PAGES)):
        connection.execute("PRAGMA incremental_vacuum(1)")  # one by one: `execute` steps once, and a step is a page


def _prepare(writer: sqlite3.Connection) -> None:
    writer.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # takes effect in a new file only
    writer.execute("PRAGMA auto_vacuum = INCREMENTAL")  # likewise; space can be given back without copying the file
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA synchronous = FULL")  # every commit reaches the disk before it returns
    writer.execute("PRAGMA fullfsync = ON")  # macOS: through the drive's cache as well
    writer.execute("PRAGMA secure_delete = FAST")  # Debian's ON would write every freed page once more, as zeros
    writer.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    writer.execute(f"PRAGMA journal_size_limit = {2 * CHECKPOINT_PAGES * PAGE_BYTES}")


def _meaning(error: sqlite3.Error, path: Path) -> SeamarkError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
    if code in _CORRUPT:
        return Corrupt(f"The database {str(path)!r} is damaged ({error}); restore it from a backup.")
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"The disk with the database {str(path)!r} is full; free some space, or move the store.")
    if code in _UNAVAILABLE:
        return Unavailable(
            f"The database {str(path)!r} cannot be used now ({error}); check the disk and its free space."
        )
    if code == sqlite3.SQLITE_TOOBIG:
        return TooLarge("A value is larger than the 1 GB that the database takes; send it in smaller batches.")
    return None
