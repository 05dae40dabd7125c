"""A server whose door has a lock: no spelling of an address, and no name of a model, is a way round it."""

from __future__ import annotations

import pytest
from tests.acceptance.serving import connect, serve

from seamark.cli import main

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A running server with one token, which is made before it starts."""
    folder = tmp_path_factory.mktemp("locked")
    assert main(["token", "create", "ci", "--data", str(folder / "data")]) == 0
    with serve(folder) as running:
        yield running


def status_of(served, target, host="localhost"):
    """What is answered to a request line that no HTTP library would write."""
    with connect(served) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return int(connection.recv(12).split()[1])


@pytest.mark.parametrize("path", ["/metrics", "/v1/models", "/v1/events", "/v1/rows?model=m"])
@pytest.mark.parametrize("before", ["", "/", "//", "http://localhost", "http://localhost/", "http://evil.example//"])
def test_no_form_of_a_request_line_leads_past_the_lock(locked, path, before):
    assert status_of(locked, before + path) == 401


@pytest.mark.parametrize("target", ["/", "//", "/healthz", "http://localhost/readyz", "/schema"])
def test_what_is_open_stays_open(locked, target):
    assert status_of(locked, target) == 200


@pytest.mark.parametrize("target", ["/%00", "/assets/" + 9_000 * "a", "/v1/models/%00", "/\u00e9"])
def test_an_impossible_address_is_the_senders_fault(locked, target):
    assert 400 <= status_of(locked, target) < 500


@pytest.mark.parametrize("model", ["team/fraud", "100%", "a//b"])
def test_a_baseline_is_sent_for_a_model_of_any_name(model, tmp_path, capsys):
    reference = tmp_path / "reference.csv"
    reference.write_text("amount\n2.5\n")
    with serve(tmp_path / "server") as running:
        code = main(["baseline", model, str(reference), "--url", running.address])
    out, err = capsys.readouterr()
    assert (code, out) == (0, f"The reference of {model} has 1 row.\n")
    assert err.endswith(f"It is the first reference of {model}.\n")
