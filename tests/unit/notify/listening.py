"""A real HTTP server on loopback that answers as it is told and keeps what it hears."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Heard:
    method: str
    path: str
    headers: dict
    body: object
    raw: bytes


@dataclass
class Listening:
    """`answers` maps (method, end of the path) to what is answered: a status, a JSON document, or "close"."""

    answers: dict = field(default_factory=dict)
    heard: list = field(default_factory=list)
    otherwise: object = 200
    url: str = ""

    def answer_to(self, method, path):
        for (wanted, end), answer in self.answers.items():
            if wanted == method and path.partition("?")[0].endswith(end):
                return answer
        return self.otherwise

    def said(self):
        """Method and path of everything heard."""
        return [(each.method, each.path) for each in self.heard]


@contextmanager
def listening(port=0):
    """A server, until the block ends."""
    state = Listening()

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(raw) if raw else None
            except ValueError:
                body = raw
            state.heard.append(Heard(self.command, self.path, dict(self.headers), body, raw))
            answer = state.answer_to(self.command, self.path)
            if answer == "close":
                self.close_connection = True
                return
            status, document = (answer, b"") if isinstance(answer, int) else (200, json.dumps(answer).encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        do_POST = do_GET = do_PUT = do_PATCH = answer  # noqa: N815 the names that the standard library asks for

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
