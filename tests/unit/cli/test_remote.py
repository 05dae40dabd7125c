"""How commands speak to a server: patient when it is busy, plain when it refuses or is not there."""

import argparse
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from seamark.cli import main
from seamark.cli._remote import Remote, add_remote_options
from seamark.errors import InvalidInput, Unauthorised, Unavailable


def post(server, **settings):
    with Remote(server.url, **settings) as remote:
        return remote.post("/v1/predictions", b"{}", "application/json")


def test_an_answer_is_decoded(server):
    assert post(server) == {"accepted": 1}


def test_the_token_is_presented(server):
    post(server, token="smk_x")
    assert server.requests[0][1]["Authorization"] == "Bearer smk_x"


def test_without_a_token_none_is_sent(server):
    post(server)
    assert "Authorization" not in server.requests[0][1]


def test_a_busy_server_is_waited_for_as_long_as_it_asks(server):
    waited = []
    server.answers = [(429, {"Retry-After": "7"}, {}), (503, {}, {}), (429, {"Retry-After": "soon"}, {})]
    server.answers.append((202, {}, {"accepted": 3}))
    assert post(server, wait=waited.append) == {"accepted": 3}
    assert waited == [7.0, 1.0, 1.0]


def test_no_wait_is_longer_than_half_a_minute(server):
    waited = []
    server.answers = [(429, {"Retry-After": "86400"}, {}), (202, {}, {})]
    post(server, wait=waited.append)
    assert waited == [30.0]


def test_patience_ends(server):
    waited = []
    server.answers = [(429, {}, {})]
    with pytest.raises(Unavailable, match="stayed too busy"):
        post(server, wait=waited.append)
    assert len(waited) == len(server.requests) == 100


def test_a_refusal_is_the_servers_own_sentence(server):
    server.answers = [(422, {}, {"detail": "Row 3: time 'x' is not a time."})]
    with pytest.raises(InvalidInput, match=r"^Row 3: time 'x' is not a time\.$"):
        post(server)


def test_a_missing_token_says_where_to_put_it(server):
    server.answers = [(401, {}, {"detail": "This needs a token."})]
    with pytest.raises(Unauthorised, match=r"^This needs a token\. Put it into \$SEAMARK_TOKEN or --token-file\.$"):
        post(server)


@pytest.mark.parametrize("document", [b"<html>", b"[]", {"detail": "Boom."}])
def test_a_broken_server_is_unavailable(server, document):
    server.answers = [(500, {}, document)]
    with pytest.raises(Unavailable, match="answered 500"):
        post(server)


def test_a_server_that_is_not_there_says_how_to_start_one():
    with Remote("http://127.0.0.1:1") as remote, pytest.raises(Unavailable, match="start one with `seamark serve`"):
        remote.post("/", b"", "text/plain")


@pytest.mark.parametrize("url", ["localhost:8420", "ftp://x", "http://[::1", "http://x:port"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises((InvalidInput, Unavailable)), Remote(url) as remote:
        remote.post("/", b"", "text/plain")


def named(*arguments):
    parser = argparse.ArgumentParser()
    add_remote_options(parser)
    return Remote.named(parser.parse_args(arguments))


def test_the_environment_names_server_and_token(server, monkeypatch):
    monkeypatch.setenv("SEAMARK_URL", server.url + "/")
    monkeypatch.setenv("SEAMARK_TOKEN", "smk_env")
    with named() as remote:
        remote.post("/v1/changes", b"{}", "application/json")
    path, headers, _ = server.requests[0]
    assert (path, headers["Authorization"]) == ("/v1/changes", "Bearer smk_env")


def test_options_outrank_the_environment(server, monkeypatch, tmp_path):
    monkeypatch.setenv("SEAMARK_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("SEAMARK_TOKEN", "smk_env")
    (tmp_path / "token").write_text("smk_file\n")
    with named("--url", server.url, "--token-file", str(tmp_path / "token")) as remote:
        remote.post("/", b"{}", "application/json")
    assert server.requests[0][1]["Authorization"] == "Bearer smk_file"


def test_a_token_file_must_be_readable(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        named("--token-file", str(tmp_path / "gone"))


def test_a_baseline_is_sent_as_it_is_with_what_its_columns_are(server, tmp_path, capsys):
    server.answers = [(202, {}, {"accepted": 2, "notes": ["Column 'ts' is taken as the time."]})]
    path = tmp_path / "reference.csv"
    path.write_bytes(b"ts,a,b\n1,2,3\n")
    roles = [
        "--prediction",
        "a",
        "--score",
        "b=yes",
        "--score",
        "c=no",
        "--exclude",
        "d",
        "--time-zone",
        "Europe/Paris",
    ]
    assert main(["baseline", "my model", str(path), "--url", server.url, *roles]) == 0
    target, headers, body = server.requests[0]
    assert urlsplit(target).path == "/v1/models/my%20model/baseline"
    assert parse_qs(urlsplit(target).query) == {
        "prediction": ["a"],
        "score": ["b=yes", "c=no"],
        "exclude": ["d"],
        "time_zone": ["Europe/Paris"],
    }
    assert headers["Content-Type"] == "text/csv"
    assert body == path.read_bytes()
    out, err = capsys.readouterr()
    assert out == "The reference of my model has 2 rows.\n"
    assert err == "Column 'ts' is taken as the time.\n"


def test_a_baseline_of_an_unknown_kind_is_refused_before_anything_is_sent(server, tmp_path, capsys):
    path = tmp_path / "reference.xlsx"
    path.write_bytes(b"PK")
    assert main(["baseline", "m", str(path), "--url", server.url]) == 2
    assert server.requests == []
    assert "does not end in one of .parquet, .pq, .csv, .arrows" in capsys.readouterr().err


def test_a_baselines_answer_is_printed_as_json(server, tmp_path, capsys):
    path = tmp_path / "reference.parquet"
    path.write_bytes(b"PAR1")
    assert main(["baseline", "m", str(path), "--url", server.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"accepted": 1}
