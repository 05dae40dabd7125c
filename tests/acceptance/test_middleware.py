"""A real uvicorn application with the middleware reports its requests to a real server."""

import socket
import subprocess
import sys

import httpx
import pytest
from tests.acceptance.prometheus import free_port
from tests.acceptance.serving import serve, until
from tests.acceptance.test_metrics_in import QUICK, totals

pytestmark = pytest.mark.acceptance

APP = """
import sys, uvicorn
from seamark.client.integrations import asgi

async def app(scope, receive, send):
    if scope["type"] == "http":
        status = 500 if scope["path"] == "/bad" else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

served = asgi.Middleware(app, url=sys.argv[1], service="api", report_seconds=0.2)
uvicorn.run(served, port=int(sys.argv[2]), log_level="error", lifespan="off")
"""


def test_requests_of_an_application_are_on_the_server_and_none_is_lost_when_it_ends(tmp_path):
    port = free_port()
    with serve(tmp_path / "server", QUICK) as served:
        with subprocess.Popen([sys.executable, "-c", APP, served.address, str(port)]) as process:
            until(lambda: _listens(port))
            for path in ("/", "/bad", "/", "/"):
                httpx.get(f"http://127.0.0.1:{port}{path}")
            process.terminate()
            process.wait(20)
        served.stop()
        found = totals(served)
    assert (sum(found["api", "requests"]), sum(found["api", "server_errors"])) == (4, 1)
    assert max(found["api", "latency_seconds"]) == 4


def _listens(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0
