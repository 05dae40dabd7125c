"""A server that answers what a test wrote down."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Script(ThreadingHTTPServer):
    """Answers what the test wrote down, in order, the last for ever, and remembers what it was sent."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers = [(202, {}, {"accepted": 1})]
        self.requests = []
        self.methods = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.methods.append(self.command)
        self.server.requests.append((self.path, dict(self.headers), body))
        status, headers, document = self.server.answers[0]
        if len(self.server.answers) > 1:
            self.server.answers.pop(0)
        encoded = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(encoded)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)

    def do_GET(self):
        self.do_POST()

    def do_DELETE(self):
        self.do_POST()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Script() as script:
        thread = threading.Thread(target=script.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield script
        script.shutdown()
        thread.join()
