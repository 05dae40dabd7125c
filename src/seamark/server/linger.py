"""Lets a refused sender hear why: an answer given before the body has come is lost if the connection closes at once.

The rest of the body is received for a moment and thrown away, as nginx does ("lingering close"), and only then is the
answer completed, which closes the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from seamark.server.asgi import Message, Receive, Send

_LINGER_SECONDS = 3.0
_FIRST_REFUSAL = 400
_STALLED = 408  # who did not send before will not send now


class Exchange:
    """One request and its answer, aware of whether the body has been received."""

    def __init__(self, receive: Receive, send: Send, *, has_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._unread = has_body
        self._refused = False

    async def receive(self) -> Message:
        """The next part of the body."""
        message = await self._receive()
        self._unread = bool(message.get("more_body", False))
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer; before the last part of a refusal, let the sender finish."""
        if message["type"] == "http.response.start":
            self._refused = message["status"] >= _FIRST_REFUSAL and message["status"] != _STALLED
        elif self._refused and self._unread and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._discard()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _discard(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while self._unread:
                    await self.receive()


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request's headers announce a body."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0") for name, value in headers
    )
