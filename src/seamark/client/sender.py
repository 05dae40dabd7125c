"""The background thread: takes batches from the buffer, delivers them, and complains where it cannot."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from queue import Empty
from typing import Final

import seamark
from seamark.client.bodies import encode
from seamark.client.buffer import Batch, Buffer
from seamark.client.complaints import Complaints
from seamark.client.options import Options
from seamark.client.reasons import Reason
from seamark.client.transport import Transport, Unreachable
from seamark.client.verdict import Acknowledged, Again, Lost, backoff_seconds, judge
from seamark.clock import monotonic_seconds
from seamark.wire.json import CHANGES_PATH, IDEMPOTENCY_HEADER, JSON_TYPE, PARTIAL_QUERY

_GZIP_WINDOW_BITS: Final = 31  # zlib's word for gzip


class Sender:
    """Delivers what is in the buffer until it is told to stop. `run` is the thread."""

    def __init__(self, options: Options, buffer: Buffer, instance: str) -> None:
        self._options = options
        self._buffer = buffer
        self._introduction = {"sdk": f"seamark-python/{seamark.__version__}", "instance": instance}
        self._transport = Transport(options.url, _headers(options), options.timeout_seconds)
        self._complaints = Complaints()
        self._draining = False
        self._stopped = False

    def run(self) -> None:
        """Until stopped; an error of ours costs the batch it met, never the thread."""
        while not self._stopped:
            try:
                self._step()
            except Exception:  # noqa: BLE001  the door of the thread: the next batch may be well
                self._complaints.fault(monotonic_seconds())
                self._pause(1.0, hurried=False)
        self._complain()
        self._transport.close()

    def drain(self) -> None:
        """Stop as soon as nothing waits any more."""
        self._draining = True
        self._buffer.hurry()

    def stop(self) -> None:
        """Stop after the present attempt."""
        self._stopped = True
        self._buffer.bell.put(True)

    def abandon(self) -> None:
        """Let go of the connection: this process is a copy, and the original goes on using it."""
        self._transport.close()

    def _step(self) -> None:
        """Deliver one batch, or sleep until there is something to do."""
        self._complain()
        batch, due_in = self._buffer.next_batch(monotonic_seconds())
        if batch is not None:
            self._deliver(batch)
        elif self._draining and due_in is None:
            self._stopped = True
        else:
            self._sleep(due_in)

    def _sleep(self, due_in: float | None) -> None:
        complain_in = self._complaints.next_in(self._buffer.complaints(), monotonic_seconds())
        waits = [wait for wait in (due_in, complain_in) if wait is not None]
        try:
            self._buffer.bell.get(timeout=min(waits) if waits else None)
        except Empty:
            return

    def _pause(self, seconds: float, *, hurried: bool) -> None:
        """Wait between two attempts; with `hurried`, a flush ends the pause, and so does being stopped."""
        until = monotonic_seconds() + seconds
        while not self._stopped and (remaining := until - monotonic_seconds()) > 0:
            try:
                somebody_waits = self._buffer.bell.get(timeout=remaining)
            except Empty:
                return
            self._complain()
            if somebody_waits and hurried:
                return

    def _complain(self) -> None:
        why = self._buffer.complaints()
        if why:
            self._buffer.complained(self._complaints.drops(why, self._buffer.stats().dropped, monotonic_seconds()))

    def _deliver(self, batch: Batch) -> None:
        """Send a batch until it is acknowledged, lost, or we are stopped; settles it in every case."""
        verdict: Acknowledged | Lost = Lost(Reason.UNREADABLE, "A batch could not be written; this is a fault of ours.")
        try:
            client = self._introduction | {"dropped": dict(self._buffer.stats().dropped)}
            body = encode(batch.entries, self._options.model, self._options.version, client)
            batch.entries.clear()  # from here on the body is the batch: not twice in memory
            verdict = self._send(batch, body)
        finally:
            if isinstance(verdict, Acknowledged):
                self._buffer.settle(
                    batch, acknowledged=batch.rows - verdict.refused, reason=Reason.REFUSED, why=verdict.why
                )
            else:
                self._buffer.settle(batch, acknowledged=0, reason=verdict.reason, why=verdict.why)

    def _send(self, batch: Batch, body: bytes) -> Acknowledged | Lost:
        """One attempt after the other, always with the same body and key: the server counts it once."""
        headers = {IDEMPOTENCY_HEADER: os.urandom(16).hex()}
        if self._options.compress:
            body = _gzip(body)
            headers["Content-Encoding"] = "gzip"
        path = batch.lane.path if batch.lane.path == CHANGES_PATH else f"{batch.lane.path}?{PARTIAL_QUERY}"
        attempts = failures = 0
        while True:
            verdict = self._attempt(path, body, headers, batch.rows, failures)
            if not isinstance(verdict, Again):
                return verdict
            attempts += 1
            failures += verdict.suspect
            self._wait(verdict, attempts)
            if self._stopped:
                return Lost(Reason.CLOSED, f"The client was closed before the server took them. {verdict.why}")
            self._buffer.count_retry()

    def _attempt(
        self, path: str, body: bytes, headers: Mapping[str, str], rows: int, failures: int
    ) -> Acknowledged | Lost | Again:
        try:
            return judge(self._transport.post(path, body, headers), rows, failures)
        except Unreachable as error:
            return Again(None, f"{self._options.url}: {error}.")

    def _wait(self, verdict: Again, attempts: int) -> None:
        """Back off; as long as the server asked, where it did, and a flush cannot shorten that."""
        self._complaints.trouble(verdict.why, monotonic_seconds())
        chance = int.from_bytes(os.urandom(4)) / 2**32  # the host's `random` keeps its seed
        options = self._options
        pause = backoff_seconds(attempts, chance, options.backoff_seconds, options.backoff_max_seconds)
        if verdict.least_seconds is None:
            self._pause(pause, hurried=True)
        else:
            self._pause(verdict.least_seconds + min(pause, options.backoff_seconds), hurried=False)


def _headers(options: Options) -> dict[str, str]:
    headers = {"Content-Type": JSON_TYPE, "User-Agent": f"seamark-python/{seamark.__version__}"}
    if options.token is not None:
        headers["Authorization"] = f"Bearer {options.token}"
    return headers


def _gzip(body: bytes) -> bytes:
    deflate = zlib.compressobj(level=1, wbits=_GZIP_WINDOW_BITS)
    return deflate.compress(body) + deflate.flush()
