"""The documentation is complete, its links lead somewhere, and its examples run."""

import doctest
import importlib
import re
import subprocess
import sys
from urllib.parse import unquote

import pytest
from tests.architecture.floors import PLUGIN_FOLDERS
from tests.architecture.house import ROOT, listed, modules, project_files

from seamark.app import build
from seamark.config import Config, StoreOptions

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in project_files("*.md", "docs/**/*.md")
}


def test_every_plugin_is_described():
    text = "\n".join(page for name, page in PAGES.items() if name.startswith(("docs/", "README")))
    missing = [
        f"{folder}/{name}"
        for folder in PLUGIN_FOLDERS
        for name in (each.removeprefix(f"{folder}.") for each in modules() if each.startswith(f"{folder}."))
        if not name.startswith("_") and not re.search(rf"`\"?{name}\"?`|type = \"{name}\"", text)
    ]
    assert not missing, listed(missing)


def test_every_metric_is_described(tmp_path):
    app = build(Config(store=StoreOptions(str(tmp_path / "data"))))
    try:
        measured = {each.name for each in app.measurements()}
    finally:
        app.stop()
    source = "\n".join(module.text for module in modules().values() if module.room == "server")
    measured |= set(re.findall(r'"(seamark_http_\w+)"', source))
    described = set(re.findall(r"`(seamark_\w+)`", PAGES["docs/operations.md"].split("## Metrics")[1]))
    assert described == measured


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name):
    text = re.sub(r"^```.*?^```", "", PAGES[name], flags=re.MULTILINE | re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = unquote(target).partition("#")
        if re.match(r"\w+:", target):
            continue
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists():
            broken.append(f"{target}: no such file")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
            broken.append(f"{target}: no such heading")
    assert not broken, listed(broken)


def python_blocks(name):
    return re.findall(r"^```python\n(.*?)^```", PAGES[name], re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A real server, for the examples that speak to one."""
    serve = "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", serve, "serve", "--port", "0", "--data", "data"]
    folder = tmp_path_factory.mktemp("server")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        yield re.search(r"http://\S+", server.stdout.readline())[0]
        server.terminate()


@pytest.mark.parametrize("name", [name for name in PAGES if python_blocks(name) and name != "ARCHITECTURE.md"])
def test_the_examples_of_a_page_run_in_their_order(name, url, tmp_path, monkeypatch):
    """They share a namespace, as a reader's session would; a block that cannot run here is marked ```py."""
    monkeypatch.chdir(tmp_path)
    session = {}
    for number, block in enumerate(python_blocks(name), 1):
        here = block.replace("http://localhost:8420", url)
        exec(compile(here, f"{name}, example {number}", "exec"), session)


@pytest.mark.parametrize("name", [name for name, module in modules().items() if ">>> " in module.text])
def test_the_examples_of_a_docstring_print_what_they_say(name):
    result = doctest.testmod(importlib.import_module(f"seamark.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
