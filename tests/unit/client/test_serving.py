import asyncio
import io
import json
import logging
import os
import sys

import pytest
from tests.unit.ingest.heard import Heard

from seamark.client import serving
from seamark.client.integrations import asgi, wsgi
from seamark.client.serving import BOUNDS, Requests
from seamark.client.transport import Answer, Unreachable
from seamark.errors import InvalidInput
from seamark.wire import otlp_json

HERE = {"url": "http://localhost:8420", "service": "api"}


@pytest.fixture
def posted(monkeypatch):
    """What is posted, and what is answered to it: the next of `answers`, or 200."""
    bodies, answers = [], []

    def post(self, path, body, headers):
        answer = answers.pop(0) if answers else 200
        if answer is None:
            raise Unreachable("nobody is there")
        bodies.append((path, json.loads(body)))
        return Answer(answer, None, {})

    monkeypatch.setattr("seamark.client.serving.Transport.post", post)
    monkeypatch.setattr("seamark.client.serving.Requests._begin", lambda _: None)
    return bodies, answers


def counts(document):
    """(route, status) → count, of a posted document."""
    [resource] = document["resourceMetrics"]
    [scope] = resource["scopeMetrics"]
    found = {}
    for point in scope["metrics"][0]["histogram"]["dataPoints"]:
        named = {each["key"]: next(iter(each["value"].values())) for each in point["attributes"]}
        found[named.get("http.route", ""), int(named["http.response.status_code"])] = int(point["count"])
    return found


def test_requests_are_counted_by_route_and_status_and_sent_once(posted):
    requests = Requests(**HERE)
    for status, seconds in ((200, 0.02), (200, 30.0), (503, 0.005)):
        requests.seen("/predict", status, seconds)
    assert requests.report()
    assert requests.report()
    bodies, _ = posted
    assert [counts(body) for _, body in bodies] == [{("/predict", 200): 2, ("/predict", 503): 1}, {}]
    [point, _] = bodies[0][1]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0]["histogram"]["dataPoints"]
    assert point["bucketCounts"][2] == point["bucketCounts"][len(BOUNDS)] == "1"
    assert point["sum"] == 30.02


def test_the_server_understands_what_is_sent(posted):
    requests = Requests(**HERE)
    heard = Heard()
    heard.now_us = serving.clock.now_us()
    requests.seen("/predict", 500, 0.2)
    requests.report()
    [(path, document)] = posted[0]
    taken = heard.door.receive("shop", json.dumps(document).encode(), otlp_json.decode)
    assert path == "/v1/metrics"
    assert taken.rejected == 0
    heard.door.flush()
    metrics = {(series.component.kind.value, series.metric) for series in heard.store.metrics.series()}
    wanted = {("service", "requests"), ("service", "server_errors"), ("service", "latency_seconds")}
    assert wanted | {("process", "memory_bytes")} <= metrics


@pytest.mark.parametrize("failure", [None, 503, 429])
def test_what_could_not_be_sent_is_sent_with_what_comes_next(posted, failure, caplog):
    bodies, answers = posted
    answers += [failure, 200]
    requests = Requests(**HERE)
    requests.seen("", 200, 0.1)
    with caplog.at_level(logging.CRITICAL):
        assert not requests.report()
    requests.seen("", 200, 0.1)
    requests.seen("", 404, 0.1)
    assert requests.report()
    assert counts(bodies[-1][1]) == {("", 200): 2, ("", 404): 1}


def test_what_the_server_refuses_for_good_is_not_sent_again(posted):
    bodies, answers = posted
    answers += [401]
    requests = Requests(**HERE)
    requests.seen("", 200, 0.1)
    assert not requests.report()
    assert requests.report()
    assert counts(bodies[-1][1]) == {}


def test_a_flood_of_routes_is_counted_without_them(posted, monkeypatch):
    monkeypatch.setattr(serving, "_MOST_KEYS", 3)
    requests = Requests(**HERE)
    for number in range(10):
        requests.seen(f"/{number}", 200, 0.1)
    requests.report()
    found = counts(posted[0][0][1])
    assert found["", 200] == 7
    assert sum(found.values()) == 10


def test_an_address_that_can_never_work_is_said_at_once():
    with pytest.raises(InvalidInput, match="does not name a server"):
        Requests("localhost", "api")


def test_memory_is_what_the_system_tells(monkeypatch, tmp_path):
    if sys.platform == "linux":
        assert serving.memory_bytes() > 1_000_000
    monkeypatch.setattr(serving, "_STATM", tmp_path / "none")
    assert serving.memory_bytes() is None


def test_a_child_process_reports_its_own_requests_only(monkeypatch):
    started = []
    monkeypatch.setattr("seamark.client.serving.threading.Thread.start", lambda thread: started.append(thread.name))
    requests = Requests(**HERE)
    requests.seen("", 200, 0.1)
    requests.seen("", 200, 0.1)
    assert started == ["seamark-metrics"]
    monkeypatch.setattr(os, "getpid", lambda: 1_234_567)
    requests.seen("", 200, 0.1)
    requests.seen("", 200, 0.1)
    assert len(started) == 2
    assert sum(map(sum, requests._seen.values())) == pytest.approx(1.1)


class Seen(list):
    """Stands where `Requests` would."""

    def seen(self, route, status, seconds):
        assert 0 <= seconds < 5
        self.append((route, status))


def asked(app, type="http", **scope):
    """One request through the ASGI middleware; (what was sent, what was seen)."""
    middleware = asgi.Middleware(app, **HERE)
    middleware.requests = Seen()
    sent = []

    async def exchange():
        async def send(message):
            sent.append(message["type"])

        await middleware({"type": type, **scope}, None, send)

    try:
        asyncio.run(exchange())
    except ZeroDivisionError:
        sent.append("raised")
    return sent, middleware.requests


async def answers(scope, receive, send):
    scope["route"] = type("Route", (), {"path": "/predict/{id}"})
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def fails(scope, receive, send):
    raise ZeroDivisionError


def test_an_asgi_application_is_seen_by_route_and_status():
    assert asked(answers) == (["http.response.start", "http.response.body"], [("/predict/{id}", 404)])


def test_an_asgi_application_that_raises_is_a_500_and_still_raises():
    assert asked(fails) == (["raised"], [("", 500)])


def test_what_is_not_http_is_passed_on_unseen():
    assert asked(answers, type="websocket")[1] == []


def test_a_wsgi_application_is_seen_when_its_answer_is_over():
    body = io.BytesIO(b"words")

    def app(environ, start_response):
        start_response("503 Service Unavailable", [])
        return body

    middleware = wsgi.Middleware(app, **HERE)
    middleware.requests = Seen()
    lines = []
    answer = middleware({}, lambda line, headers: lines.append(line))
    assert (b"".join(answer), lines, middleware.requests) == (b"words", ["503 Service Unavailable"], [])
    answer.close()
    assert (middleware.requests, body.closed) == ([("", 503)], True)


def test_a_wsgi_application_that_raises_is_a_500_and_still_raises():
    def app(environ, start_response):
        raise ZeroDivisionError

    middleware = wsgi.Middleware(app, **HERE)
    middleware.requests = Seen()
    with pytest.raises(ZeroDivisionError):
        middleware({}, None)
    assert middleware.requests == [("", 500)]
