"""`seamark backup` of a running server, everything deleted, `seamark restore`: what was acknowledged is there, once."""

from __future__ import annotations

import json
import shutil
import threading

import httpx
import pytest
from tests.acceptance.serving import batch, serve

from seamark.cli import main
from seamark.store.backends.local import BACKEND

pytestmark = pytest.mark.acceptance

CONFIG = "[pipeline]\nslow_seconds = 0.01\nslow_share = 1.0\ncompact_files = 3\n"


class Load(threading.Thread):
    """Sends numbered batches until it is told to stop, and notes which were acknowledged."""

    def __init__(self, address):
        super().__init__()
        self.address, self.acknowledged, self.stopping = address, 0, threading.Event()

    def run(self):
        with httpx.Client() as client:
            while not self.stopping.is_set():
                ids = [f"{self.acknowledged}-{row}" for row in range(5)]
                answer = client.post(f"{self.address}/v1/predictions", content=batch(*ids))
                assert answer.is_success, answer.text
                self.acknowledged += 1


def stored_ids(data):
    """Of a stopped server that had no time to finish: in row files, and still in the log."""
    store = BACKEND.open(data)
    try:
        assert store.check() == []
        tables = [*store.rows.scan(store.rows.files("predictions", "default", "m"), ["id"])]
        waiting = store.log.read(store.slow.watermark(), 10**9)
        tables += [store.rows.decode(logged.entry.payload) for logged in waiting]
        return [id for table in tables for id in table["id"].to_pylist()]
    finally:
        store.close()


def test_a_backup_under_load_brings_back_all_that_was_acknowledged_before_it(tmp_path, capsys):
    backup, data = tmp_path / "backup", tmp_path / "data"
    with serve(tmp_path, CONFIG) as served:
        load = Load(served.address)
        load.start()
        try:
            while load.acknowledged < 20:
                load.join(0.05)
            before = load.acknowledged
            assert main(["backup", str(backup), "--data", str(data), "--json"]) == 0
            after = load.acknowledged
        finally:
            load.stopping.set()
            load.join()
        assert served.stop() == 0
    said = json.loads(capsys.readouterr().out)
    assert said["files"] >= 1
    assert said["bytes"] > 0

    shutil.rmtree(data)
    assert main(["backup", str(backup), "--verify"]) == 0
    assert main(["restore", str(backup), "--data", str(data)]) == 0

    with serve(tmp_path, CONFIG) as again:
        assert httpx.post(f"{again.address}/v1/predictions", content=batch("new")).is_success
        assert [model["name"] for model in httpx.get(f"{again.address}/v1/models").json()["models"]] == ["m"]
        assert again.stop() == 0
    ids = stored_ids(data)
    assert len(ids) == len(set(ids)), "a row is there twice"
    assert {f"{number}-{row}" for number in range(before) for row in range(5)} | {"new"} <= set(ids)
    assert set(ids) - {"new"} <= {f"{number}-{row}" for number in range(after + 1) for row in range(5)}
