"""Senders that lie, stall, leave and overwhelm: each gets an answer or is let go, and the server serves on."""

from __future__ import annotations

import gzip
import json
import socket

import httpx
import pytest
from tests.acceptance.serving import answer, batch, connect, head, serve, until

pytestmark = pytest.mark.acceptance

CONFIG = """
[ingest]
body_timeout_seconds = 1
max_body_bytes = 1000000
max_decompressed_bytes = 3000000
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("hostile"), CONFIG) as running:
        yield running
        assert running.process.poll() is None, "the server did not survive"


@pytest.fixture(autouse=True)
def _nothing_is_stored_and_others_are_served(served):
    before = served.counted("seamark_ingest_rows_total", kind="predictions")
    yield
    assert served.counted("seamark_ingest_rows_total", kind="predictions") == before
    assert httpx.get(f"{served.address}/readyz").status_code == 200


def test_a_body_shorter_than_announced_times_out(served):
    body = batch("a")
    with connect(served) as connection:
        connection.sendall(head(content_length=len(body) + 10) + body)
        status, problem = answer(connection)
        assert (status, problem["detail"]) == (408, "The body was not complete after 1 s.")
        assert connection.recv(1) == b""


def test_a_body_that_trickles_times_out(served):
    with connect(served) as connection:
        connection.sendall(head(content_length=1_000))
        connection.settimeout(0.2)
        for _ in range(50):
            try:
                connection.sendall(b" ")
                first = connection.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                continue
            assert first
            break
        connection.settimeout(5)
        assert answer(connection)[0] == 408


def test_a_body_longer_than_announced_is_a_400(served):
    body = batch("a")
    with connect(served) as connection:
        connection.sendall(head(content_length=len(body) - 5) + body)
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_a_sender_that_leaves_half_way_is_forgotten(served):
    streams = [socket.create_connection(served.place) for _ in range(20)]
    for connection in streams:
        connection.sendall(head(content_length=100_000) + b"{" * 1_000)
        connection.close()


def test_an_announced_giant_is_refused_before_it_is_sent(served):
    with connect(served) as connection:
        connection.sendall(head(content_length=10**12))
        status, problem = answer(connection)
        assert (status, problem["accepted"]) == (413, "at most 1000000 bytes")


def test_a_giant_that_is_sent_all_the_same_still_hears_the_answer(served):
    for _ in range(3):
        refused = httpx.post(f"{served.address}/v1/predictions", content=b"x" * 20_000_000)
        assert refused.status_code == 413


def test_a_giant_in_chunks_is_refused_when_it_passes_the_limit(served):
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with connect(served) as connection:
        connection.sendall(head(transfer_encoding="chunked"))
        for _ in range(20):
            connection.sendall(chunk)
        assert answer(connection)[0] == 413


def test_an_expect_header_is_answered_before_a_giant_is_sent(served):
    with connect(served) as connection:
        connection.sendall(head(content_length=10**9, expect="100-continue"))
        assert answer(connection)[0] == 413


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", "5, 6"])
def test_a_length_that_is_no_number_is_a_400(served, length):
    with connect(served) as connection:
        connection.sendall(head(content_length=length) + b"{}")
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_two_lengths_that_contradict_are_a_400(served):
    with connect(served) as connection:
        connection.sendall(head(content_length=5, transfer_encoding="chunked") + b"0\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_a_bomb_is_refused_while_it_expands(served):
    bomb = gzip.compress(bytes(300_000_000))
    refused = httpx.post(f"{served.address}/v1/predictions", content=bomb, headers={"Content-Encoding": "gzip"})
    assert (refused.status_code, refused.json()["accepted"]) == (413, "at most 3000000 bytes when expanded")


@pytest.mark.parametrize(
    "opening", [b'{"model":"m","columns":{"feature.x":', b'{"model":', b'{"client":{"dropped":', b""]
)
def test_deep_nesting_is_refused(served, opening):
    refused = httpx.post(f"{served.address}/v1/predictions", content=opening + b"[" * 900_000)
    assert refused.status_code in (400, 422)
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_long_deeply_nested_feature_is_refused_with_its_name(served):
    value = "[" * 400 + "]" * 400
    body = f'{{"model":"m","predictions":[{{"id":"a","time":"2026-01-01T00:00:00Z","features":{{"x":{value}}}}}]}}'
    refused = httpx.post(f"{served.address}/v1/predictions", content=body)
    assert (refused.status_code, refused.json()["field"]) == (422, "feature.x")


def test_nonsense_instead_of_http_is_let_go(served):
    with connect(served) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert connection.recv(12) in (b"HTTP/1.1 400", b"")


def test_many_idle_connections_do_not_keep_others_out(served):
    idle = [socket.create_connection(served.place) for _ in range(200)]
    try:
        assert httpx.get(f"{served.address}/healthz").status_code == 200
    finally:
        for connection in idle:
            connection.close()


def test_memory_does_not_grow_with_what_was_refused(served):
    body = json.dumps({"model": "m", "predictions": [{"id": 1.5, "time": "x", "features": {"x": "y" * 900}}] * 900})

    def resident():
        return served.counted("process_resident_memory_bytes")

    with httpx.Client() as client:
        for _ in range(5):
            client.post(f"{served.address}/v1/predictions?partial=true", content=body)
        before = resident()
        for _ in range(40):
            client.post(f"{served.address}/v1/predictions?partial=true", content=body)
    until(lambda: resident() < before + 60_000_000)
