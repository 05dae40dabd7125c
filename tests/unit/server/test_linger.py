"""Who is refused before the body has come hears the answer: the rest is received and thrown away."""

from __future__ import annotations

import asyncio

import pytest

from seamark.server import linger
from seamark.server.linger import Exchange, has_body


def exchange(status, parts, *, has_body=True, read=0):
    """Answer with `status` after reading some of the parts; what was sent, and how many parts were received."""
    received = []
    sent = []

    async def receive():
        if len(received) == len(parts):
            await asyncio.sleep(3600)  # a sender that has stalled
        received.append(parts[len(received)])
        return {"type": "http.request", "body": b"x", "more_body": received[-1]}

    async def send(message):
        sent.append(message)

    async def run():
        found = Exchange(receive, send, has_body=has_body)
        for _ in range(read):
            await found.receive()
        await found.send({"type": "http.response.start", "status": status})
        await found.send({"type": "http.response.body", "body": b"why", "more_body": False})

    asyncio.run(run())
    return [(message.get("body"), message.get("more_body")) for message in sent[1:]], len(received)


MORE, LAST = True, False


def test_a_refusal_waits_for_the_rest_of_the_body():
    sent, received = exchange(413, [MORE, MORE, LAST], read=1)
    assert sent == [(b"why", True), (b"", False)]
    assert received == 3


@pytest.mark.parametrize(
    ("status", "parts", "has_body", "read"),
    [(202, [MORE, LAST], True, 1), (422, [LAST], True, 1), (404, [], False, 0), (408, [MORE, LAST], True, 1)],
)
def test_other_answers_are_complete_at_once(status, parts, has_body, read):
    sent, received = exchange(status, parts, has_body=has_body, read=read)
    assert sent == [(b"why", False)]
    assert received == read


def test_a_sender_that_stalls_is_not_waited_for_long(monkeypatch):
    monkeypatch.setattr(linger, "_LINGER_SECONDS", 0.01)
    sent, _ = exchange(413, [MORE], read=1)
    assert sent == [(b"why", True), (b"", False)]


@pytest.mark.parametrize(
    ("headers", "announced"),
    [
        ([], False),
        ([(b"content-length", b"0")], False),
        ([(b"content-length", b"7")], True),
        ([(b"transfer-encoding", b"chunked")], True),
    ],
)
def test_a_body_is_announced_by_length_or_encoding(headers, announced):
    assert has_body(headers) is announced
