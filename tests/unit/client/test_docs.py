"""docs/client.md knows every option with its default, every reason, every counter and every argument."""

import inspect
import re
from pathlib import Path

import pytest

import seamark
from seamark.client.options import Options
from seamark.client.reasons import Reason
from seamark.client.stats import Stats

TEXT = (Path(seamark.__file__).parents[2] / "docs" / "client.md").read_text(encoding="utf-8")


def table(first_cell: str) -> dict[str, list[str]]:
    """The table whose head begins so: first cell → the other cells. A row may name several things."""
    body = re.search(rf"^\| {re.escape(first_cell)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()]
    return {name: cells[1:] for cells in rows for name in re.findall(r"`(\w+)`", cells[0])}


def test_every_option_stands_there_with_its_default():
    written = {name: cells[0].strip("`") for name, cells in table("option").items()}
    defaults = dict.fromkeys(Options._fields, "") | Options._field_defaults
    assert list(written) == list(defaults)
    for name, default in defaults.items():
        assert default == "" or eval(written[name]) == default, name


def test_every_reason_stands_there():
    assert list(table("reason")) == [reason.value for reason in Reason]


def test_every_counter_stands_there():
    assert list(table("`client.stats`")) == list(Stats._fields)


@pytest.mark.parametrize(("method", "head"), [("log", "argument"), ("log_batch", "names")])
def test_every_argument_stands_there(method, head):
    arguments = [name for name in inspect.signature(getattr(seamark.Client, method)).parameters if name != "self"]
    section = TEXT[TEXT.index(f"`client.{method}(" if method == "log" else f"`{method}` takes") :]
    body = re.search(rf"^\| (?:argument \| )?{head}? ?\|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section, re.MULTILINE)[1]
    written = [name for line in body.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert written == [name for name in arguments if name != "frame"]
