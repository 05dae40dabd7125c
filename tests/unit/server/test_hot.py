"""The hot routes are a shorter way to the same answers."""

from __future__ import annotations

import pytest
from tests.unit.server.wiring import FakeServices, ask, logged

TIME = "2026-01-01T00:00:00Z"
GOOD = {"model": "fraud", "predictions": [{"id": "a", "time": TIME, "features": {"x": 1}}]}
TRIALS = [
    ("/v1/predictions", {"json": GOOD}),
    ("/v1/predictions", {"json": GOOD, "headers": {"Idempotency-Key": "k"}}),
    ("/v1/predictions", {"json": GOOD, "headers": {"Idempotency-Key": "k" * 300}}),
    ("/v1/predictions", {"json": {**GOOD, "predictions": [{"id": "a"}]}}),
    ("/v1/predictions", {"json": {"predictions": []}}),
    ("/v1/predictions", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    ("/v1/predictions", {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
    ("/v1/predictions", {"content": b"x", "headers": {"Content-Encoding": "lzma", "Content-Type": "application/json"}}),
    ("/v1/predictions", {"content": b"ARROW1", "headers": {"Content-Type": "application/vnd.apache.arrow.stream"}}),
    ("/v1/outcomes", {"json": {"model": "fraud", "outcomes": [{"id": "a", "time": TIME, "values": {"label": 1}}]}}),
    ("/v1/outcomes", {"json": {"model": "fraud", "outcomes": 3}}),
]


@pytest.mark.parametrize(("path", "sent"), TRIALS)
def test_both_ways_give_one_answer(path, sent):
    """A parameter that a plain batch does not have leads through the framework."""
    hot, framed = FakeServices(), FakeServices()
    one = ask(hot, "POST", path, **sent)
    other = ask(framed, "POST", f"{path}?partial=false", **sent)
    assert (one.status_code, one.content) == (other.status_code, other.content)
    assert dict(one.headers) == dict(other.headers)
    assert len(logged(hot)) == len(logged(framed))


def test_a_parameter_said_twice_is_left_to_the_framework():
    once = ask(FakeServices(), "POST", "/v1/predictions?model=a&model=b", json=GOOD)
    assert once.status_code in (202, 422)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused_as_everywhere(method):
    answer = ask(FakeServices(), method, "/v1/predictions")
    assert answer.status_code == 405
    assert answer.json()["detail"] == f"/v1/predictions does not take {method}."
