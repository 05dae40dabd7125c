"""What the README tells a newcomer to type works in a fresh clone."""

import re
import shlex

import pytest
from tests.architecture.house import ROOT

from seamark import cli
from seamark.wire.json import baseline_path

BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines() if line.startswith("seamark ")]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder that holds the sources, to write reports into."""
    (tmp_path / "src").symlink_to(ROOT / "src")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(name):
    """The words after `seamark` of the README's only line with this command."""
    [words] = [words for words in map(shlex.split, LINES) if words[1] == name]
    return words[1:]


def test_every_file_that_is_read_exists_after_cloning():
    named = {word for line in LINES for word in shlex.split(line) if word.endswith((".parquet", ".csv", ".jsonl"))}
    assert len(named) >= 2
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_comparison_finds_the_drift_it_promises(clone, capsys):
    assert cli.main(command("compare")) == 1
    assert capsys.readouterr().out.startswith("5 of 9 columns drifted\n")
    assert (clone / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_baseline_is_sent_for_the_model_it_names(clone, server, capsys):
    server.answers = [(202, {}, {"accepted": 50_000, "notes": []})]
    assert cli.main([*command("baseline"), "--url", server.url]) == 0
    [(path, headers, body)] = server.requests
    assert path == f"{baseline_path('car_loan')}?outcome=repaid&time_zone=UTC"
    assert headers["Content-Type"] == "application/vnd.apache.parquet"
    assert body == (ROOT / "src/seamark/demo/data/reference.parquet").read_bytes()
    assert capsys.readouterr().out == "The reference of car_loan has 50,000 rows.\n"
