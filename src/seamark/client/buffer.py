"""The bounded buffer between the host's threads and the sender's.

The host's side takes one lock for a handful of statements and never waits for anything else. The lock is re-entrant
and the bell a `SimpleQueue`, because a signal handler or a finaliser may log while its own thread is inside `offer`.
"""

from __future__ import annotations

import queue
from collections import Counter, deque
from collections.abc import Iterable
from threading import Condition, RLock
from types import MappingProxyType

from seamark.client.entries import Chunk, Entry, Lane
from seamark.client.reasons import Reason
from seamark.client.stats import Stats
from seamark.clock import monotonic_seconds


class _Queue:
    """The entries of one lane, oldest first. Counts are of rows, since the beginning."""

    __slots__ = ("entries", "offered", "settled", "since", "taken", "urgent")

    def __init__(self) -> None:
        self.entries: deque[tuple[Entry, int, int]] = deque()  # with its bytes and rows
        self.offered = 0
        self.taken = 0  # by the sender
        self.settled = 0  # acknowledged or dropped
        self.urgent = 0  # somebody waits for these to be settled
        self.since = 0.0  # monotonic seconds: when the oldest entry came


class Batch:
    """Entries of one lane on their way; they count as waiting until they are settled."""

    __slots__ = ("entries", "lane", "rows", "size")

    def __init__(self, lane: Lane, entries: list[Entry], rows: int, size: int) -> None:
        self.lane = lane
        self.entries = entries
        self.rows = rows
        self.size = size


class Buffer:
    """Rows that wait to be sent, and the counters of everything that happened to rows."""

    def __init__(self, *, rows: int, size: int, batch_rows: int, flush_seconds: float) -> None:
        self._max_rows = rows
        self._max_bytes = size
        self._batch_rows = batch_rows
        self._flush_seconds = flush_seconds
        self._lock = RLock()
        self._progress = Condition(self._lock)
        self._lanes = {lane: _Queue() for lane in Lane}
        self._waiting = 0
        self._bytes = 0
        self._logged = self._sent = self._acknowledged = self._retries = 0
        self._dropped: Counter[str] = Counter()
        self._closed = False
        self.bell: queue.SimpleQueue[bool] = queue.SimpleQueue()  # wakes the sender; True: somebody is waiting
        self._complaints: dict[str, str] = {}  # reason of a drop → why

    def offer(self, lane: Lane, entry: Entry, size: int, rows: int = 1) -> bool:
        """Take an entry in, or drop it when there is no room. Never waits."""
        with self._lock:
            if self._closed:
                return self.drop(Reason.CLOSED, rows, "The client is closed; log before close().")
            if self._waiting + rows > self._max_rows or self._bytes + size > self._max_bytes:
                return self.drop(Reason.BUFFER_FULL, rows, "The buffer is full: the server is away or too slow.")
            waits = self._lanes[lane]
            if not waits.entries:
                waits.since = monotonic_seconds()
            waits.entries.append((entry, size, rows))
            waits.offered += rows
            self._logged += rows
            self._waiting += rows
            self._bytes += size
            ready = waits.offered - waits.taken
        if ready == rows or ready - rows < self._batch_rows <= ready:
            self.bell.put(False)
        return True

    def drop(self, reason: Reason, rows: int, why: str) -> bool:
        """Count rows that are not taken in; False, as `offer` answers."""
        with self._lock:
            self._logged += rows
            self._dropped[reason] += rows
            news = not self._complaints
            self._complaints[reason] = why
        if news:
            self.bell.put(False)
        return False

    def next_batch(self, now: float) -> tuple[Batch | None, float | None]:
        """Entries that are due, or the seconds until some will be (None: nothing waits).

        Due are a full batch, entries older than `flush_seconds`, and whatever somebody waits for.
        """
        soonest: float | None = None
        with self._lock:
            for lane, waits in self._lanes.items():
                if not waits.entries:
                    continue
                ready = waits.offered - waits.taken
                remaining = waits.since + self._flush_seconds - now
                if ready >= self._batch_rows or waits.taken < waits.urgent or remaining <= 0:
                    batch = self._take(lane, waits, now)
                    self._sent += batch.rows
                    return batch, None
                soonest = remaining if soonest is None else min(soonest, remaining)
        return None, soonest

    def settle(self, batch: Batch, *, acknowledged: int, reason: Reason | None = None, why: str = "") -> None:
        """A batch is over: so many rows acknowledged, the others dropped for `reason`."""
        with self._progress:
            lost = batch.rows - acknowledged
            self._acknowledged += acknowledged
            self._waiting -= batch.rows
            self._bytes -= batch.size
            self._lanes[batch.lane].settled += batch.rows
            if reason is not None and lost:
                self._dropped[reason] += lost
                self._complaints[reason] = why
            self._progress.notify_all()

    def count_retry(self) -> None:
        """One more request was sent again."""
        with self._lock:
            self._retries += 1

    def complaints(self) -> dict[str, str]:
        """Reason → why, of the drops that nobody has been told of yet."""
        with self._lock:
            return dict(self._complaints)

    def complained(self, reasons: Iterable[str]) -> None:
        """Somebody has been told of these."""
        with self._lock:
            for reason in reasons:
                self._complaints.pop(reason, None)

    def hurry(self) -> None:
        """Everything in the buffer is due now."""
        with self._lock:
            for waits in self._lanes.values():
                waits.urgent = waits.offered
        self.bell.put(True)

    def flush(self, timeout: float) -> bool:
        """Wait until everything offered before this call is settled; whether it was, within `timeout` seconds."""
        with self._progress:
            targets = [(waits, waits.offered) for waits in self._lanes.values()]
            if any(waits.settled < target for waits, target in targets):
                self.hurry()
            return self._progress.wait_for(lambda: all(waits.settled >= target for waits, target in targets), timeout)

    def wait_for_room(self, rows: int, size: int, timeout: float) -> None:
        """Wait until an entry of this extent would be taken in, at most `timeout` seconds."""
        with self._progress:
            self._progress.wait_for(
                lambda: (
                    self._closed or (self._waiting + rows <= self._max_rows and self._bytes + size <= self._max_bytes)
                ),
                timeout,
            )

    def close(self, why: str) -> None:
        """Take nothing in any more, and drop what no batch has taken yet."""
        with self._progress:
            self._closed = True
            for lane, waits in self._lanes.items():
                if waits.entries:
                    rest = self._take(lane, waits, 0.0, whole=True)
                    self.settle(rest, acknowledged=0, reason=Reason.CLOSED, why=why)
            self._progress.notify_all()

    def stats(self) -> Stats:
        """Everything counted so far, at one instant."""
        with self._lock:
            dropped = MappingProxyType(dict(self._dropped))
            return Stats(
                logged=self._logged,
                sent=self._sent,
                acknowledged=self._acknowledged,
                dropped=dropped,
                retries=self._retries,
                waiting=self._waiting,
                waiting_bytes=self._bytes,
            )

    def _take(self, lane: Lane, waits: _Queue, now: float, *, whole: bool = False) -> Batch:
        """The oldest entries of a lane: up to a batch of single rows, or one chunk, or with `whole` all of them."""
        entries: list[Entry] = []
        rows = size = 0
        queued = waits.entries
        while queued and (whole or rows < self._batch_rows):
            if entries and not whole and isinstance(queued[0][0], Chunk):
                break
            entry, entry_size, entry_rows = queued.popleft()
            entries.append(entry)
            rows += entry_rows
            size += entry_size
            if isinstance(entry, Chunk) and not whole:
                break
        waits.taken += rows
        waits.since = now
        return Batch(lane, entries, rows, size)
