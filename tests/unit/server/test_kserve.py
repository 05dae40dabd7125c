"""POST /v1/kserve."""

import asyncio
import base64
import json

import pytest
from tests.unit.server.wiring import FakeServices, ask, client_of, logged

from seamark import clock
from seamark.records.token import issue
from seamark.store.tables import decode


def event(kind="request", id="e", **more):
    return {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": id,
        "ce-type": f"org.kubeflow.serving.inference.{kind}",
        "ce-inferenceservicename": "fraud",
        "ce-time": clock.to_iso(clock.now_us()),
        **more,
    }


def send(services, *, path="/v1/kserve", **headers):
    """Both halves; their answers, and the rows that are in the log a moment later."""

    async def exchange():
        async with client_of(services) as client:
            asked = await client.post(path, headers=event(**headers), json={"instances": [[1.5]]})
            said = await client.post(path, headers=event("response", **headers), json={"predictions": [1]})
            await asyncio.to_thread(services.inference_log.step, services.now_us())
            return [asked, said]

    answers = asyncio.run(exchange())
    found = [(each.project, each.model, row) for each in logged(services) for row in decode(each.payload).to_pylist()]
    return answers, found


def test_both_halves_are_answered_200_with_nothing_and_become_a_prediction():
    services = FakeServices()
    answers, [(_, model, row)] = send(services)
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 2
    assert (model, row["id"], row["feature.input_0"], row["prediction"]) == ("fraud", "e", 1.5, 1.0)


def test_the_address_may_name_model_and_version():
    services = FakeServices()
    _, [(_, model, row)] = send(services, path="/v1/kserve?model=churn&version=7")
    assert (model, row["version"]) == ("churn", "7")


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ({"ce-id": ""}, 422, "ce-id"),
        ({"ce-type": "com.example.order"}, 422, "ce-type"),
        ({"Content-Type": "application/cloudevents+json"}, 422, "ce-id"),
        ({"Content-Encoding": "snappy"}, 415, None),
    ],
)
def test_what_is_no_inference_is_refused_with_a_problem(headers, status, field):
    answer = ask(FakeServices(), "POST", "/v1/kserve", headers=event(**headers), content=json.dumps({"instances": [1]}))
    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_a_sender_that_can_be_given_only_an_address_brings_the_token_in_it():
    services = FakeServices(host="0.0.0.0")
    token, secret = issue("cluster", "shop", 0)
    services.store.accounts.put_token(token)
    basic = base64.b64encode(f"token:{secret}".encode()).decode()
    (asked, _), [(project, _, _)] = send(services, Authorization=f"Basic {basic}")
    assert (asked.status_code, project) == (200, "shop")
    for wrong in ("!", base64.b64encode(secret.encode()).decode(), base64.b64encode(b"\xff:").decode()):
        refused = ask(services, "POST", "/v1/kserve", headers=event(Authorization=f"Basic {wrong}"), json={})
        assert refused.status_code == 401
