"""`seamark serve`: what the command line says outranks the file, and no open door to other machines."""

import argparse
from pathlib import Path

import pytest

from seamark import clock
from seamark.app import open_accounts
from seamark.cli import main, parser_of, serve
from seamark.config import Config, ServerOptions, StoreOptions
from seamark.errors import InvalidInput
from seamark.records.token import issue


def configured(*arguments):
    return serve.configured(parser_of(serve.COMMAND).parse_args(list(arguments)))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "seamark.toml"
    path.write_text('[server]\nhost = "localhost"\nport = 9000\n[store]\npath = "somewhere"\n')
    return str(path)


def test_the_file_decides_where_nothing_is_said(file):
    config = configured("--config", file)
    assert (config.server.host, config.server.port, config.store.path) == ("localhost", 9000, "somewhere")


def test_the_command_line_outranks_the_file(file):
    config = configured("--config", file, "--host", "::1", "--port", "0", "--data", "elsewhere")
    assert (config.server.host, config.server.port, config.store.path) == ("::1", 0, "elsewhere")


def test_an_impossible_port_is_refused(file, capsys):
    assert main(["serve", "--config", file, "--port", "70000"]) == 2
    assert "between 0 (any free one) and 65535, not 70000" in capsys.readouterr().err


def listening_on(host, path):
    return Config(store=StoreOptions(str(path)), server=ServerOptions(host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_alone_needs_no_token(host, tmp_path, monkeypatch):
    served = []
    monkeypatch.setattr(serve, "serve", lambda app, _port, **_said: served.append(app))
    monkeypatch.setattr(serve, "configure_logs", lambda: None)
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "--host", host, "--port", "0", "--data", str(tmp_path / "data")]) == 0
    [app] = served
    try:
        assert (app.host, app.tokens()) == (host, [])
    finally:
        app.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "seamark.example"])
def test_other_machines_are_refused_without_a_token(host, tmp_path):
    with pytest.raises(InvalidInput, match="make one with `seamark token create NAME --data"):
        serve.refuse_an_open_door(listening_on(host, tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_a_token_opens_the_door_until_it_is_revoked(tmp_path):
    config = listening_on("0.0.0.0", tmp_path)
    token, _ = issue("ci", "default", clock.now_us())
    with open_accounts(config) as accounts:
        accounts.put_token(token)
    assert serve.refuse_an_open_door(config) is None
    main(["token", "revoke", token.id, "--data", str(tmp_path)])
    with pytest.raises(InvalidInput):
        serve.refuse_an_open_door(config)


def test_the_server_gets_the_wired_application(tmp_path, monkeypatch):
    served = []
    monkeypatch.setattr(serve, "serve", lambda app, port, **said: served.append((app, port, said)))
    monkeypatch.setattr(serve, "configure_logs", lambda: None)
    arguments = argparse.Namespace(config=None, host=None, port=0, data=str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    assert serve.run(arguments) == 0
    [(app, port, said)] = served
    try:
        assert port == 0
        assert said["stop_seconds"] == app.config.ingest.drain_seconds
        assert Path(app.config.store.path, "seamark.db").exists()
    finally:
        app.stop()
