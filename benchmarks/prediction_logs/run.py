"""What prediction logs cost: how soon an event is answered, and how many rows a core reads. Writes README.md's table.

python benchmarks/prediction_logs/run.py
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from measuring import machine
from seamark import clock
from seamark.ingest.door import Door
from seamark.ingest.inference_log import InferenceLog
from seamark.ingest.options import InferenceLogOptions, IngestOptions
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.store.backends.memory import MemoryStore
from seamark.wire.canonical import Request
from seamark.wire.inference_events import halves
from seamark.wire.inference_logs import open_any
from seamark.wire.limits import Limits
from seamark.wire.log_format import Told
from seamark.wire.roles import Roles

README = Path(__file__).parent / "README.md"
FEATURES = 20
EXCHANGES = 10_000
EVENTS_A_SECOND = 400
SECONDS = 20
SERVE = "import sys; from seamark.cli import main; sys.exit(main())"


def bodies(instances: int, form: str) -> tuple[bytes, bytes]:
    rows = np.random.default_rng(1).normal(size=(instances, FEATURES)).round(4).tolist()
    if form == "v1":
        return json.dumps({"instances": rows}).encode(), json.dumps({"predictions": [0.5] * instances}).encode()
    flat = [value for row in rows for value in row]
    tensor = {"name": "x", "shape": [instances, FEATURES], "datatype": "FP32", "data": flat}
    answer = {"name": "y", "shape": [instances], "datatype": "FP32", "data": [0.5] * instances}
    return json.dumps({"inputs": [tensor]}).encode(), json.dumps({"model_name": "m", "outputs": [answer]}).encode()


def headers(kind: str, id: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": id,
        "ce-type": f"org.kubeflow.serving.inference.{kind}",
        "ce-time": clock.to_iso(clock.now_us()),
        "ce-inferenceservicename": "fraud",
        "ce-namespace": "shop",
        "ce-component": "predictor",
    }


def cost_of_events(instances: int, form: str) -> tuple[float, float]:
    """CPU microseconds an event until it is kept, and an exchange from then on until it is a log entry."""

    def options_for(_project: str, _model: str) -> ModelOptions:
        return ModelOptions()

    log, options = MemoryStore().log, IngestOptions()
    door = Door(log, options, now_us=clock.now_us, options_for=options_for, known_models=lambda _project: ())
    much = InferenceLogOptions(max_waiting_bytes=2**31)
    taking = InferenceLog(door, much, now_us=clock.now_us, options_for=options_for)
    asked, said = bodies(instances, form)
    exchanges = EXCHANGES // instances
    began = time.process_time()
    for number in range(exchanges):
        taking.take("default", halves(headers("request", str(number)), asked))
        taking.take("default", halves(headers("response", str(number)), said))
    kept = time.process_time()
    while taking.step(clock.now_us()):
        pass
    logged = time.process_time()
    door.drain()
    return (kept - began) / exchanges / 2 * 1e6, (logged - kept) / exchanges * 1e6


def answered(*, idle: bool) -> np.ndarray:
    """Milliseconds until each event is answered by the whole server, at a steady rate on one connection.

    `idle`: a question about its health instead, which costs nothing: what this machine adds by itself.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", SERVE, "serve", "--port", "0", "--data", f"{folder}/data"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder
        ) as server:
            place = re.search(r"http://([\d.]+):(\d+)", server.stdout.readline())
            connection = http.client.HTTPConnection(place[1], int(place[2]))
            asked, said = bodies(1, "v1")
            took = []
            began = time.perf_counter()
            for number in range(EVENTS_A_SECOND * SECONDS):
                wait = began + number / EVENTS_A_SECOND - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                kind, body = ("response", said) if number % 2 else ("request", asked)
                told = headers(kind, str(number // 2))
                start = time.perf_counter()
                if idle:
                    connection.request("GET", "/healthz")
                else:
                    connection.request("POST", "/v1/kserve", body, told)
                answer = connection.getresponse()
                answer.read()
                took.append((time.perf_counter() - start) * 1e3)
                assert answer.status == 200
            server.terminate()
    return np.array(took)


def files(folder: Path) -> dict[str, Path]:
    asked, said = bodies(1, "v1")
    line = ",".join(["0.1234"] * FEATURES)
    half = {"observedContentType": "text/csv", "mode": "INPUT", "data": line, "encoding": "CSV"}
    captured = {"captureData": {"endpointInput": half, "endpointOutput": {**half, "data": "0.5"}}}
    found = {name: folder / name for name in ("sagemaker.jsonl", "data.0.log", "databricks.parquet")}
    moment = "2026-11-01T11:00:00"
    with found["sagemaker.jsonl"].open("w") as file:
        for number in range(EXCHANGES):
            about = {"eventId": f"e{number}", "inferenceTime": moment + "Z"}
            file.write(json.dumps(captured | {"eventMetadata": about}) + "\n")
    with found["data.0.log"].open("w") as file:
        values = {f"x{place}": 0.1234 for place in range(FEATURES)} | {"prediction": 0.5}
        for number in range(EXCHANGES):
            file.write(json.dumps(values | {"timestamp": moment, "request_id": f"r{number}", "trace_id": "1"}) + "\n")
    table = {
        "databricks_request_id": [f"d{number}" for number in range(EXCHANGES)],
        "timestamp_ms": [1_793_530_800_000] * EXCHANGES,
        "request": [asked.decode()] * EXCHANGES,
        "response": [said.decode()] * EXCHANGES,
    }
    pq.write_table(pa.table(table), found["databricks.parquet"])
    return found


def rows_a_second(path: Path) -> float:
    request = Request(EntryKind.PREDICTIONS, "m", clock.now_us() + 10**15)
    opened = open_any("auto", Told(path, "m", time_zone="UTC"), Roles(), request, Limits())
    began = time.process_time()
    rows = sum(batch.predictions.table.num_rows for batch in opened.batches)
    assert rows == EXCHANGES, rows
    return rows / (time.process_time() - began)


def main() -> None:
    lines = [
        "| KServe events | µs of CPU an event, until it is answered | µs an exchange, until it is in the log |",
        "|---|---|---|",
    ]
    cost_of_events(1, "v1")  # first calls
    for form, instances in (("v1", 1), ("v2", 1), ("v1", 100), ("v2", 100)):
        kept, logged = cost_of_events(instances, form)
        name = f"{form.upper()}, {instances} instance{'s' if instances > 1 else ''} of {FEATURES} features"
        lines.append(f"| {name} | {kept:,.0f} | {logged:,.0f} |")
    lines += [
        "",
        f"| answered by the server over HTTP, {EVENTS_A_SECOND}/s for {SECONDS} s | p50 ms | p90 | p99 | slowest |",
        "|---|---|---|---|---|",
    ]
    for name, idle in (("KServe events", False), ("`GET /healthz`: what the machine adds by itself", True)):
        took = answered(idle=idle)
        p50, p90, p99 = np.quantile(took, [0.5, 0.9, 0.99])
        lines.append(f"| {name} | {p50:.2f} | {p90:.2f} | {p99:.2f} | {took.max():.1f} |")
    lines += ["", f"| file ({FEATURES} features, one row a request) | rows/s of one core |", "|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, path in files(Path(folder)).items():
            lines.append(f"| {name} | {rows_a_second(path):,.0f} |")
    load = os.getloadavg()[0]
    lines += ["", f"{machine('msgspec', 'pyarrow')}; load of others and this together {load:.1f}"]
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition("<!-- table -->\n")
    README.write_text(
        head + "<!-- table -->\n" + "\n".join(lines) + "\n<!-- end -->" + rest.partition("<!-- end -->")[2]
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
