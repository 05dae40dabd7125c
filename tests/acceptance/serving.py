"""The real server as a process of its own, and a socket that says exactly what a test wants said."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

TIME = "2026-01-01T00:00:00Z"


@dataclass
class Served:
    """A running `seamark serve`."""

    process: subprocess.Popen
    address: str
    log: Path
    data: Path

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.address)
        return parts.hostname, parts.port

    def stop(self, sig=signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(30)

    def counted(self, name: str, **labels) -> float:
        """A counter or gauge of /metrics; 0 where it has no sample yet."""
        wanted = "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else ""
        for line in httpx.get(f"{self.address}/metrics").text.splitlines():
            if line.startswith(f"{name}{wanted} "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0


@contextmanager
def serve(folder: Path, config: str = "", inside: tuple[str, ...] = ()) -> Iterator[Served]:
    """Start the server on any free port; kill it afterwards if it still runs. `inside`: a command that executes it."""
    folder.mkdir(exist_ok=True)
    (folder / "seamark.toml").write_text(config)
    log = folder / "log"
    command = [*inside, sys.executable, "-c", "import sys; from seamark.cli import main; sys.exit(main())"]
    command += ["serve", "--port", "0", "--config", str(folder / "seamark.toml"), "--data", str(folder / "data")]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            line = process.stdout.readline()
            assert line, log.read_text()
            address = next(word for word in line.split() if word.startswith("http"))
            yield Served(process, address, log, folder / "data")
        finally:
            if process.poll() is None:
                process.kill()
            process.stdout.close()


@contextmanager
def connect(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(served.place, timeout=20) as connection:
        yield connection


def head(path="/v1/predictions", **headers) -> bytes:
    """A request's head; `content_length` and the like become headers."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(connection: socket.socket) -> tuple[int, dict]:
    """Status and JSON of the next answer; (0, {}) when the server closed the connection without one."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            return 0, {}
        received += part
    top, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in top.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65_536)
    return int(top.split()[1]), json.loads(body)


def batch(*ids: str) -> bytes:
    predictions = [{"id": id, "time": TIME, "features": {"x": 1}} for id in ids]
    return json.dumps({"model": "m", "predictions": predictions}).encode()


def until(condition, seconds=20):
    """Wait for something that has no event to wait for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
