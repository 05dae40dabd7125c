"""Debian's Prometheus as a process of its own, and an exporter that is made worse on cue."""

from __future__ import annotations

import http.server
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from tests.acceptance.serving import until

IS_HERE = shutil.which("prometheus") is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Exporter:
    """An instrumented service that answers scrapes; `serve` plays requests."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.requests = Counter("http_requests_total", "Requests.", ["handler", "status", "method"], registry=registry)
        self.latency = Histogram("http_request_duration_highr_seconds", "Latency.", registry=registry)
        self.broken = False
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(500 if exporter.broken else 200)
                self.end_headers()
                self.wfile.write(b"" if exporter.broken else generate_latest(registry))

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, status: str = "2xx", seconds: float = 0.02, times: int = 1) -> None:
        self.requests.labels("/predict", status, "POST").inc(times)
        for _ in range(times):
            self.latency.observe(seconds)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def prometheus(folder: Path, *ports: int, remote_write: str = "", interval: str = "1s") -> Iterator[str]:
    """A Prometheus that scrapes these ports as job "api"; yields its address."""
    folder.mkdir(exist_ok=True)
    targets = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
    config = f"global: {{scrape_interval: {interval}}}\nscrape_configs:\n"
    config += f"  - job_name: api\n    static_configs: [{{targets: [{targets}]}}]\n"
    if remote_write:
        config += f"remote_write:\n  - url: {remote_write}\n    queue_config: {{batch_send_deadline: 1s}}\n"
    (folder / "prometheus.yml").write_text(config)
    port = free_port()
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            until(lambda: _is_ready(address), 60)
            yield address
        finally:
            process.kill()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/-/ready").status_code == 200
    except httpx.TransportError:
        return False
