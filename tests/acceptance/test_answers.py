"""`seamark serve` as it is run: an acknowledged answer survives `kill -9`, ends the alert, and is history."""

import json
import subprocess
import sys
import time

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.acceptance.serving import serve, until

from seamark import clock
from seamark.clock import HOUR_US

pytestmark = pytest.mark.acceptance

QUICK = "[pipeline]\nslow_seconds = 0.05\nfast_seconds = 0.2\n[models.fraud]\nwindow_seconds = 3600\n"
# The slow lane looks once at the start and then not for minutes: what it is told now stands in the log alone.
ASLEEP = QUICK.replace("slow_seconds = 0.05", "slow_seconds = 600")
ROWS_AN_HOUR, HOURS = 300, 8


def drifted_model(address):
    """A reference, and a day's traffic of which everything is twice as large."""
    random = np.random.default_rng(3)
    sink = pa.BufferOutputStream()
    amounts = random.normal(10, 2, 4_000)
    pq.write_table(pa.table({"amount": amounts, "score": random.uniform(size=4_000)}), sink)
    media = {"content-type": "application/vnd.apache.parquet"}
    body = sink.getvalue().to_pybytes()
    assert httpx.post(f"{address}/v1/models/fraud/baseline", content=body, headers=media).is_success
    start_us = (clock.now_us() // HOUR_US - HOURS) * HOUR_US
    step_us = HOUR_US // ROWS_AN_HOUR
    times = [clock.to_iso(start_us + row * step_us) for row in range(HOURS * ROWS_AN_HOUR)]
    columns = {
        "id": [f"p{row}" for row in range(len(times))],
        "time": times,
        "feature.amount": random.normal(20, 2, len(times)).tolist(),
        "score": random.uniform(size=len(times)).tolist(),
    }
    assert httpx.post(f"{address}/v1/predictions", json={"model": "fraud", "columns": columns}).is_success


def incidents(address):
    return httpx.get(f"{address}/v1/incidents").json()["incidents"]


def shown(address, incident):
    return httpx.get(f"{address}/v1/incidents/{incident}").json()


def seamark(*arguments):
    """A command as a process: exit code, output, errors."""
    run = "import sys; from seamark.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", run, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_an_acknowledged_answer_survives_the_servers_death_and_ends_the_incident(tmp_path):
    with serve(tmp_path, QUICK) as served:
        drifted_model(served.address)
        until(lambda: incidents(served.address), 60)
        [incident] = incidents(served.address)
        first = shown(served.address, incident["id"])["alerts"][0]["id"]
        served.stop()

    with serve(tmp_path, ASLEEP) as served:
        until(lambda: served.counted("seamark_lane_steps_total", lane="slow") > 0)
        time.sleep(0.2)  # the lane is in its long pause now
        said = httpx.post(f"{served.address}/v1/alerts/{first}/accept", json={"comment": "new prices"})
        assert (said.status_code, said.json()["alerts"]) == (202, [first])
        served.process.kill()

    with serve(tmp_path, QUICK) as served:
        until(lambda: shown(served.address, incident["id"])["alerts"][0]["state"] == "answered")
        after = shown(served.address, incident["id"])
        assert [(each["answer"], each["comment"]) for each in after["answers"]] == [("accept", "new prices")]

        code, out, _ = seamark("answer", incident["id"], "expected", "--url", served.address, "--json")
        assert code == 0
        others = [alert["id"] for alert in after["alerts"] if alert["state"] != "answered"]
        assert json.loads(out)["alerts"] == (others or [first])
        until(lambda: shown(served.address, incident["id"])["state"] == "resolved")
        until(lambda: {alert["state"] for alert in shown(served.address, incident["id"])["alerts"]} == {"answered"})
        assert "Expected event." in shown(served.address, incident["id"])["ended"]

        code, out, errors = seamark("answer", "alt_none", "accept", "--url", served.address)
        assert (code, out) == (2, "")
        assert "There is no alert 'alt_none' in project 'default'." in errors
        served.stop()

    with serve(tmp_path, QUICK) as served:
        again = shown(served.address, incident["id"])
        assert len(again["answers"]) == 1 + len(others or [first])
        assert again["state"] == "resolved"
