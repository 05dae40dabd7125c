"""`seamark check-config` says what holds, or what is wrong."""

import json

from seamark.cli import main
from seamark.config import parse


def test_the_effective_tree_is_printed_as_toml(tmp_path, capsys):
    path = tmp_path / "seamark.toml"
    path.write_text('[models.fraud]\nwindow_seconds = "6h"\n')
    assert main(["check-config", str(path)]) == 0
    assert parse(capsys.readouterr().out).models["fraud"].window_seconds == 21_600


def test_the_effective_tree_is_printed_as_json(tmp_path, capsys):
    path = tmp_path / "seamark.toml"
    path.write_text("[server]\nport = 9000\n")
    assert main(["check-config", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["server"] == {"host": "127.0.0.1", "port": 9000, "base_url": ""}


def test_a_wrong_key_is_one_sentence_and_exit_2(tmp_path, capsys):
    path = tmp_path / "seamark.toml"
    path.write_text("[server]\nprot = 9000\n")
    assert main(["check-config", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "seamark: There is no setting server.prot; did you mean server.port?\n")


def test_a_file_nested_too_deeply_is_one_sentence(tmp_path, capsys):
    path = tmp_path / "seamark.toml"
    path.write_text("x = " + 3_000 * "[" + 3_000 * "]")
    assert main(["check-config", str(path)]) == 2
    sentence = "seamark: The configuration is nested too deeply; no setting takes such a value.\n"
    assert capsys.readouterr().err == sentence
