"""The webhook against a real HTTP server on loopback."""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from seamark.notify.notifier import DeliveryFailed, Message, notifiers
from seamark.notify.notifiers.console import line
from seamark.notify.notifiers.webhook import Options, deliver
from seamark.records.secret import Secret

MESSAGE = Message(
    key="inc_1:1",
    incident="inc_1",
    revision=1,
    reason="opened",
    project="default",
    model="fraud",
    title="amount drifted",
    state="open",
    priority="P2",
    severity="high",
    layers=("data",),
    opened="2026-11-01T00:00:00Z",
    onset="2026-10-31T00:00:00Z",
    resolved=None,
    causes=("amount changed its distribution",),
    link="http://localhost:8420/?incident=inc_1",
)


@pytest.fixture
def receiver():
    """A server that answers `status` and keeps what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.heard.append((dict(self.headers), body))
            self.send_response(server.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.status = [], 200
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url(server):
    return f"http://127.0.0.1:{server.server_port}/hook"


def test_the_message_arrives_as_json_with_a_key_that_repeats_are_known_by(receiver):
    deliver(Options(url(receiver), allow_private=True), MESSAGE)
    headers, body = receiver.heard[0]
    assert headers["Idempotency-Key"] == "inc_1:1"
    assert json.loads(body) | {"version": 1} == json.loads(body)
    assert json.loads(body)["causes"] == ["amount changed its distribution"]


def test_a_secret_signs_the_body(receiver):
    deliver(Options(url(receiver), secret=Secret("s3cret", "env:HOOK"), allow_private=True), MESSAGE)
    headers, body = receiver.heard[0]
    signed = headers["X-Seamark-Timestamp"].encode() + b"." + body
    digest = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert headers["X-Seamark-Signature"] == f"sha256={digest}"


@pytest.mark.parametrize(("status", "permanent"), [(500, False), (429, False), (404, True), (302, True)])
def test_what_is_tried_again_and_what_is_not(receiver, status, permanent):
    receiver.status = status
    with pytest.raises(DeliveryFailed, match=f"answered {status}") as failure:
        deliver(Options(url(receiver), allow_private=True), MESSAGE)
    assert failure.value.permanent is permanent


def test_an_unreachable_receiver_is_tried_again():
    with pytest.raises(DeliveryFailed, match="could not be reached") as failure:
        deliver(Options("http://127.0.0.1:1/", timeout_seconds=1, allow_private=True), MESSAGE)
    assert not failure.value.permanent


def test_the_console_says_it_in_one_line():
    assert line(MESSAGE) == (
        "P2 opened · fraud · amount drifted · since 2026-10-31T00:00:00Z · http://localhost:8420/?incident=inc_1"
    )


def test_notifiers_are_found_by_file_name():
    assert {"console", "webhook"} <= set(notifiers())
