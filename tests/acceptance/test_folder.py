"""A folder that the real server looks into, while files come, and the server is killed in between."""

import json
import signal

import httpx
import pytest
from tests.acceptance.serving import serve, until

pytestmark = pytest.mark.acceptance

CONFIG = """
[sources.captured]
type = "folder"
path = {folder}
model = "fraud"
every_seconds = 0.1
settle_seconds = 0
inputs = ["amount", "country"]
outputs = ["score"]
"""


def lines(*ids):
    """SageMaker's data capture."""

    def half(data):
        return {"observedContentType": "text/csv", "mode": "INPUT", "data": data, "encoding": "CSV"}

    for id in ids:
        capture = {"endpointInput": half("12.5,FR"), "endpointOutput": half("0.75")}
        about = {"eventId": id, "inferenceTime": "2026-01-01T00:00:00Z"}
        yield json.dumps({"captureData": capture, "eventMetadata": about}) + "\n"


def predictions(served):
    return served.counted("seamark_predictions_total", model="fraud", project="default")


def test_every_captured_row_is_counted_once_through_a_kill(tmp_path):
    folder = tmp_path / "captured"
    folder.mkdir()
    config = CONFIG.format(folder=json.dumps(str(folder)))
    with serve(tmp_path / "server", config) as served:
        for hour in range(3):
            (folder / f"{hour:02}.jsonl").write_text("".join(lines(*(f"{hour}-{row}" for row in range(20)))))
        until(lambda: predictions(served) == 60)
        (folder / "03.jsonl").write_text("".join(lines(*(f"3-{row}" for row in range(2_000)))))
        served.stop(signal.SIGKILL)
    (folder / "04.jsonl").write_text("".join(lines("4-0")) + '{"captureData": ')
    with serve(tmp_path / "server", config) as again:
        until(lambda: predictions(again) == 2_061)
        with (folder / "04.jsonl").open("a") as file:
            file.write("\n" + "".join(lines("4-1", "4-2")))
        until(lambda: predictions(again) == 2_063)
        asked = {"model": "fraud", "limit": "5"}
        rows = httpx.get(f"{again.address}/v1/rows", params=asked).json()["columns"]
        assert set(rows["feature.country"]) == {"FR"}
        assert set(rows["score"]) == {0.75}
        assert "records are left out" in again.log.read_text()
