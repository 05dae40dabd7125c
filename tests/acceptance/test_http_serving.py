"""The real server: acknowledged rows are durable, a stop finishes what has begun, logs are for machines."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading

import httpx
import pytest
from tests.acceptance.serving import answer, batch, connect, head, serve, until

pytestmark = pytest.mark.acceptance


def rows_stored(data) -> int:
    """Rows of predictions in the log or already in row files."""
    with sqlite3.connect(f"file:{data / 'seamark.db'}?mode=ro", uri=True) as database:
        [(logged,)] = database.execute(
            """SELECT coalesce(sum(rows), 0) FROM log WHERE kind = 'predictions'
                AND seq > (SELECT value FROM marks WHERE name = 'watermark')"""
        )
        [(filed,)] = database.execute("SELECT coalesce(sum(rows), 0) FROM row_files WHERE kind = 'predictions'")
    return logged + filed


def test_a_stop_finishes_what_has_begun_and_exits_cleanly(tmp_path):
    """A request is half sent when SIGTERM comes: it is completed, acknowledged and stored."""
    with serve(tmp_path) as served:
        assert httpx.post(f"{served.address}/v1/predictions", content=batch("a", "b")).json() == {"accepted": 2}
        body = batch("c", "d", "e")
        with connect(served) as connection:
            connection.sendall(head(content_length=len(body)) + body[:10])
            assert httpx.get(f"{served.address}/healthz").status_code == 200  # by now the beginning has been read
            served.process.send_signal(signal.SIGTERM)
            until(lambda: "Stopping on SIGTERM" in served.log.read_text())
            connection.sendall(body[10:])
            assert answer(connection) == (202, {"accepted": 3})
        assert served.process.wait(30) == 0
    assert rows_stored(served.data) == 5


def test_every_acknowledged_row_is_there_after_a_stop_under_load(tmp_path):
    with serve(tmp_path) as served:
        acknowledged = [0] * 4

        def load(worker):
            with httpx.Client() as client:
                for turn in range(10_000):
                    body = batch(*(f"{worker}-{turn}-{row}" for row in range(10)))
                    try:
                        said = client.post(f"{served.address}/v1/predictions", content=body)
                    except httpx.TransportError:
                        return
                    if said.status_code != 202:
                        return
                    acknowledged[worker] += 10

        workers = [threading.Thread(target=load, args=(worker,)) for worker in range(4)]
        for worker in workers:
            worker.start()
        until(lambda: sum(acknowledged) > 500)
        assert served.stop() == 0
        for worker in workers:
            worker.join()
    assert rows_stored(served.data) >= sum(acknowledged) > 500
    assert "Traceback" not in served.log.read_text()


def test_ctrl_c_is_a_clean_stop_too(tmp_path):
    with serve(tmp_path) as served:
        assert served.stop(signal.SIGINT) == 0


def test_an_open_event_stream_does_not_hold_up_the_stop(tmp_path):
    with serve(tmp_path) as served, httpx.stream("GET", f"{served.address}/v1/events", timeout=20) as events:
        lines = events.iter_lines()
        assert json.loads(next(lines).removeprefix("data: ")) == {"revision": 0}
        assert served.stop() == 0


def test_logs_are_one_json_object_per_line(tmp_path):
    with serve(tmp_path) as served:
        served.stop()
    records = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert {"event": "Stopping on SIGTERM.", "level": "info", "logger": "seamark.server.run"}.items() <= next(
        each for each in records if "Stopping" in each["event"]
    ).items()
    assert all(each["timestamp"].endswith("Z") for each in records)


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path):
    with serve(tmp_path / "one") as served:
        port = str(served.place[1])
        command = [sys.executable, "-c", "import sys; from seamark.cli import main; sys.exit(main())"]
        command += ["serve", "--port", port, "--data", str(tmp_path / "two")]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2
    assert f"seamark: Seamark cannot listen on 127.0.0.1:{port}: Address already in use." in second.stderr
