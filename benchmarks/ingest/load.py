"""Sends batches over several kept-alive connections and waits for every acknowledgement."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil


@dataclass(frozen=True, slots=True)
class Load:
    """What one format cost. `cpu_seconds` are the server's, user and system."""

    batches: int
    wall_seconds: float
    cpu_seconds: float
    latency_ms_p50: float
    latency_ms_p99: float


def send(
    address: str,
    server_pid: int,
    bodies: Sequence[bytes],
    headers: dict[str, str],
    path: str,
    *,
    batches: int,
    connections: int,
) -> Load:
    """Send `batches` bodies, in turn, as fast as they are acknowledged; raises when one is refused."""
    server = psutil.Process(server_pid)
    turns = iter(range(batches))
    lock = threading.Lock()
    latencies: list[float] = []
    failures: list[str] = []

    def work() -> None:
        host = urlsplit(address)
        connection = http.client.HTTPConnection(host.hostname or "", host.port)
        for turn in _shared(turns, lock):
            began = time.perf_counter()
            connection.request("POST", path, bodies[turn % len(bodies)], headers)
            answer = connection.getresponse()
            said = answer.read()
            latencies.append((time.perf_counter() - began) * 1e3)
            if answer.status != 202:
                failures.append(said.decode())
                return

    before, began = _cpu_seconds(server), time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    wall = time.perf_counter() - began
    ranked = sorted(latencies)
    return Load(
        batches,
        wall,
        _cpu_seconds(server) - before,
        ranked[len(ranked) // 2],
        ranked[int(len(ranked) * 0.99)],
    )


def _shared(turns: Iterator[int], lock: threading.Lock) -> Iterator[int]:
    """The next turn, for whichever thread asks."""
    for _ in itertools.count():
        with lock:
            turn = next(turns, None)
        if turn is None:
            return
        yield turn


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
