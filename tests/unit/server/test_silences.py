"""/v1/silences and /v1/incidents/{incident}/acknowledge: what is logged, by whom, and what is refused."""

import asyncio
import json
from dataclasses import replace

import pytest
from tests.conformance.stored import INCIDENT, commit, fast_commit
from tests.unit.server.wiring import FakeServices, ask, client_of, logged

from seamark import clock
from seamark.clock import HOUR_US
from seamark.query.silences import PostQuestions
from seamark.records.incident import IncidentState
from seamark.records.log import EntryKind
from seamark.records.silence import Silence, parse_matcher
from seamark.records.token import issue


@pytest.fixture
def services():
    made = FakeServices()
    made.post_questions = PostQuestions(made.store)
    return made


def silent(services, id="sil_1", project="default"):
    now_us = clock.now_us()
    matchers = (parse_matcher("model=fraud"),)
    commit(services.store, silences=(Silence(id, project, matchers, now_us, now_us + HOUR_US, "ana", "", now_us),))


def said(services):
    """What the log has of sayings."""
    return [json.loads(each.payload) for each in logged(services) if each.kind is EntryKind.ACTION]


def add(services, **changed):
    body = {"matchers": ["model=fraud"], "for_seconds": 600, "comment": "a test"} | changed
    return ask(services, "POST", "/v1/silences", json=body)


def each_of(services, *posts):
    """What one server answers, one after the other; `ask` stops it after the first."""

    async def exchange():
        async with client_of(services) as client:
            return [await client.post(path, **request) for path, request in posts]

    return asyncio.run(exchange())


def test_a_silence_is_logged_before_it_is_answered_and_called_by_its_place(services):
    answer = add(services)
    assert answer.status_code == 202
    [entry] = said(services)
    told = answer.json()
    assert (entry["action"], entry["matchers"], entry["by"]) == ("silence", ['model="fraud"'], "")
    assert entry["to_us"] - entry["from_us"] == 600_000_000
    assert (told["id"], told["matchers"], told["comment"]) == ("sil_1", ['model="fraud"'], "a test")
    assert (told["from_ms"], told["to_ms"]) == (entry["from_us"] // 1000, entry["to_us"] // 1000)


def test_a_silence_that_is_sent_again_with_its_key_is_one(services):
    headers = {"Idempotency-Key": "k"}
    body = {"matchers": ["model=fraud"], "for_seconds": 600}
    answers = each_of(services, *[("/v1/silences", {"json": body, "headers": headers})] * 2)
    assert {answer.json()["id"] for answer in answers} == {"sil_1"}
    assert len(said(services)) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"matchers": ["fraud"]}, "matchers[0]"), ({"for_seconds": 0}, "to"), ({"for_seconds": "long"}, None)],
)
def test_what_is_no_silence_is_a_problem_and_not_logged(services, wrong, field):
    answer = add(services, **wrong)
    assert answer.status_code == 422
    assert field is None or answer.json()["field"] == field
    assert said(services) == []


def test_a_silence_in_another_format_is_refused(services):
    headers = {"Content-Type": "text/csv"}
    assert ask(services, "POST", "/v1/silences", content=b"model,fraud", headers=headers).status_code == 415


def test_the_silences_of_the_callers_project_are_listed(services):
    silent(services)
    silent(services, "sil_2", "bank")
    answer = ask(services, "GET", "/v1/silences")
    assert [each["id"] for each in answer.json()["silences"]] == ["sil_1"]


def test_a_silence_is_ended_now_by_whoever_says_so(services):
    silent(services)
    token, secret = issue("bob's laptop", "default", 0)
    services.store.accounts.put_token(token)
    answer = ask(services, "DELETE", "/v1/silences/sil_1", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["id"]) == (202, "sil_1")
    assert said(services) == [{"action": "end_silence", "silence": "sil_1", "by": "bob's laptop"}]


@pytest.mark.parametrize("path", ["sil_2", "sil_9", "..%2Ftokens"])
def test_a_silence_that_is_not_there_or_of_others_cannot_be_ended(services, path):
    silent(services, "sil_2", "bank")
    answer = ask(services, "DELETE", f"/v1/silences/{path}")
    assert answer.status_code == 404
    assert said(services) == []


def test_that_somebody_is_at_an_incident_is_logged_with_or_without_a_comment(services):
    fast_commit(services.store, incidents=(replace(INCIDENT, project="default"),))
    path = "/v1/incidents/inc_1/acknowledge"
    bare, told = each_of(services, (path, {}), (path, {"json": {"comment": "on it"}}))
    assert (bare.status_code, told.status_code) == (202, 202)
    assert (bare.json()["comment"], told.json()["comment"]) == ("", "on it")
    assert [(each["action"], each["incident"], each["comment"]) for each in said(services)] == [
        ("acknowledge", "inc_1", ""),
        ("acknowledge", "inc_1", "on it"),
    ]


@pytest.mark.parametrize(
    ("change", "status"), [({"state": IncidentState.RESOLVED}, 409), ({"project": "bank"}, 404), ({"id": "inc_2"}, 404)]
)
def test_nobody_can_be_at_what_is_over_or_not_theirs(services, change, status):
    fast_commit(services.store, incidents=(replace(INCIDENT, **{"project": "default"} | change),))
    answer = ask(services, "POST", "/v1/incidents/inc_1/acknowledge")
    assert answer.status_code == status
    assert "'inc_1'" in answer.json()["detail"]
    assert said(services) == []
