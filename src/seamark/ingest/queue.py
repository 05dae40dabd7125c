"""Group commit: whatever arrives while one transaction runs shares the next one.

Callers wait in a bounded queue; one thread drains it into `append`, and every caller hears the fate of its own entry:
its place in the log once it is durable, or Unavailable when nothing of it was stored. There is no false yes.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seamark import clock
from seamark.errors import DiskFull, Overloaded, Unavailable
from seamark.records.log import LogEntry
from seamark.records.wording import counted

Append = Callable[[Sequence[LogEntry]], list[int]]

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 1


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much may wait, and how much one transaction takes (at least one entry)."""

    queue_rows: int
    queue_bytes: int
    commit_rows: int
    commit_interval_seconds: float = 0.0  # between the starts of two transactions


@dataclass(frozen=True, slots=True)
class QueueState:
    """What waits now, and what has been committed since the start."""

    waiting_entries: int
    waiting_rows: int
    waiting_bytes: int
    commits: int
    committed_entries: int
    failed_commits: int
    commit_seconds: float  # spent in the store, altogether


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """An entry and whom to tell. A future of an event loop is only ever touched on its loop."""

    entry: LogEntry
    future: asyncio.Future[int] | concurrent.futures.Future[int]
    loop: asyncio.AbstractEventLoop | None


class CommitQueue:
    """The bounded queue in front of the log, with its one committing thread."""

    def __init__(self, append: Append, limits: QueueLimits) -> None:
        self._append = append
        self._limits = limits
        self._waiting: deque[_Waiting] = deque()
        self._rows = self._bytes = 0  # queued or being committed
        self._commits = self._committed = self._failed = 0
        self._seconds = 0.0
        self._begun = float("-inf")  # when the last transaction began
        self._shared = 1  # entries of the last transaction
        self._awaited = 1  # how many entries have to wait before the next one begins at once
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="seamark-commit", daemon=True)
        self._thread.start()

    async def append(self, entry: LogEntry) -> int:
        """The seq of `entry` once it is durable.

        Raises Overloaded when the queue is full, Unavailable while stopping or when the store failed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        self._offer(_Waiting(entry, future, loop))
        return await future

    def append_blocking(self, entry: LogEntry) -> int:
        """The same for a thread."""
        future: concurrent.futures.Future[int] = concurrent.futures.Future()
        self._offer(_Waiting(entry, future, None))
        return future.result()

    def append_all_blocking(self, entries: Sequence[LogEntry]) -> list[int]:
        """The same for several entries that may share a transaction, however little room the queue has for them."""
        seqs: list[int] = []
        futures: list[concurrent.futures.Future[int]] = []
        for entry in entries:
            future: concurrent.futures.Future[int] = concurrent.futures.Future()
            try:
                self._offer(_Waiting(entry, future, None))
            except Overloaded:
                if not futures:
                    raise
                seqs += [each.result() for each in futures]
                futures = []
                self._offer(_Waiting(entry, future, None))
            futures.append(future)
        return [*seqs, *(each.result() for each in futures)]

    def state(self) -> QueueState:
        """A consistent snapshot."""
        with self._changed:
            waiting = (len(self._waiting), self._rows, self._bytes)
            return QueueState(*waiting, self._commits, self._committed, self._failed, self._seconds)

    def drain(self, timeout_seconds: float) -> bool:
        """Take nothing more, commit what waits, end the thread; whether that succeeded in time."""
        with self._changed:
            self._closing.set()
            self._changed.notify_all()
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _offer(self, waiting: _Waiting) -> None:
        rows, size = waiting.entry.rows, len(waiting.entry.payload)
        with self._changed:
            if self._closing.is_set():
                raise Unavailable("Seamark is stopping and takes nothing more; send the batch again later.")
            # An empty queue takes any entry, or one larger than the queue could never come in.
            full = self._rows + rows > self._limits.queue_rows or self._bytes + size > self._limits.queue_bytes
            if self._rows and full:
                raise Overloaded(
                    f"The queue has {counted(self._rows, 'row')} to commit and takes {self._limits.queue_rows:,};"
                    f" send the batch again in {_RETRY_SECONDS} s.",
                    retry_after_seconds=_RETRY_SECONDS,
                )
            self._rows += rows
            self._bytes += size
            self._waiting.append(waiting)
            if len(self._waiting) >= self._awaited:
                self._changed.notify()

    def _run(self) -> None:
        while group := self._next_group():
            self._commit(group)

    def _next_group(self) -> list[_Waiting]:
        """What to commit together, as soon as there is something; empty when there never will be.

        A transaction costs much the same however many share it, so after a shared one the next waits until as many
        have come again, or until the interval since the last began is over. Who sends alone waits for nothing.
        """
        with self._changed:
            self._wait_for(1, float("inf"))
            self._wait_for(self._shared, self._begun + self._limits.commit_interval_seconds)
            group: list[_Waiting] = []
            room = self._limits.commit_rows
            while self._waiting and (not group or self._waiting[0].entry.rows <= room):
                group.append(self._waiting.popleft())
                room -= group[-1].entry.rows
            self._shared = len(group)
            return group

    def _wait_for(self, entries: int, until_seconds: float) -> None:
        """Until so many entries wait, that moment comes, or the queue closes. With the lock held."""
        self._awaited = entries
        while len(self._waiting) < entries and not self._closing.is_set():
            pause = until_seconds - clock.monotonic_seconds()
            if pause <= 0:
                break
            self._changed.wait(None if pause == float("inf") else pause)

    def _commit(self, group: list[_Waiting]) -> None:
        outcome: list[int] | Unavailable
        self._begun = clock.monotonic_seconds()
        try:
            outcome = self._append([waiting.entry for waiting in group])
        except DiskFull as full:
            _log.error("Not accepted: %s. %s", counted(len(group), "batch", "batches"), full.message)
            outcome = full
        except Exception:  # noqa: BLE001  the store is a plug-in, and this thread must outlive its failures
            _log.exception("The log could not be written; not accepted: %s.", counted(len(group), "batch", "batches"))
            outcome = Unavailable("The log could not be written, so nothing of this batch was stored; send it again.")
        with self._changed:
            self._seconds += clock.monotonic_seconds() - self._begun
            self._rows -= sum(waiting.entry.rows for waiting in group)
            self._bytes -= sum(len(waiting.entry.payload) for waiting in group)
            if isinstance(outcome, Unavailable):
                self._failed += 1
            else:
                self._commits += 1
                self._committed += len(group)
        _tell(group, outcome)


def _tell(group: list[_Waiting], outcome: list[int] | Unavailable) -> None:
    """Settle every future of a group, with one wake-up per event loop."""
    fates: Sequence[int | Unavailable] = [outcome] * len(group) if isinstance(outcome, Unavailable) else outcome
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[_Waiting, int | Unavailable]]] = {}
    for waiting, fate in zip(group, fates, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting, fate))
    for loop, settled in by_loop.items():
        if loop is None:
            _settle(settled)
        else:
            try:
                loop.call_soon_threadsafe(_settle, settled)
            except RuntimeError:  # the loop has closed: its callers are gone, the entries are stored
                _log.warning("%d callers left before their batches were acknowledged.", len(settled))


def _settle(settled: list[tuple[_Waiting, int | Unavailable]]) -> None:
    for waiting, fate in settled:
        if waiting.future.done():  # its caller has gone away
            continue
        if isinstance(fate, Unavailable):
            waiting.future.set_exception(type(fate)(fate.message))
        else:
            waiting.future.set_result(fate)
