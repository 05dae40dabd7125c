"""docs/cli.md knows every command and option, and every command line in the documentation is one Seamark takes."""

import argparse
import re
import shlex

import pytest
from tests.architecture.house import ROOT, project_files

from seamark import cli

TEXT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def section(name):
    found = re.search(rf"^## seamark {name}\b.*?(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no heading '## seamark {name}'"
    return found[0]


def options_of(parser):
    return {option for option in parser.option_strings() if option.startswith("--")} - {"--help"}


@pytest.mark.parametrize("name", list(cli.commands()))
def test_every_option_of_every_command_is_described(name):
    described = set(re.findall(r"`(--[a-z-]+)", section(name)))
    assert described == options_of(cli.parser_of(cli.load(name)))


def test_no_command_is_described_that_does_not_exist():
    assert set(re.findall(r"^## seamark ([a-z-]+)", TEXT, re.MULTILINE)) == set(cli.commands())


def command_lines():
    """Every line of a shell block that begins with `seamark`, comments taken off."""
    for path in project_files("*.md", "docs/**/*.md"):
        for block in re.findall(r"^```sh\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0].removeprefix(".venv/bin/") == "seamark":
                    yield pytest.param(words[1:], id=f"{path.name}: {' '.join(words)}")


@pytest.mark.parametrize("words", list(command_lines()))
def test_every_command_line_is_taken(words):
    """Parsed, not run. What follows `|`, `>` or `&&` is the shell's."""
    mine = words[: next((at for at, word in enumerate(words) if word in {"|", ">", "&&", "&"}), len(words))]
    if mine[0].startswith("-"):
        assert mine in (["--help"], ["--version"])
    else:
        assert isinstance(cli.parser_of(cli.load(mine[0])).parse_args(mine[1:]), argparse.Namespace)


def test_the_overview_of_exit_codes_is_true():
    assert f"| {cli.WRONG_USAGE} | wrong usage" in TEXT
    assert f"| {cli.BUG} | a bug" in TEXT
