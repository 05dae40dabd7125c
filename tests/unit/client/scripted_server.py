"""A real HTTP server on loopback that answers as it is told, remembers what it got, and can be killed and restarted."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """What to do with one request: answer it, or `hang`, `close` the connection, or send `garbage`."""

    status: int = 202
    body: object = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    act: str = "answer"


HANG = Reply(act="hang")
CLOSE = Reply(act="close")
GARBAGE = Reply(act="garbage")
OK = Reply()


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict
    raw: bytes
    at: float
    connection: tuple

    @property
    def body(self) -> dict:
        plain = gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw
        return json.loads(plain)

    @property
    def rows(self) -> list[str]:
        """The ids of a batch, whether it came as columns or rows."""
        if "columns" in self.body:
            return self.body["columns"]["id"]
        return [row["id"] for row in self.body.get("predictions", self.body.get("outcomes", []))]


class ScriptedServer:
    """Answers the next requests from `script`, and all later ones with `otherwise`."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.otherwise = OK
        self.requests: list[Received] = []
        self.accepted: list[Received] = []  # those answered with 2xx
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._http = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def ids(self) -> list[str]:
        """Rows as an idempotent server counts them: a repeated batch (by its key) once."""
        batches = {request.headers["idempotency-key"]: request for request in self.accepted}
        return [row for request in batches.values() for row in request.rows]

    def start(self) -> None:
        self._http = _Http(("127.0.0.1", self._port), _handler_of(self))
        self._port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def kill(self) -> None:
        """Stop listening and cut every connection, as a crash would."""
        self._http.shutdown()
        self._http.server_close()
        self._http.cut()

    def release(self) -> None:
        """Let everything that hangs go on (to a closed connection)."""
        self._released.set()

    def next_reply(self, received: Received) -> Reply:
        with self._lock:
            reply = self.script.pop(0) if self.script else self.otherwise
            self.requests.append(received)
            if reply.act == "answer" and reply.status // 100 == 2:
                self.accepted.append(received)
            return reply

    def wait_while_hanging(self) -> None:
        self._released.wait(30)

    def wait_for(self, requests: int) -> None:
        """Until so many have come; fails the test when they do not."""
        deadline = time.monotonic() + 20
        while len(self.requests) < requests:
            assert time.monotonic() < deadline, f"only {len(self.requests)} of {requests} requests came"
            time.sleep(0.005)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, *arguments) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def cut(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address) -> None:
        """A client that goes away mid-request is what some tests are about."""


def _handler_of(server: ScriptedServer) -> type:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.next_reply(Received(self.path, headers, raw, time.monotonic(), self.client_address))
            if reply.act == "hang":
                server.wait_while_hanging()
            if reply.act == "garbage":
                self.wfile.write(b"\x00\x01 this is no HTTP at all\r\n\r\n")
            if reply.act != "answer":
                self.close_connection = True
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(body))} | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    return Handler


@contextmanager
def running() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    server.start()
    try:
        yield server
    finally:
        server.release()
        server.kill()
