"""Nothing half-done, nothing of one person's machine, no address of a registry."""

import re
import subprocess
import tomllib

import pytest
from tests.architecture.house import ROOT, listed, project_files

TEXTS = ("*.md", "*.toml", "Makefile", ".ci/*", "*.py", "src/**/*.py", "tests/**/*.py", "docs/**/*.md", "examples/**/*")
SCREEN = ("dashboard/src/**/*.ts", "dashboard/src/**/*.tsx")
LAWS = "tests/architecture/test_tidy.py"  # names what it looks for


def none_with(pattern: str, *globs: str) -> None:
    strays = lines_with(pattern, *globs)
    assert not strays, listed(strays)


def lines_with(pattern: str, *globs: str) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in project_files(*globs)
        if str(path.relative_to(ROOT)) != LAWS
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if found.search(line)
    ]


def test_nothing_is_left_to_do_later():
    none_with(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError", *TEXTS, *SCREEN)


def test_no_path_of_a_persons_machine():
    none_with(r"/home/\w|/Users/\w|/root/|C:\\\\|/tmp/\w", *TEXTS, *SCREEN)


def test_every_exemption_has_a_reason():
    none_with(r"# noqa: [A-Z0-9, ]+$|# noqa$|# ruff: noqa: [A-Z0-9, ]+$", *TEXTS)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_python_lock_holds_versions_and_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    assert re.findall(r"\w+://|--index|--find-links|@ ", text) == []
    pinned = re.findall(r"^([a-z0-9][\w.-]*)(?:\[[\w,]+\])?==", text, re.MULTILINE)
    assert len(pinned) > 30
    for name, block in re.findall(
        r"^([a-z0-9][\w.-]*)(?:\[[\w,]+\])?==(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL
    ):
        assert "--hash=sha256:" in block, f"{name} has no hash in {lock}"


@pytest.mark.parametrize(("lock", "extra"), [("requirements.lock", "server"), ("requirements-dev.lock", "server")])
def test_a_python_lock_knows_every_declared_package(lock, extra):
    """`make lock` was run after the last change of dependencies."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, groups = document["project"], document["dependency-groups"]
    wanted = [*project["dependencies"], *project["optional-dependencies"][extra], *groups["build"]]
    wanted += [each for each in groups["dev"] if isinstance(each, str)] if "dev" in lock else []
    pinned = set(re.findall(r"^([a-z0-9][\w.-]*?)(?:\[[\w,]+\])?==", (ROOT / lock).read_text(), re.MULTILINE))
    assert {re.split(r"[\[>]", each)[0].lower() for each in wanted} - pinned == set()


def test_the_dashboards_lock_holds_hashes_and_no_address():
    text = (ROOT / "dashboard" / "package-lock.json").read_text()
    assert '"integrity": "sha512-' in text
    assert re.findall(r'"resolved": "https?://[^"]+', text) == []


def test_what_is_built_or_downloaded_is_not_committed():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    strays = [name for name in tracked if re.search(r"node_modules/|server/static/|__pycache__|\.venv/|\.pyc$", name)]
    assert strays == []
