"""`kill -9` at random moments: nothing acknowledged is lost, nothing is counted twice.

A real server on a real folder; senders that repeat themselves as the client does when it hears nothing.
After the last kill the folder is opened and counted.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.recount import assert_counted

from seamark import clock
from seamark.clock import HOUR_US, MINUTE_US
from seamark.config import load
from seamark.pipeline.tick import Pipeline
from seamark.profile.counting import count_by_hour
from seamark.profile.joining import join_tables
from seamark.records.window import Window
from seamark.stats.profile import BinSet, Profile
from seamark.store.backends.local import BACKEND

pytestmark = pytest.mark.acceptance

MODEL = "fraud"
EVER = Window(0, 2**62)
ROWS = 40
# Lanes that never rest, so that a kill finds them at work.
CONFIG = '[pipeline]\nslow_seconds = 0.01\nfast_seconds = 0.05\n[models.fraud]\nwindow_seconds = "1h"\n'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """`seamark serve` as a process that is killed and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))"]
        arguments = ["serve", "--config", str(self.folder / "seamark.toml"), "--port", str(self.port)]
        arguments += ["--data", str(self.folder / "data")]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen([*command, *arguments], stdout=log, stderr=log)
        for _ in range(600):
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/readyz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
            assert self.process.poll() is None, (self.folder / "server.log").read_text()[-3000:]
        raise AssertionError("The server did not become ready within 30 s.")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


class Sender(threading.Thread):
    """Sends numbered batches, each again until it is acknowledged, and sometimes once more."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(name=name)
        self.url = f"http://127.0.0.1:{port}/v1"
        self.acknowledged: list[int] = []
        self.batches = 0
        self.stopping = threading.Event()
        self.rng = random.Random(name)

    def run(self) -> None:
        with httpx.Client(timeout=10) as client:
            while not self.stopping.is_set():
                body = self.batch(self.batches)
                if self.send(client, body):
                    self.acknowledged.append(self.batches)
                    if self.rng.random() < 0.2:
                        self.send(client, body)
                # What came true of this batch, of an earlier one for the second time, or of one that is still to come.
                self.send(client, self.outcomes(max(0, self.batches + self.rng.randint(-5, 3))), "outcomes")
                self.batches += 1

    def send(self, client: httpx.Client, body: bytes, kind: str = "predictions") -> bool:
        """Whether it was acknowledged before we were told to stop."""
        while not self.stopping.is_set():
            try:
                answer = client.post(f"{self.url}/{kind}", content=body, headers={"Content-Type": "application/json"})
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            if answer.is_success:
                return True
            assert answer.status_code in (429, 503), answer.text
            time.sleep(0.02)
        return False

    def outcomes(self, number: int) -> bytes:
        now = clock.to_iso(clock.now_us() - MINUTE_US)
        told = [
            {"id": f"{self.name}-{number}-{row}", "time": now, "values": {"label": self.rng.randint(0, 1)}}
            for row in self.rng.sample(range(ROWS), ROWS // 2)
        ]
        return json.dumps({"model": MODEL, "outcomes": told}).encode()

    def batch(self, number: int) -> bytes:
        rng = np.random.default_rng([number, len(self.name)])
        now_us = clock.now_us() - 3 * MINUTE_US
        times = now_us - rng.integers(0, 20 * HOUR_US, ROWS)
        rows = [
            {
                "id": f"{self.name}-{number}-{row}",
                "time": clock.to_iso(int(times[row])),
                "features": {"amount": float(rng.normal()), "country": str(rng.choice(["FR", "US"]))},
                "prediction": int(rng.integers(0, 2)),
                "score": float(rng.random()),
            }
            for row in range(ROWS)
        ]
        return json.dumps({"model": MODEL, "version": "1", "predictions": rows}).encode()


def reference() -> bytes:
    rng = np.random.default_rng(0)
    sink = pa.BufferOutputStream()
    times = pa.array(clock.now_us() - 40 * 24 * HOUR_US - np.arange(2_000) * 1_000_000, pa.timestamp("us", "UTC"))
    table = pa.table(
        {
            "id": [f"reference-{row}" for row in range(2_000)],
            "time": times,
            "feature.amount": rng.normal(size=2_000),
            "feature.country": rng.choice(["FR", "US"], 2_000),
            "prediction": rng.integers(0, 2, 2_000).astype(float),
            "score": rng.random(2_000),
        }
    )
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def survive(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill the server `kills` times under load, then count what is left."""
    (folder / "seamark.toml").write_text(CONFIG)
    server, rng = Server(folder), random.Random(seed)
    server.start()
    answer = httpx.post(
        f"http://127.0.0.1:{server.port}/v1/models/{MODEL}/baseline",
        content=reference(),
        headers={"Content-Type": "application/vnd.apache.arrow.stream"},
    )
    assert answer.is_success, answer.text
    senders = [Sender(name, server.port) for name in ("a", "bb")]
    for sender in senders:
        sender.start()
    try:
        for _ in range(kills):
            time.sleep(rng.uniform(0.05, 1.2))
            server.kill()
            server.start()
        time.sleep(0.5)
    finally:
        for sender in senders:
            sender.stopping.set()
        for sender in senders:
            sender.join()
        stopped = server.stop()
    assert stopped == 0
    return count(folder, senders)


