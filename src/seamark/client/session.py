"""A client's life in this process: its buffer, its thread (started by the first row), forks and the end.

After a fork the child begins anew with an empty buffer, a thread and a connection of its own; the parent notices
nothing. When the interpreter ends, every session gets a bounded time to deliver what it holds.
"""

from __future__ import annotations

import atexit
import itertools
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from seamark.client.buffer import Buffer
from seamark.client.entries import Entry
from seamark.client.options import Options
from seamark.client.reasons import Reason, Refused, unreadable
from seamark.client.sender import Sender
from seamark.clock import monotonic_seconds

_LEFT: Final = "The client was closed before the server took them."
_LAST_WORDS_SECONDS: Final = 0.2  # for the sender's warning of what it could not deliver


class Session:
    """Buffer and sender of one client in one process."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._closed = False
        self._begin()
        _sessions.add(self)

    def _begin(self) -> None:
        options = self.options
        self._instance = os.urandom(8).hex()
        self._numbers = itertools.count()
        self._starting = threading.Lock()
        self._sender: Sender | None = None
        self._thread: threading.Thread | None = None
        self.buffer = Buffer(
            rows=options.buffer_rows,
            size=options.buffer_bytes,
            batch_rows=options.rows_at_once,
            flush_seconds=options.flush_seconds,
        )

    def next_id(self) -> str:
        """An id no other prediction has: random per process, then counted. A tenth of the price of uuid4."""
        return f"{self._instance}-{next(self._numbers):x}"

    def offer(self, entry: Entry, rows: int = 1) -> bool:
        """Buffer.offer, with somebody at the other end."""
        kept = self.buffer.offer(entry, rows)
        if self._thread is None:
            self._start()
        return kept

    def drop(self, reason: Reason, rows: int, why: str) -> None:
        """Buffer.drop, with somebody to warn of it."""
        if not self.options.enabled:
            return
        self.buffer.drop(reason, rows, why)
        if self._thread is None:
            self._start()

    @contextmanager
    def door(self) -> Iterator[None]:
        """Nothing raised inside reaches the host; it is counted."""
        try:
            yield
        except Refused as refused:
            self.drop(refused.reason, 1, refused.why)
        except Exception as error:  # noqa: BLE001  the door
            self.drop(Reason.UNREADABLE, 1, unreadable(error))

    def close(self, timeout: float) -> bool:
        """Deliver what waits, at most `timeout` seconds, then drop the rest and stop; whether all was delivered."""
        until = monotonic_seconds() + timeout
        self._closed = True
        delivered = self.buffer.flush(timeout if self._thread is not None else 0.0)
        self.buffer.close(_LEFT)
        sender, thread = self._sender, self._thread
        if sender is not None and thread is not None:
            sender.stop()
            if thread is not threading.current_thread():
                thread.join(max(_LAST_WORDS_SECONDS, until - monotonic_seconds()))
        return delivered

    def retire(self) -> None:
        """Its client was forgotten without being closed: deliver what waits, keep nobody waiting, and stop."""
        if self._sender is not None:
            self._sender.drain()

    def begin_in_child(self) -> None:
        """Forget what the parent will send, and its connection."""
        if self._sender is not None:
            self._sender.abandon()
        self._begin()
        if self._closed:
            self.buffer.close(_LEFT)

    def _start(self) -> None:
        """Start the sender, unless another thread is doing so this moment."""
        if self._closed or not self._starting.acquire(blocking=False):
            return
        try:
            if self._thread is None:
                self._sender = Sender(self.options, self.buffer, self._instance)
                thread = threading.Thread(target=self._run, name="seamark-sender", daemon=True)
                with suppress(RuntimeError):  # no more threads now, or the interpreter is ending
                    thread.start()
                    self._thread = thread
        finally:
            self._starting.release()

    def _run(self) -> None:
        """The thread. A method of the session's, so that it lives as long as its thread."""
        if self._sender is not None:
            self._sender.run()


_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def _begin_in_child() -> None:
    for session in list(_sessions):
        session.begin_in_child()


def _end() -> None:
    """The interpreter is ending: every session may deliver, all within their own bounds, at the same time."""
    begun = monotonic_seconds()
    for session in list(_sessions):
        session.buffer.hurry()
    for session in list(_sessions):
        session.close(max(0.0, begun + session.options.shutdown_seconds - monotonic_seconds()))


os.register_at_fork(after_in_child=_begin_in_child)
atexit.register(_end)
