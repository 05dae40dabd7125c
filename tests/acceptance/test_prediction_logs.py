"""A serving stack logs into the real server; nobody wrote a line of code."""

import json
import threading

import httpx
import pytest
from tests.acceptance.serving import serve, until

from seamark import clock

pytestmark = pytest.mark.acceptance


def send(client, kind, id, body):
    """As KServe's agent does: the response goes with the Content-Type of the request."""
    headers = {
        "Content-Type": "application/json",
        "Ce-Specversion": "1.0",
        "Ce-Id": id,
        "Ce-Type": f"org.kubeflow.serving.inference.{kind}",
        "Ce-Source": "http://localhost:9081/",
        "Ce-Time": clock.to_iso(clock.now_us()),
        "Ce-Inferenceservicename": "fraud",
        "Ce-Namespace": "shop",
        "Ce-Component": "predictor",
        "Ce-Endpoint": "",
    }
    assert client.post("/v1/kserve", headers=headers, content=json.dumps(body)).status_code == 200


def exchange(client, id, amount):
    send(client, "request", id, {"instances": [{"amount": amount, "country": "FR"}, {"amount": 1, "country": "DE"}]})
    send(client, "response", id, {"predictions": [1, 0]})


def test_events_of_many_senders_become_predictions_and_the_halves_are_accounted_for(tmp_path):
    with serve(tmp_path / "server") as served:

        def send_some(worker):
            with httpx.Client(base_url=served.address) as client:
                for number in range(25):
                    exchange(client, f"{worker}-{number}", number)
                send(client, "request", f"{worker}-failed", {"instances": [{"amount": 1}]})

        threads = [threading.Thread(target=send_some, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: served.counted("seamark_ingest_rows_total", kind="predictions") == 200)
        assert served.counted("seamark_inference_halves_total", fate="joined") == 200
        assert served.counted("seamark_inference_waiting_halves") == 4
        until(lambda: served.counted("seamark_predictions_total", model="fraud", project="default") == 200)
        rows = httpx.get(f"{served.address}/v1/rows", params={"model": "fraud", "limit": "200"}).json()["columns"]
        assert set(rows["feature.country"]) == {"FR", "DE"}
        assert {id.rpartition(":")[2] for id in rows["id"]} == {"0", "1"}


def test_an_orderly_stop_logs_what_is_complete(tmp_path):
    config = "[inference_log]\nevery_seconds = 600\n"
    with serve(tmp_path / "server", config) as served:
        with httpx.Client(base_url=served.address) as client:
            exchange(client, "last", 5)
        assert served.stop() == 0
    with serve(tmp_path / "server") as again:
        until(lambda: again.counted("seamark_predictions_total", model="fraud", project="default") == 2)
