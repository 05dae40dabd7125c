"""Who is calling, whatever is sent as the header `Authorization`."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import Unauthorised
from seamark.records.token import StoredToken, digest_of, issue
from seamark.server.auth import Caller, Gate

secrets = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=20)


def gate_of(*tokens, host="0.0.0.0"):
    return Gate(lambda: tokens, host)


def token(secret, name="laptop", project="shop", revoked_us=None):
    return StoredToken(f"tok_{name}", name, project, digest_of(secret), 1, revoked_us)


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


@given(secrets, st.text("abc", max_size=5), st.sampled_from(["Bearer", "bearer", "BEARER"]))
def test_a_token_is_the_same_caller_as_bearer_and_as_the_password_of_an_address(secret, user, scheme):
    gate = gate_of(token(secret))
    assert gate.caller(f"{scheme} {secret}") == Caller("shop", "laptop")
    assert gate.caller(basic(user, secret)) == Caller("shop", "laptop")


@given(secrets, secrets.filter(bool))
def test_no_other_secret_opens_what_a_token_opens(secret, other):
    gate = gate_of(token(secret))
    for header in (f"Bearer {other}", basic("token", other)):
        if other == secret:
            assert gate.caller(header).project == "shop"
            continue
        with pytest.raises(Unauthorised, match="unknown or revoked"):
            gate.caller(header)


@given(st.text(max_size=30))
def test_whatever_is_sent_is_a_caller_or_a_sentence(header):
    with pytest.raises(Unauthorised, match=r"This needs a token|unknown or revoked"):
        gate_of(token("smk_x")).caller(header)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic", "Basic !", "Basic " + base64.b64encode(b"no colon").decode(), "Digest smk_x",
     "smk_x", "Basic " + base64.b64encode(b"\xff:\xff").decode(), basic("smk_x", "")],
)  # fmt: skip
def test_a_header_without_a_token_says_how_to_send_one(header):
    with pytest.raises(Unauthorised, match="send the header 'Authorization: Bearer TOKEN'"):
        gate_of(token("smk_x")).caller(header)


def test_a_password_may_have_a_colon():
    assert gate_of(token("a:b")).caller(basic("token", "a:b")).name == "laptop"


def test_each_token_opens_its_own_project_and_a_revoked_one_none():
    gate = gate_of(token("one"), token("two", "server", "bank"), token("old", "lost", revoked_us=5))
    assert gate.caller("Bearer one") == Caller("shop", "laptop")
    assert gate.caller("Bearer two") == Caller("bank", "server")
    with pytest.raises(Unauthorised, match="'seamark token create' makes a new one"):
        gate.caller("Bearer old")


def test_what_is_issued_opens_and_its_secret_is_nowhere_in_what_is_stored():
    stored, secret = issue("laptop", "shop", 1)
    assert gate_of(stored).caller(f"Bearer {secret}") == Caller("shop", "laptop")
    assert secret not in repr(stored)


@pytest.mark.parametrize(
    ("host", "tokens", "is_open"),
    [
        ("127.0.0.1", (), True),
        ("localhost", (), True),
        ("0.0.0.0", (), False),
        ("127.0.0.1", (token("x"),), False),
        ("127.0.0.1", (token("x", revoked_us=5),), False),
    ],
)
def test_only_a_machine_alone_that_never_had_a_token_is_open(host, tokens, is_open):
    assert gate_of(*tokens, host=host).open_to_all() is is_open
