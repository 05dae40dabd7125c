"""Connections that never finish their headers are closed; slow but honest ones are not."""

from __future__ import annotations

import socket
import threading
import time

import pytest
import uvicorn

from seamark.server.run import listen
from seamark.server.stall import PunctualProtocol


class Impatient(PunctualProtocol):
    header_seconds = 0.3


async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def place():
    bound = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(hello, http=Impatient, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield bound.getsockname()
    server.should_exit = True
    thread.join(10)
    bound.close()


@pytest.fixture
def connection(place):
    with socket.create_connection(place, timeout=10) as opened:
        yield opened


REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def read_answer(connection):
    received = b""
    while not received.endswith(b"hello"):
        received += connection.recv(1_000)
    return received[:15]


def test_a_connection_that_says_nothing_is_closed(connection):
    assert connection.recv(1) == b""


def test_headers_that_never_end_are_closed(connection):
    connection.sendall(REQUEST[:-2])
    assert connection.recv(1) == b""


def test_a_request_in_time_is_answered(connection):
    connection.sendall(REQUEST)
    assert read_answer(connection) == b"HTTP/1.1 200 OK"


def test_the_next_request_of_a_connection_has_its_own_deadline(connection):
    connection.sendall(REQUEST)
    read_answer(connection)
    connection.sendall(REQUEST)
    assert read_answer(connection) == b"HTTP/1.1 200 OK"
    connection.sendall(REQUEST[:10])
    assert connection.recv(1) == b""
