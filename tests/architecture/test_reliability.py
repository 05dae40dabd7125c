"""docs/reliability.md names tests that exist."""

import ast
import re

import pytest
from tests.architecture.house import ROOT

TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def defined_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED}))
def test_every_proof_exists(path):
    wanted = {name for named, name in NAMED if named == path}
    assert wanted <= defined_in(path)


def test_every_promise_has_a_proof():
    promises = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert len(promises) > 20
    assert [line for line in promises if "::test_" not in line] == []
