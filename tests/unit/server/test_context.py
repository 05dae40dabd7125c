"""Time ranges of questions, and answers as JSON."""

from __future__ import annotations

import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import from_iso, to_iso
from seamark.errors import InvalidInput, Unavailable
from seamark.records.window import Window
from seamark.server.context import as_json, required_window, window_of
from seamark.server.run import _shown, listen

NOW = from_iso("2026-11-01T12:00:00Z")
moments = st.integers(0, 4_000_000_000_000_000)


def test_no_range_is_the_questions_own():
    assert window_of(None, None, NOW) is None


def test_a_beginning_alone_reaches_until_now():
    assert window_of("2026-11-01T00:00:00Z", None, NOW) == Window(from_iso("2026-11-01T00:00:00Z"), NOW)


@given(moments, moments)
def test_a_range_is_what_it_says_or_refused(start, end):
    asked = (to_iso(start), to_iso(end), NOW)
    if start < end:
        assert window_of(*asked) == required_window(*asked) == Window(start, end)
    else:
        with pytest.raises(InvalidInput, match="is not before 'to'"):
            window_of(*asked)


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_an_offset_survives_a_query_that_was_not_escaped(moment, minutes):
    sign, rest = ("-" if minutes < 0 else "+"), abs(minutes)
    local = to_iso(moment + minutes * 60_000_000)[:-1] if moment + minutes * 60_000_000 >= 0 else None
    if local is None:
        return
    text = f"{local}{sign}{rest // 60:02d}:{rest % 60:02d}".replace("+", " ")
    assert required_window(text, to_iso(moment + 1), NOW).start_us == moment


@pytest.mark.parametrize(
    ("start", "end", "field", "sentence"),
    [
        (None, "2026-11-01T00:00:00Z", "from", "'to' was given without 'from'; send both."),
        ("2026-11-01", None, "from", "from: '2026-11-01' has no time zone;"),
        ("2026-11-01T00:00:00Z", "soon", "to", "to: 'soon' is not a time;"),
        ("2027-11-01T00:00:00Z", None, "from", "'from' (2027-11-01T00:00:00Z) is not before 'to' (now)."),
        ("", None, "from", "from: '' is not a time;"),
    ],
)
def test_a_range_that_is_none_is_named(start, end, field, sentence):
    with pytest.raises(InvalidInput) as caught:
        window_of(start, end, NOW)
    assert caught.value.field == field
    assert sentence in caught.value.message


def test_what_json_cannot_say_is_null():
    answer = as_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": None}, 202)
    assert (json.loads(answer.content), answer.status_code) == ({"a": None, "b": [None, 1.5], "c": None}, 202)


def test_a_free_port_is_found_and_a_taken_one_is_said():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        first.listen()
        with pytest.raises(Unavailable, match=f"cannot listen on 127.0.0.1:{port}: Address already in use. Choose"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_here_is_said():
    with pytest.raises(Unavailable, match=r"cannot listen on 192\.0\.2\.1:0: "):
        listen("192.0.2.1", 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_addresses_of_both_kinds_are_listened_on(host):
    try:
        bound = listen(host, 0)
    except Unavailable:
        pytest.skip("IPv6 is switched off here")
    with bound:
        assert bound.family == socket.AF_INET6


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("[::1]", "[::1]"), ("here", "here")]
)
def test_an_address_is_shown_as_a_url_wants_it(host, shown):
    assert _shown(host) == shown
