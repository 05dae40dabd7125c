"""Who may pass: tokens, sites, names, and the headers of every answer."""

from __future__ import annotations

import hashlib

import pytest
from tests.unit.server.wiring import FakeServices, ask

from seamark.records.token import StoredToken
from seamark.server import guard
from seamark.server.auth import Gate, is_loopback


def token(secret, project="shop", revoked_us=None):
    return StoredToken(secret, secret, project, hashlib.sha256(secret.encode()).hexdigest(), 1, revoked_us)


def with_tokens(*tokens, host="127.0.0.1"):
    services = FakeServices(host=host)
    for each in tokens:
        services.store.accounts.put_token(each)
    return services


def models(services, **headers):
    return ask(
        services, "GET", "/v1/models", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_on_this_machine_without_tokens_everybody_is_the_default_project():
    assert models(FakeServices()).json()["asked"][0] == "default"


def test_a_token_opens_its_project():
    services = with_tokens(token("one", "shop"), token("two", "bank"))
    assert models(services, authorization="Bearer two").json()["asked"][0] == "bank"
    assert models(services, authorization="bearer one").json()["asked"][0] == "shop"


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({}, "This needs a token: send the header 'Authorization: Bearer TOKEN'."),
        ({"authorization": "Basic b25l"}, "This needs a token"),
        ({"authorization": "Bearer "}, "This needs a token"),
        ({"authorization": "Bearer three"}, "The token is unknown or revoked"),
        ({"authorization": "Bearer old"}, "The token is unknown or revoked"),
    ],
)
def test_once_there_is_a_token_nobody_passes_without_one(headers, detail):
    answer = models(with_tokens(token("one"), token("old", revoked_us=2)), **headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert detail in answer.json()["detail"]


def test_an_address_others_can_reach_needs_a_token_even_when_there_is_none():
    assert models(FakeServices(host="0.0.0.0")).status_code == 401


def test_revoking_the_last_token_does_not_open_the_door_to_everybody():
    services = with_tokens(token("old", revoked_us=2))
    assert models(services).status_code == 401
    assert models(services, authorization="Bearer old").status_code == 401


@pytest.mark.parametrize("path", ["/metrics", "/v1/models", "/v1/events", "/v1/nothing"])
def test_everything_that_tells_something_is_behind_the_gate(path):
    assert ask(with_tokens(token("one")), "GET", path).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        *("//v1/models", "/v1//models", "///metrics", "//metrics/", "/./v1/models", "/%76%31/models", "/V1/models"),
        *("//v1/events", "/%2Fv1/models", "/v1%2Fmodels", "/assets/../v1/models", "/schema//../v1/models"),
    ],
)
def test_no_other_spelling_of_a_path_leads_past_the_gate(path):
    answer = ask(with_tokens(token("one")), "GET", f"http://localhost:8420{path}")
    assert answer.status_code in (401, 404)
    assert "asked" not in answer.text


def test_a_route_that_the_guard_has_not_seen_stays_closed(monkeypatch):
    """The second lock: were the guard to let a path through, it would not be open but closed."""
    monkeypatch.setattr(guard, "OPEN", ("v1", "metrics"))
    for path in ("/v1/models", "/metrics", "/v1/events"):
        assert ask(FakeServices(), "GET", path).status_code == 401


def test_what_nobody_declared_open_is_closed():
    """The guard denies by default: a route added tomorrow is behind it without a word."""
    assert ask(with_tokens(token("one")), "GET", "/tomorrow").status_code == 401


@pytest.mark.parametrize("path", ["/v1/models", "/metrics"])
def test_another_spelling_is_no_way_round_the_check_of_the_host(path):
    for spelling in (path, f"/{path}", f"//{path}"):
        assert ask(FakeServices(), "GET", f"http://evil.example{spelling}").status_code == 403


@pytest.mark.parametrize("path", ["/%00", "/v1/incidents/a%00", "/assets/%00.js", "/v1/models/%00/baseline"])
def test_a_nul_in_the_address_is_refused(path):
    answer = ask(FakeServices(), "GET", f"http://localhost:8420{path}")
    assert (answer.status_code, answer.json()["detail"][-1]) == (400, ".")


@pytest.mark.parametrize("path", ["/", "/assets/", "/v1/", "/v1/models/"])
def test_an_overlong_address_is_not_found(path):
    assert ask(FakeServices(), "GET", path + 9_000 * "a").status_code == 404


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/schema", "/schema/openapi.json", "/favicon.svg"])
def test_health_screen_and_schema_are_open(path):
    assert ask(with_tokens(token("one")), "GET", path).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "192.168.1.5", "[::2]:80", "x["]
)
def test_without_tokens_a_name_that_is_not_this_machine_is_refused(host):
    """DNS rebinding: a page of another site gives its own name our address."""
    answer = models(FakeServices(), host=host)
    assert answer.status_code == 403
    assert "is not this machine" in answer.json()["detail"]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "app.localhost", "127.0.0.1:8420", "127.9.9.9", "[::1]:8420"]
)
def test_the_names_of_this_machine_are_known(host):
    assert models(FakeServices(), host=host).status_code == 200


def test_with_a_token_any_name_will_do():
    assert models(with_tokens(token("one")), host="seamark.example", authorization="Bearer one").status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", 403), ("null", 403), ("http://localhost:8420", 202)]
)
def test_a_page_of_another_site_may_not_write(origin, status):
    body = {"kind": "deploy", "time": "2026-01-01T00:00:00Z", "summary": "x"}
    answer = ask(FakeServices(), "POST", "/v1/changes", json=body, headers={"Origin": origin})
    assert answer.status_code == status


def test_every_answer_carries_the_security_headers():
    for path in ("/", "/v1/models", "/nothing", "/healthz"):
        headers = ask(FakeServices(), "GET", path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


def test_tokens_are_read_again_after_a_moment(monkeypatch):
    known, now = [], [0.0]
    monkeypatch.setattr("seamark.clock.monotonic_seconds", lambda: now[0])
    gate = Gate(lambda: tuple(known), "localhost")
    assert gate.open_to_all()
    known.append(token("one"))
    assert gate.open_to_all()
    now[0] = 2.5
    assert not gate.open_to_all()
    assert gate.caller("Bearer one").project == "shop"


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("host", False),
    ],
)
def test_loopback_is_this_machine_alone(host, alone):
    assert is_loopback(host) is alone
