"""How people's answers to alerts are taken: durable when acknowledged, and refused with a sentence."""

import json

import pytest
from tests.unit.server.wiring import FakeServices, ask, logged

from seamark.records.answer import MOST_COMMENT_CHARS, AnswerKind
from seamark.records.log import EntryKind
from seamark.records.token import issue

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("kind", AnswerKind)
def test_an_acknowledged_answer_stands_in_the_log_with_all_it_takes_to_replay_it(kind):
    services = FakeServices()
    answer = ask(services, "POST", f"/v1/alerts/alt_1/{kind}", json={"comment": " prices went up\n"})
    assert answer.status_code == 202
    said = answer.json()
    [entry] = logged(services)
    assert said == {
        "answer": kind.value,
        "alerts": ["alt_1"],
        "by": "",
        "comment": "prices went up",
        "at_ms": entry.received_us // 1000,
    }
    assert (entry.kind, entry.project, entry.model) == (EntryKind.ACTION, "default", "fraud")
    assert json.loads(entry.payload) == {
        "action": "answer",
        "kind": kind.value,
        "by": "",
        "comment": "prices went up",
        "alerts": [
            {
                "alert": "alt_1",
                "fingerprint": "v1:0",
                "version": "",
                "segment": "",
                "monitor": "feature.x:psi",
                "signal": "feature.x",
                "from_us": 7,
            }
        ],
    }


def test_an_incidents_answer_is_one_entry_for_all_its_alerts():
    services = FakeServices()
    assert ask(services, "POST", "/v1/incidents/inc_1/resolve").json()["alerts"] == ["alt_1", "alt_2"]
    [entry] = logged(services)
    assert [each["alert"] for each in json.loads(entry.payload)["alerts"]] == ["alt_1", "alt_2"]


def test_the_name_of_the_token_says_who_it_was():
    services = FakeServices()
    token, secret = issue("ana's laptop", "shop", 1)
    services.store.accounts.put_token(token)
    headers = {"authorization": f"Bearer {secret}"}
    assert ask(services, "POST", "/v1/alerts/alt_1/dismiss", headers=headers).json()["by"] == "ana's laptop"
    [entry] = logged(services)
    assert (entry.project, json.loads(entry.payload)["by"]) == ("shop", "ana's laptop")
    assert ask(services, "POST", "/v1/alerts/alt_1/dismiss").status_code == 401


def test_a_key_makes_a_repeated_answer_one():
    services = FakeServices()
    for _ in range(2):
        headers = {"idempotency-key": "one"}
        assert ask(FakeServices(store=services.store), "POST", "/v1/alerts/alt_1/accept", headers=headers).is_success
    assert len(logged(services)) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        (
            "/v1/alerts/alt_1/acept",
            b"",
            422,
            "'acept' is not an answer; the nearest one is 'accept'. Answers are accept, expected, resolve, dismiss.",
        ),
        ("/v1/incidents/inc_1/close", b"", 422, "'close' is not an answer. Answers are accept, expected,"),
        ("/v1/incidents/inc_none/resolve", b"", 404, "There is no incident 'inc_none' in project 'default'."),
        (
            "/v1/alerts/alt_1/accept",
            json.dumps({"comment": "x" * (MOST_COMMENT_CHARS + 1)}).encode(),
            422,
            "comment has 2,001 characters; 2,000 are the most.",
        ),
        ("/v1/alerts/alt_1/accept", b'{"coment": "x"}', 422, "'coment' is not a known field; the nearest one is"),
        ("/v1/alerts/alt_1/accept", b'{"comment": 7}', 422, "comment: expected `str`, got `int`."),
        ("/v1/alerts/alt_1/accept", b"{", 400, "The body is not JSON:"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence_and_not_logged(path, body, status, detail):
    services = FakeServices()
    answer = ask(services, "POST", path, content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"].startswith(detail)
    assert logged(services) == []


def test_a_comment_may_be_as_long_as_is_said():
    services = FakeServices()
    comment = "é" * MOST_COMMENT_CHARS
    assert ask(services, "POST", "/v1/alerts/a/accept", json={"comment": comment}).json()["comment"] == comment


def test_a_body_in_another_format_is_refused():
    answer = ask(FakeServices(), "POST", "/v1/alerts/a/accept", content=b"why", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


def test_an_address_of_another_site_cannot_answer():
    headers = {"origin": "https://evil.example"}
    assert ask(FakeServices(), "POST", "/v1/alerts/a/accept", headers=headers).status_code == 403
