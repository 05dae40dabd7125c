"""`seamark notify test` says what became of the message."""

import json

import pytest
from tests.unit.notify.listening import listening

from seamark.cli import main


@pytest.fixture
def configured(tmp_path):
    path = tmp_path / "seamark.toml"

    def write(url, more=""):
        path.write_text(f'[receivers.on_call]\ntype = "webhook"\nurl = "{url}"\n{more}')
        return ["--config", str(path)]

    return write


def test_a_receiver_that_takes_the_message_is_fine(configured, capsys):
    with listening() as server:
        assert main(["notify", "test", "on_call", *configured(server.url, "allow_private = true")]) == 0
    assert capsys.readouterr().out == "on_call has taken the message.\n"
    assert server.heard[0].body["reason"] == "test"
    assert server.heard[0].body["title"] == "Seamark can reach on_call"


def test_what_went_wrong_is_a_sentence_and_an_exit_code(configured, capsys):
    with listening() as server:
        server.otherwise = 403
        assert main(["notify", "test", "on_call", *configured(server.url, "allow_private = true"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told == {"receiver": "on_call", "delivered": False, "error": f"on_call: {server.url} answered 403."}
    assert main(["notify", "test", "on_call", *configured("http://127.0.0.1:1/")]) == 1
    assert "leads into a private network (127.0.0.1)" in capsys.readouterr().out


def test_an_unknown_receiver_is_named_with_the_nearest(configured, capsys):
    assert main(["notify", "test", "oncall", *configured("https://example.com/")]) == 2
    assert "There is no receiver 'oncall'; did you mean on_call?" in capsys.readouterr().err
