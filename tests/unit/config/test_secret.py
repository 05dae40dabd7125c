"""A secret can be used, and is shown nowhere."""

import pytest

from seamark.config import effective, parse
from seamark.errors import InvalidConfig
from seamark.records.secret import Secret

RECEIVER = '[receivers.ops]\ntype = "webhook"\nurl = "https://e.example/hook"\nsecret = "{}"'


def test_a_secret_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "hunter2")
    secret = parse(RECEIVER.format("env:HOOK_SECRET")).receivers["ops"].options.secret
    assert secret.reveal() == "hunter2"


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path):
    path = tmp_path / "secret"
    path.write_text("hunter2\n")
    secret = parse(RECEIVER.format(f"file:{path}")).receivers["ops"].options.secret
    assert secret.reveal() == "hunter2"


def test_a_secret_shows_only_its_source(monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "hunter2")
    config = parse(RECEIVER.format("env:HOOK_SECRET"))
    shown = f"{config} {config!r} {effective(config)} {Secret('hunter2', 'env:HOOK_SECRET')}"
    assert "hunter2" not in shown
    assert 'secret = "env:HOOK_SECRET"' in effective(config)


@pytest.mark.parametrize("written", ["hunter2", "env:", "file:", "vault:hunter2", ""])
def test_a_secret_written_in_the_file_is_refused_without_repeating_it(written):
    with pytest.raises(InvalidConfig) as refused:
        parse(RECEIVER.format(written))
    assert "hunter2" not in refused.value.message
    assert refused.value.value is None


def test_secrets_are_equal_when_value_and_source_are():
    assert Secret("a", "env:A") == Secret("a", "env:A")
    assert Secret("a", "env:A") != Secret("b", "env:A")
    assert Secret("a", "env:A") != Secret("a", "env:B")
    assert Secret("a", "env:A") != "a"
    assert len({Secret("a", "env:A"), Secret("a", "env:A")}) == 1
