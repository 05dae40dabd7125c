"""POST /v1/backtest over a real store: the past played in another process tells what was told at the time."""

import asyncio
import json

import httpx
import pytest
from tests.simulation.served_model import NAME, START_US, ServedModel, shifted

from seamark.app import build
from seamark.clock import HOUR_US, to_iso
from seamark.config import Config
from seamark.records.options import ModelOptions
from seamark.server.application import create_server

pytestmark = pytest.mark.acceptance

OPTIONS = ModelOptions(baseline="static", window_seconds=3600, lateness_seconds=600)
HOURS = 60


@pytest.fixture(scope="module")
def served():
    faults = [(30, shifted("feature.age", 15.0)), (38, shifted("feature.age", -15.0))]
    served = ServedModel(51, options=OPTIONS, faults=faults)
    served.run(HOURS)
    return served


@pytest.fixture
def app(served):
    app = build(Config(models={NAME: OPTIONS}), store=served.store)
    yield app
    app.backtests.stop()
    app.door.drain()


def requests(app, play):
    """What an exchange with the application returns."""

    async def exchange():
        transport = httpx.ASGITransport(create_server(app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await play(client)

    return asyncio.run(exchange())


async def finished(client, begun):
    """The play's last word."""
    while True:
        told = (await client.get(f"/v1/backtest/{begun['id']}")).json()
        if told["state"] != "running":
            return told
        await asyncio.sleep(0.1)


def test_the_stored_past_played_tells_what_was_told_and_other_options_something_else(app, served):
    async def play(client):
        found = []
        for options in ({}, {"thresholds": {"age": "psi > 50"}}):
            begun = await client.post("/v1/backtest", json={"model": NAME, "options": options})
            assert begun.status_code == 202, begun.text
            found.append(await finished(client, begun.json()))
        return found

    present, tried = requests(app, play)
    assert (present["state"], present["error"], present["share"]) == ("done", None, 1.0)
    lived = [(alert.monitor, to_iso(alert.opened_us)) for alert in served.alerts()]
    assert lived
    assert [(alert["monitor"], alert["opened"]) for alert in present["report"]["alerts"]] == sorted(
        lived, key=lambda each: (each[1], each[0])
    )
    assert present["report"]["rows"] == served.model.rows
    assert "feature.age:jensen_shannon" not in {alert["monitor"] for alert in tried["report"]["alerts"]}
    assert json.dumps(present)


def test_a_part_of_the_past_can_be_played_and_another_play_has_to_wait(app):
    window = {"from": to_iso(START_US), "to": to_iso(START_US + 20 * HOUR_US)}

    async def play(client):
        begun = await client.post("/v1/backtest", json={"model": NAME, **window})
        other = await client.post("/v1/backtest", json={"model": NAME})
        health = await client.get("/healthz")
        return other, health, await finished(client, begun.json())

    other, health, told = requests(app, play)
    assert other.status_code == 409
    assert "Another backtest is being played (bt_1, of 'fraud'" in other.json()["detail"]
    assert health.status_code == 200
    assert told["report"]["windows"] == 20
    assert told["report"]["alerts"] == []


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"model": "frand"}, 404, "There is no model 'frand'"),
        ({"model": NAME, "options": {"budget": 0.0}}, 422, "options.budget must be above 0"),
        ({"model": NAME, "options": {"budgte": 1.0}}, 422, "did you mean options.budget?"),
        ({"model": NAME, "options": {"features": {}}}, 422, "says how rows are counted"),
        ({"model": NAME, "options": {"thresholds": {"age": "psy > 1"}}}, 422, "'psy > 1' is not a threshold"),
        ({"model": NAME, "options": {"time_zone": "Mars/Olympus"}}, 422, "IANA"),
        ({"model": NAME, "from": "2020-01-02T00:00:00Z", "to": "2020-01-01T00:00:00Z"}, 422, "is not before"),
        ({"model": NAME, "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}, 422, "No traffic of 'fraud'"),
        ({"model": NAME, "to": "2020-01-02T00:00:00Z"}, 422, "from"),
        ({"model": NAME, "since": 3}, 422, "since"),
    ],
)
def test_what_cannot_be_played_is_a_problem_that_says_why(app, body, status, sentence):
    answer = requests(app, lambda client: client.post("/v1/backtest", json=body))
    assert answer.status_code in (status, 400)
    assert sentence in answer.json()["detail"]


def test_what_fails_on_the_way_is_told_and_the_next_play_has_its_turn(app):
    window = {"from": to_iso(START_US), "to": to_iso(START_US + 3 * HOUR_US)}

    async def play(client):
        begun = await client.post("/v1/backtest", json={"model": NAME, **window, "options": {"window_seconds": 21600}})
        failed = await finished(client, begun.json())
        again = await client.post("/v1/backtest", json={"model": NAME, **window})
        return failed, await finished(client, again.json()), await client.get("/v1/backtest/bt_7")

    failed, done, unknown = requests(app, play)
    assert failed["state"] == "failed"
    assert "no whole window of 6 h" in failed["error"]
    assert done["state"] == "done"
    assert unknown.status_code == 404
    assert "There is no backtest 'bt_7'" in unknown.json()["detail"]
