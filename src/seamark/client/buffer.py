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

from seamark.client.entries import ALONE, PATHS, Chunk, Entry
from seamark.client.reasons import Reason
from seamark.client.stats import Stats
from seamark.clock import monotonic_seconds


class Lane:
    """What is posted to one path and waits, oldest first. Counts are of rows, since the beginning."""

    __slots__ = ("entries", "offered", "path", "settled", "since", "taken", "urgent")

    def __init__(self, path: str) -> None:
        self.path = path
        self.entries: deque[Entry] = deque()
        self.offered = 0
        self.taken = 0  # by the sender
        self.settled = 0  # acknowledged or dropped
        self.urgent = 0  # somebody waits until so many are settled
        self.since = 0.0  # monotonic seconds: no entry is older


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
        self._lanes = [Lane(path) for path in dict.fromkeys(PATHS.values())]
        self._lane_of = {kind: lane for kind, path in PATHS.items() for lane in self._lanes if lane.path == path}
        self._rows = 0  # waiting or on their way
        self._bytes = 0
        self._sent = self._acknowledged = self._turned_away = self._retries = 0
        self._dropped: Counter[str] = Counter()
        self._complaints: dict[str, str] = {}  # reason of a drop → why
        self._closed = False
        self.bell: queue.SimpleQueue[bool] = queue.SimpleQueue()  # wakes the sender; True: somebody is waiting

    def offer(self, entry: Entry, rows: int = 1) -> bool:
        """Take an entry in, or drop it when there is no room. Never waits."""
        with self._lock:
            if self._closed:
                return self.drop(Reason.CLOSED, rows, "The client is closed; log before close().")
            size = entry.size
            if self._rows + rows > self._max_rows or self._bytes + size > self._max_bytes:
                return self.drop(Reason.BUFFER_FULL, rows, "The buffer is full: the server is away or too slow.")
            self._rows += rows
            self._bytes += size
            lane = self._lane_of[type(entry)]
            if not lane.entries:
                lane.since = monotonic_seconds()
            lane.entries.append(entry)
            lane.offered += rows
            ready = lane.offered - lane.taken
        if ready == rows or ready - rows < self._batch_rows <= ready:
            self.bell.put(False)
        return True

    def drop(self, reason: Reason, rows: int, why: str) -> bool:
        """Count rows that are not taken in; False, as `offer` answers."""
        with self._lock:
            self._turned_away += rows
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
            for lane in self._lanes:
                if not lane.entries:
                    continue
                remaining = lane.since + self._flush_seconds - now
                full = lane.offered - lane.taken >= self._batch_rows
                if full or lane.taken < lane.urgent or remaining <= 0:
                    batch = self._take(lane)
                    self._sent += batch.rows
                    return batch, None
                soonest = remaining if soonest is None else min(soonest, remaining)
        return None, soonest

    def settle(self, batch: Batch, *, acknowledged: int, reason: Reason, why: str) -> None:
        """A batch is over: so many rows acknowledged, the others dropped for `reason`."""
        with self._progress:
            lost = batch.rows - acknowledged
            self._acknowledged += acknowledged
            self._rows -= batch.rows
            self._bytes -= batch.size
            batch.lane.settled += batch.rows
            if lost:
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
            for lane in self._lanes:
                lane.urgent = lane.offered
        self.bell.put(True)

    def flush(self, timeout: float) -> bool:
        """Wait until everything offered before this call is settled; whether it was, within `timeout` seconds."""
        with self._progress:
            targets = [(lane, lane.offered) for lane in self._lanes]
            if any(lane.settled < target for lane, target in targets):
                self.hurry()
            return self._progress.wait_for(lambda: all(lane.settled >= target for lane, target in targets), timeout)

    def wait_for_room(self, rows: int, size: int, timeout: float) -> None:
        """Wait until an entry of this extent would be taken in, or the buffer is closed, at most `timeout` seconds."""
        with self._progress:
            self._progress.wait_for(
                lambda: self._closed or (self._rows + rows <= self._max_rows and self._bytes + size <= self._max_bytes),
                timeout,
            )

    def close(self, why: str) -> None:
        """Take nothing in any more, and drop what no batch has taken yet."""
        with self._progress:
            self._closed = True
            for lane in self._lanes:
                while lane.entries:
                    self.settle(self._take(lane), acknowledged=0, reason=Reason.CLOSED, why=why)
            self._progress.notify_all()

    def stats(self) -> Stats:
        """Everything counted so far, at one instant."""
        with self._lock:
            return Stats(
                logged=self._turned_away + sum(lane.offered for lane in self._lanes),
                sent=self._sent,
                acknowledged=self._acknowledged,
                dropped=MappingProxyType(dict(self._dropped)),
                retries=self._retries,
                waiting=self._rows,
                waiting_bytes=self._bytes,
            )

    def _take(self, lane: Lane) -> Batch:
        """The oldest entries of a lane: as many as make a batch, or one that travels alone."""
        waiting = lane.entries
        entries = [waiting.popleft()]
        rows = entries[0].rows if isinstance(entries[0], Chunk) else 1
        if type(entries[0]) not in ALONE:
            while waiting and rows < self._batch_rows and type(waiting[0]) not in ALONE:
                entries.append(waiting.popleft())
                rows += 1
        lane.taken += rows
        return Batch(lane, entries, rows, sum([entry.size for entry in entries]))
