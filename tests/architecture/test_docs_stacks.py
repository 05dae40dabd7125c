"""docs/stacks/ has a page for every stack, which tells what its profile reads; its examples are tested as all are."""

from __future__ import annotations

import re
import tomllib

import pytest
from tests.architecture.house import ROOT

from seamark.config import parse
from seamark.ingest.stack import bundled
from seamark.wire.inference_logs import FORMATS

FOLDER = ROOT / "docs" / "stacks"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
WITHOUT_PROFILE = {"python", "sagemaker", "databricks"}
SECTIONS = ["Metrics", "Predictions", "What is read", "Traps", "What cannot be seen"]


def section(page, heading):
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGES[page], re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_stack_has_a_page_and_every_page_a_stack():
    assert set(PAGES) == {stack.name for stack in bundled()} | WITHOUT_PROFILE


@pytest.mark.parametrize("stack", bundled(), ids=lambda stack: stack.name)
def test_a_page_tells_what_the_profile_reads_and_from_which_names(stack):
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", section(stack.name, "What is read"), re.MULTILINE)
    told = {(metric, kind): set(re.findall(r"`([\w:]+)`", text)) for metric, kind, text in rows}
    read: dict[tuple[str, str], set[str]] = {}
    for source in stack.sources:
        read.setdefault((source.metric, source.component_kind.value), set()).update(source.names)
    assert told == read


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_starts_warns_and_says_what_it_cannot(page):
    wanted = [heading for heading in SECTIONS if heading != "What is read" or page not in WITHOUT_PROFILE]
    assert re.findall(r"^## (.*)", PAGES[page], re.MULTILINE) == wanted
    assert all(section(page, heading).strip() for heading in wanted)
    assert section(page, "Traps").count("\n* ") + section(page, "Traps").startswith("\n* ") > 0


@pytest.mark.parametrize(
    "page", sorted(set(PAGES) - {"process", "opentelemetry_http", "python", "sagemaker", "databricks"})
)
def test_a_page_has_a_source_to_copy(page):
    """What is not asked pushes by itself, or has no metrics that Seamark asks for."""
    blocks = re.findall(r"^```toml\n(.*?)^```", section(page, "Metrics"), re.MULTILINE | re.DOTALL)
    assert any(parse(block).sources for block in blocks)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_of_files_has_a_page_with_a_folder_and_a_command(name):
    text = section(name, "Predictions")
    tables = [tomllib.loads(block) for block in re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]
    assert any(source["type"] == "folder" for table in tables for source in table.get("sources", {}).values())
    assert f"--format {name}" in text


def test_the_index_leads_to_every_page():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(stacks/(\w+)\.md\)", index)) == set(PAGES)
