"""The client and `seamark serve`, each as it is run: what a host logs is stored, once, whatever dies between."""

import json
import math
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import seamark

pytestmark = pytest.mark.acceptance

SERVE = [sys.executable, "-c", "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))", "serve"]
QUICK = "[pipeline]\nslow_seconds = 0.05\nfast_seconds = 0.2\n"


class Serving:
    """One `seamark serve` on one folder and port, through all its lives."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "seamark.toml").write_text(QUICK)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        arguments = ["--config", str(self.folder / "seamark.toml"), "--port", str(self.port)]
        arguments += ["--data", str(self.folder / "data")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*SERVE, *arguments], stdout=log, stderr=log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stored(self, model, count):
        """The stored rows of the last day as columns, once there are `count`; or what there is after 60 s."""
        found = {"rows": 0, "columns": {}}
        deadline = time.monotonic() + 60
        while found["rows"] < count and time.monotonic() < deadline:
            with suppress(urllib.error.URLError, ConnectionError):  # an unknown model yet, or no server
                found = self._rows(model)
            time.sleep(0.05)
        return found["columns"]

    def _rows(self, model):
        with urllib.request.urlopen(f"{self.url}/v1/rows?model={model}&limit=10000") as answer:
            return json.load(answer)


@pytest.fixture
def serving(tmp_path):
    server = Serving(tmp_path)
    server.start()
    yield server
    server.kill()


def test_no_row_is_lost_or_doubled_when_the_server_is_killed_again_and_again(serving):
    with seamark.Client(
        serving.url, model="fraud", batch_rows=50, flush_seconds=0.02, backoff_max_seconds=0.2
    ) as client:
        for life in range(3):
            for i in range(1000):
                client.log(f"p{life}-{i}", features={"x": float(i), "country": "FR"}, prediction=i % 2, score=0.5)
            acknowledged = client.stats.acknowledged
            while client.stats.acknowledged < acknowledged + 200:
                time.sleep(0.005)  # in the middle of it
            serving.kill()
            serving.start()
        assert client.flush(60)
        assert client.stats.acknowledged == 3000
        assert dict(client.stats.dropped) == {}
    columns = serving.stored("fraud", 3000)
    assert sorted(columns["id"]) == sorted(f"p{life}-{i}" for life in range(3) for i in range(1000))
    assert sum(columns["feature.x"]) == 3 * sum(range(1000))


def test_every_value_is_stored_as_the_host_meant_it(serving):
    client = seamark.Client(serving.url, model="fraud", version="7", flush_seconds=0.02)
    client.log(
        "whole",
        features={
            "amount": np.float32(0.5),
            "count": np.int64(3),
            "price": Decimal("1.25"),
            "infinite": math.inf,
            "absent": math.nan,
            "country": "日本",
            "mixed": 1.0,
            "new": np.bool_(True),
        },
        prediction="fraud",
        scores={"fraud": 0.75, "fine": 0.25},
        segment={"tier": 2, "beta": True},
        latency_ms=3,
        weight=20,
        time=datetime.now(UTC),
    )
    client.log("odd", features={"mixed": "broken", "infinite": -math.inf, "country": "\ud800"}, prediction="fine")
    client.outcome("whole", label=1)
    client.change("deploy", "version 7", version="7")
    assert client.close(30)
    assert (client.stats.acknowledged, dict(client.stats.dropped)) == (4, {})
    columns = serving.stored("fraud", 2)
    whole, odd = columns["id"].index("whole"), columns["id"].index("odd")
    stored = {name: values[whole] for name, values in columns.items()}
    assert stored["version"] == "7"
    assert (stored["feature.amount"], stored["feature.count"], stored["feature.price"]) == (0.5, 3, 1.25)
    assert (stored["feature.country"], stored["feature.new"], stored["feature.absent"]) == ("日本", True, None)
    assert (stored["score.fraud"], stored["score.fine"], stored["prediction"]) == (0.75, 0.25, "fraud")
    assert (stored["segment.tier"], stored["segment.beta"], stored["latency_ms"], stored["weight"]) == (
        "2",
        "true",
        3,
        20,
    )
    assert (columns["feature.mixed"][odd], columns["mistyped.mixed"][odd]) == (None, "broken")
    assert columns["feature.country"][odd] == "?"


def test_a_frame_is_stored_whole_and_rows_the_server_refuses_are_counted(serving):
    now = datetime.now(UTC)
    frame = pd.DataFrame({"id": range(1200), "amount": np.arange(1200) / 4, "time": now, "prediction": 0})
    frame.loc[[3, 900], "time"] = pd.Timestamp(now) + pd.Timedelta(days=2)  # no server believes in the future
    client = seamark.Client(serving.url, model="frames", flush_seconds=0.02)
    assert client.log_batch(frame, wait_seconds=30) == 1200
    assert client.close(30)
    assert (client.stats.acknowledged, dict(client.stats.dropped)) == (1198, {"refused": 2})
    columns = serving.stored("frames", 1198)
    assert sorted(map(int, columns["id"])) == [i for i in range(1200) if i not in {3, 900}]
    assert columns["feature.amount"] == [int(i) / 4 for i in columns["id"]]
