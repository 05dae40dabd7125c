"""Silences and acknowledgements over HTTP, through the log, into what people are told; a restart forgets nothing."""

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from tests.acceptance.serving import serve
from tests.conformance.stored import ALERT, INCIDENT
from tests.unit.notify.listening import listening

from seamark import clock
from seamark.app import build
from seamark.cli import main
from seamark.clock import SECOND_US
from seamark.config import Config, StoreOptions, parse
from seamark.notify.outbox import news
from seamark.records.delivery import FastStep
from seamark.records.monitor import Priority
from seamark.server.application import create_server

pytestmark = pytest.mark.acceptance

URGENT = replace(INCIDENT, id="inc_1", project="default", alerts=(ALERT.id,), priority=Priority.P1, model="fraud")


class Running:
    """The application of a folder, asked over HTTP."""

    def __init__(self, folder, text):
        self.config = replace(parse(text), store=StoreOptions(str(folder / "data")))
        self.start()

    def start(self):
        self.app = build(self.config)

    def restart(self):
        self.app.stop()
        self.start()

    def asks(self, method, path, **document):
        async def ask():
            transport = httpx.ASGITransport(create_server(self.app))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, json=document or None)

        answer = asyncio.run(ask())
        while self.app.store.log.pending()[0]:
            self.app.pipeline.slow_lane(clock.now_us())
        return answer

    def opens(self):
        store = self.app.store
        alert = replace(ALERT, project="default", model="fraud")
        found = news({}, [URGENT], {alert.id: alert}, "http://localhost", clock.now_us())
        store.fast.commit(FastStep(0, alerts=(alert,), incidents=(URGENT,), deliveries=tuple(found)))

    def looks(self, later_seconds=0):
        self.app.pipeline.deliver(clock.now_us() + later_seconds * SECOND_US)


@pytest.fixture
def hook():
    with listening() as found:
        yield found


@pytest.fixture
def running(tmp_path, hook):
    found = Running(tmp_path, f'[receivers.hook]\ntype = "webhook"\nurl = "{hook.url}"\nallow_private = true')
    yield found
    found.app.stop()


def test_a_silence_holds_through_a_restart_until_somebody_ends_it(running, hook):
    made = running.asks("POST", "/v1/silences", matchers=["model=fraud"], for_seconds=3_600, comment="a test")
    assert made.status_code == 202
    assert made.json()["matchers"] == ['model="fraud"']
    running.opens()
    running.looks()
    running.restart()
    running.looks(later_seconds=120)
    assert hook.heard == []
    [shown] = running.asks("GET", "/v1/silences").json()["silences"]
    assert (shown["id"], shown["active"], shown["comment"]) == (made.json()["id"], True, "a test")
    assert running.asks("DELETE", f"/v1/silences/{shown['id']}").status_code == 202
    assert running.asks("GET", "/v1/silences").json() == {"silences": []}
    running.looks(later_seconds=240)
    assert [each.body["reason"] for each in hook.heard] == ["opened"]
    assert running.asks("DELETE", f"/v1/silences/{shown['id']}").status_code == 404


def test_somebody_is_at_it(running):
    assert running.asks("POST", "/v1/incidents/inc_1/acknowledge").status_code == 404
    running.opens()
    said = running.asks("POST", "/v1/incidents/inc_1/acknowledge", comment="on it")
    assert (said.status_code, said.json()["comment"]) == (202, "on it")
    running.restart()
    assert running.app.store.post.acknowledgements(["inc_1"])["inc_1"].comment == "on it"
    shown = running.asks("GET", "/v1/incidents/inc_1").json()
    assert shown["acknowledged"]["comment"] == "on it"


def test_wrong_sayings_get_a_problem_that_names_the_field(running):
    refused = running.asks("POST", "/v1/silences", matchers=["model"], for_seconds=60)
    assert (refused.status_code, refused.json()["field"]) == (422, "matchers[0]")
    assert running.asks("DELETE", "/v1/silences/sil_9").status_code == 404


@pytest.fixture
def address(tmp_path):
    with serve(tmp_path) as served:
        yield served.address


def test_the_terminal_does_the_same(address, capsys):
    at = ["--url", address]
    assert main(["silence", "list", *at]) == 0
    assert main(["silence", "add", "model=fraud", "layer=~data|model", "--for", "2h", "--comment", "test", *at]) == 0
    assert main(["silence", "add", "model=fraud", "--for", "soon", *at]) == 2
    told = capsys.readouterr()
    assert told.out.startswith("Nothing is silent.\nsil_1: silent until 20")
    assert "'soon' is no time; write 30m, 2h or 1d" in told.err
    assert main(["silence", "end", "sil_99", *at]) == 2
    assert main(["silence", "list", "--json", *at]) == 0
    assert "silences" in json.loads(capsys.readouterr().out)


def test_an_empty_configuration_has_no_receiver_that_beats():
    assert Config().receivers == {}