def count(folder: Path, senders: list[Sender]) -> dict[str, int]:
    """Open the folder as the next server would, finish the work, and compare with what was acknowledged."""
    config = load(folder / "seamark.toml")
    store = BACKEND.open(folder / "data")
    try:
        assert store.check() == []
        options = config.models[MODEL]
        Pipeline(store, lambda _p, _m: options, receivers={}, base_url="http://localhost").tick(clock.now_us())
        rows = join_tables(list(store.rows.scan(store.rows.files("predictions", "default", MODEL))))
        ids = rows["id"].to_pylist()
        assert len(ids) == len(set(ids)), "a row was stored twice"
        acknowledged = {f"{s.name}-{n}-{row}" for s in senders for n in s.acknowledged for row in range(ROWS)}
        assert acknowledged <= set(ids), "an acknowledged row was lost"
        sent = {f"{s.name}-{n}-{row}" for s in senders for n in range(s.batches + 1) for row in range(ROWS)}
        assert set(ids) <= sent, "a row nobody sent was stored"
        model = store.slow.model("default", MODEL)
        assert model.rows == len(ids)
        assert_profiles_equal_a_recount(store, model, rows)
        joined = assert_counted(store, "default", MODEL)
        assert joined > 0, "no outcome was joined, so this proved little"
        evaluated = [block.window for block in store.slow.evaluations("default", MODEL, EVER)]
        assert len(evaluated) == len(set(evaluated))
        return {"acknowledged": len(acknowledged), "stored": len(ids), "duplicates": model.duplicates, "joined": joined}
    finally:
        store.close()


def assert_profiles_equal_a_recount(store, model, rows) -> None:
    stored = next(s for s in store.slow.bin_sets("default", MODEL) if s.id == model.bin_set)
    bin_set = BinSet.from_bytes(stored.payload)
    recount = count_by_hour(rows, bin_set)
    blocks = store.slow.profiles("default", MODEL, model.bin_set, EVER)
    assert {("", block.key.version, block.key.hour_us) for block in blocks} == set(recount)
    for block in blocks:
        profile = Profile.from_bytes(block.payload, bin_set)
        assert np.array_equal(profile.totals, recount["", block.key.version, block.key.hour_us].totals)


@pytest.mark.timeout(600)
def test_ten_kills_lose_nothing_and_double_nothing(tmp_path):
    assert survive(tmp_path, kills=10, seed=1)["acknowledged"] > 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_kills_lose_nothing_and_double_nothing(tmp_path, capsys):
    counted = survive(tmp_path, kills=100, seed=2)
    with capsys.disabled():
        sys.stdout.write(f"\n100 kills: {counted}\n")
    assert counted["acknowledged"] > 0
