"""Bodies are read within bounds of size and time, one by one and all together."""

from __future__ import annotations

import asyncio

import pytest
from litestar.exceptions import ClientException, HTTPException

from seamark.errors import TooLarge
from seamark.ingest.options import IngestOptions
from seamark.server.body import BodyReader


class Asked:
    """A request of given parts; a part None is a sender that left, a missing last part one that stalls."""

    def __init__(self, *parts, headers=None):
        self.headers = headers or {}
        self.left = list(parts)

    async def receive(self):
        if not self.left:
            await asyncio.sleep(3600)
        part = self.left.pop(0)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(self.left) or part.endswith(b"-")}


def reader(**bounds):
    return BodyReader(IngestOptions(**bounds))


def read(request, **bounds):
    return asyncio.run(reader(**bounds).read(request))


def test_parts_are_joined():
    assert read(Asked(b"one", b"two", b"", b"three")) == b"onetwothree"
    assert read(Asked(b"")) == b""


def test_a_body_over_the_limit_stops_at_the_limit():
    request = Asked(b"x" * 60, b"x" * 60, b"x" * 60)
    with pytest.raises(TooLarge, match="The body is larger than 100 bytes"):
        read(request, max_body_bytes=100)
    assert len(request.left) == 1


def test_a_claim_over_the_limit_is_refused_unread():
    request = Asked(b"x", headers={"content-length": "101"})
    with pytest.raises(TooLarge):
        read(request, max_body_bytes=100)
    assert len(request.left) == 1


def test_a_body_of_exactly_the_limit_is_read():
    assert len(read(Asked(b"x" * 50, b"x" * 50, headers={"content-length": "100"}), max_body_bytes=100)) == 100


def test_a_sender_that_leaves_is_a_client_error():
    with pytest.raises(ClientException, match="The client left before its body was complete"):
        read(Asked(b"x", None))


def test_a_sender_that_stalls_is_a_408_that_closes(monkeypatch):
    monkeypatch.setattr(asyncio, "timeout", lambda _seconds, real=asyncio.timeout: real(0.01))
    with pytest.raises(HTTPException) as caught:
        read(Asked(b"x-"))
    assert (caught.value.status_code, caught.value.headers) == (408, {"Connection": "close"})


def test_all_bodies_together_have_a_bound_that_frees_itself():
    """Eight of the largest size may be under way; the ninth is told to come again, and later it may."""

    async def run():
        bodies = reader(max_body_bytes=100)
        stalled = [asyncio.create_task(bodies.read(Asked(b"x" * 99 + b"-"))) for _ in range(8)]
        await asyncio.sleep(0)
        with pytest.raises(HTTPException) as caught:
            await bodies.read(Asked(b"x" * 100))
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)
        return caught.value, await bodies.read(Asked(b"x" * 100))

    refusal, body = asyncio.run(run())
    assert (refusal.status_code, refusal.headers["Retry-After"]) == (429, "1")
    assert len(body) == 100
