"""Reads a request's body within bounds of size and time, and takes its compression off."""

from __future__ import annotations

import asyncio

from litestar.exceptions import ClientException, HTTPException

from seamark.errors import TooLarge
from seamark.server.asgi import Receive, Sent
from seamark.server.services import Bounds
from seamark.wire.compression import ENCODINGS, expand, expand_snappy

_IN_FLIGHT_BODIES = 8  # of the largest size: what all requests together may hold in memory
_CLOSE = {"Connection": "close"}  # the rest of the body stays unread, so the connection is of no more use


class BodyReader:
    """Reads bodies; what it has read and not yet handed back counts against a common budget."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._in_flight = 0

    async def read(self, request: Sent) -> bytes:
        """The body, decompressed from gzip or zstd.

        Raises TooLarge, Malformed, Overloaded, or HTTPException 408 (stalled), 415 (unknown encoding).
        """
        encoding = _encoding(request.headers.get("content-encoding", ""))
        self._check_announced(request.headers.get("content-length", ""))
        body = await self._receive(request.receive)
        if encoding is None:
            return body
        return await asyncio.to_thread(expand, body, encoding, self._bounds.max_decompressed_bytes)

    async def read_snappy(self, request: Sent) -> bytes:
        """The body of a format that is always a snappy block; raises the same, 415 for any other encoding."""
        encoding = request.headers.get("content-encoding", "")
        if encoding.strip().lower() != "snappy":
            raise HTTPException(
                status_code=415,
                detail=f"Content-Encoding {encoding[:40]!r} cannot be read here; send snappy.",
                headers={"Accept-Encoding": "snappy"},
            )
        self._check_announced(request.headers.get("content-length", ""))
        body = await self._receive(request.receive)
        return await asyncio.to_thread(expand_snappy, body, self._bounds.max_decompressed_bytes)

    def _check_announced(self, length: str) -> None:
        """Refuse by its own claim a body that is too large, before any of it is read."""
        if length.isdecimal() and int(length) > self._bounds.max_body_bytes:
            raise self._too_large()

    async def _receive(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._bounds.body_timeout_seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise ClientException("The client left before its body was complete.")
                    part = message.get("body", b"")
                    size += len(part)
                    self._reserve(len(part), size)
                    parts.append(part)
                    if not message.get("more_body", False):
                        return parts[0] if len(parts) == 1 else b"".join(parts)
        except TimeoutError:
            raise HTTPException(
                status_code=408,
                detail=f"The body was not complete after {self._bounds.body_timeout_seconds} s.",
                headers=_CLOSE,
            ) from None
        finally:
            self._in_flight -= size

    def _reserve(self, more: int, size: int) -> None:
        """Count what has just arrived; raise when this body, or all together, are too large."""
        self._in_flight += more
        if size > self._bounds.max_body_bytes:
            raise self._too_large()
        if self._in_flight > _IN_FLIGHT_BODIES * self._bounds.max_body_bytes:
            raise HTTPException(
                status_code=429,
                detail="Too many large bodies are being received at once; send this one again in 1 s.",
                headers={"Retry-After": "1", **_CLOSE},
            )

    def _too_large(self) -> TooLarge:
        limit = self._bounds.max_body_bytes
        return TooLarge(
            f"The body is larger than {limit:,} bytes; send it in parts, or compressed.",
            accepted=f"at most {limit} bytes",
        )


def _encoding(header: str) -> str | None:
    """The compression a Content-Encoding names; None for none."""
    name = header.strip().lower().removeprefix("x-")
    if name in ("", "identity"):
        return None
    if name not in ENCODINGS:
        accepted = ", ".join(ENCODINGS)
        raise HTTPException(
            status_code=415,
            detail=f"Content-Encoding {header[:40]!r} cannot be read; send {accepted}, or none.",
            headers={"Accept-Encoding": accepted},
        )
    return name
