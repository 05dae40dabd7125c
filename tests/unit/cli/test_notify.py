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


def test_as_json_a_message_that_was_taken_has_no_error(configured, capsys):
    with listening() as server:
        assert main(["notify", "test", "on_call", *configured(server.url, "allow_private = true"), "--json"]) == 0
        assert len(server.heard) == 1
    assert json.loads(capsys.readouterr().out) == {"receiver": "on_call", "delivered": True, "error": None}


def test_a_name_like_none_is_answered_with_those_there_are(configured, tmp_path, capsys):
    assert main(["notify", "test", "xyz", *configured("https://example.com/")]) == 2
    assert "There is no receiver 'xyz'; the configuration has: on_call." in capsys.readouterr().err
    (tmp_path / "empty.toml").touch()
    assert main(["notify", "test", "xyz", "--config", str(tmp_path / "empty.toml")]) == 2
    assert "the configuration has: none." in capsys.readouterr().err


@pytest.mark.parametrize("words", [["notify"], ["notify", "test"], ["notify", "send", "on_call"]])
def test_what_cannot_be_sent_is_refused_before_anything_is_read(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err
