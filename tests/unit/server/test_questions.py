"""The GET routes: what is asked reaches the questions, and comes back as JSON."""

from __future__ import annotations

import pytest
from tests.unit.server.wiring import FakeServices, ask

from seamark.clock import from_iso

RANGE = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00%2B01:00"
WINDOW = [from_iso("2026-01-01T00:00:00Z"), from_iso("2026-01-01T23:00:00Z")]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/models", ["default", True]),
        ("/v1/overview?model=fraud", ["default", "fraud", None, "", ""]),
        (f"/v1/overview?model=fraud&{RANGE}&version=2&segment=c%3DFR", ["default", "fraud", WINDOW, "2", "c=FR"]),
        ("/v1/incidents", ["default", None, None, None]),
        (f"/v1/incidents?model=fraud&state=open&{RANGE}", ["default", "fraud", "open", WINDOW]),
        ("/v1/incidents/inc_1", ["default", "inc_1"]),
        ("/v1/incidents/inc%2F%C3%A9", ["default", "inc/é"]),
        (f"/v1/series?model=fraud&monitor=score:ks&{RANGE}", ["default", "fraud", "score:ks", WINDOW, "", ""]),
        (
            f"/v1/series?model=fraud&monitor=score:ks&segment=country=FR&{RANGE}",
            ["default", "fraud", "score:ks", WINDOW, "", "country=FR"],
        ),
        (
            f"/v1/distribution?model=fraud&signal=feature.x&segment=a%2Bb=c%26d%20e&{RANGE}",
            ["default", "fraud", "feature.x", WINDOW, "", "a+b=c&d e"],
        ),
        (f"/v1/distribution?model=fraud&signal=feature.x&{RANGE}", ["default", "fraud", "feature.x", WINDOW, "", ""]),
        (f"/v1/versions?model=fraud&{RANGE}", ["default", "fraud", WINDOW]),
        (f"/v1/groups?model=fraud&{RANGE}&dimension=sex&selected=yes", ["default", "fraud", "sex", WINDOW, "yes"]),
        (f"/v1/impact?model=fraud&{RANGE}", ["default", "fraud", WINDOW, "", None, 20]),
        (f"/v1/impact?model=fraud&{RANGE}&target=score&top=3&version=2", ["default", "fraud", WINDOW, "2", "score", 3]),
        ("/v1/quality?model=fraud", ["default", "fraud", None, "", ""]),
        (f"/v1/quality?model=fraud&version=2&segment=a=b&{RANGE}", ["default", "fraud", WINDOW, "2", "a=b"]),
        (f"/v1/slices?model=fraud&{RANGE}", ["default", "fraud", WINDOW, None, 20]),
        (f"/v1/slices?model=fraud&{RANGE}&target=score.a&top=5", ["default", "fraud", WINDOW, "score.a", 5]),
        (f"/v1/rows?model=fraud&limit=5&{RANGE}", ["default", "fraud", WINDOW, 5]),
    ],
)  # fmt: skip
def test_a_question_is_asked_as_it_was_written(path, asked):
    answer = ask(FakeServices(), "GET", path)
    assert (answer.status_code, answer.json()["asked"]) == (200, asked)


def test_a_plus_that_became_a_space_is_still_an_offset():
    answer = ask(
        FakeServices(), "GET", "/v1/overview?model=m&from=2026-01-01T00:00:00+00:00&to=2026-01-02T00:00:00+01:00"
    )
    assert answer.json()["asked"][2] == WINDOW


def test_a_number_json_cannot_say_is_null():
    assert ask(FakeServices(), "GET", "/v1/rows?model=m").json()["columns"] == {"score": [None]}


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/v1/overview", 422, "Missing required query parameter 'model' for path /v1/overview."),
        ("/v1/overview?model=unknown", 404, "There is no model 'unknown'; known are: fraud."),
        ("/v1/overview?model=m&from=2026-01-01", 422, "from: '2026-01-01' has no time zone;"),
        ("/v1/overview?model=m&to=2026-01-01T00:00:00Z", 422, "'to' was given without 'from'; send both."),
        ("/v1/overview?model=m&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422, "is not before 'to'"),
        (f"/v1/distribution?model=m&{RANGE}", 422, "Missing required query parameter 'signal'"),
        ("/v1/incidents?state=closed", 422, "state 'closed' is not a state of incidents; send open or resolved."),
        (f"/v1/impact?model=m&{RANGE}&top=0", 422, "The parameter 'top' cannot be used"),
        (f"/v1/slices?model=m&{RANGE}&top=101", 422, "The parameter 'top' cannot be used"),
        ("/v1/rows?model=m&limit=0", 422, "The parameter 'limit' cannot be used"),
        ("/v1/nothing", 404, "There is nothing at /v1/nothing; see /schema for what there is."),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(path, status, detail):
    answer = ask(FakeServices(), "GET", path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_another_method_is_a_405_that_says_so():
    answer = ask(FakeServices(), "DELETE", "/v1/models")
    assert (answer.status_code, answer.json()["detail"]) == (405, "/v1/models does not take DELETE.")


def test_large_answers_are_compressed_for_those_who_take_it():
    services = FakeServices()
    services.questions.models = lambda project, now_us: {"models": ["x"] * 1_000}
    answer = ask(services, "GET", "/v1/models")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["models"]) == 1_000
    assert "content-encoding" not in ask(services, "GET", "/v1/models", headers={"Accept-Encoding": ""}).headers
