"""Closes connections that never finish their request line and headers (slow loris).

The body has a deadline of its own (`body.py`); uvicorn has none before the headers are complete.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS: Final = 20.0
_UNREAD_BYTES: Final = 512 * 1024  # of a body, received and not yet asked for


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for the headers of each request."""

    header_seconds = HEADER_SECONDS
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._start_deadline()

    def data_received(self, data: bytes) -> None:
        """Bytes outside any request begin the next one."""
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._start_deadline()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The headers are in time."""
        self._end_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """As in uvicorn, which stops and starts the socket, and wakes the reader, for every 64 kB of a body.

        A batch is larger, so it is handed over at its end, or in large parts.
        """
        if self.parser.should_upgrade() or self.cycle.response_complete:
            return
        self.cycle.body += body
        if len(self.cycle.body) > _UNREAD_BYTES:
            self.flow.pause_reading()
            self.cycle.message_event.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._end_deadline()
        super().connection_lost(exc)

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.header_seconds, self._close)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close(self, *_: Any) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
