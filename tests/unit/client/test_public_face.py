"""`import seamark`: the same names at run time, for type checkers and in the project's own file."""

import ast
import inspect
from pathlib import Path

import seamark
from seamark import errors

PACKAGE = Path(seamark.__file__).parent


def test_type_checkers_see_exactly_the_names_that_exist():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    imported = [alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    declared = [node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)]
    assert sorted(imported) == seamark.__all__
    assert declared == ["__version__"]


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_every_error_can_be_caught_by_its_public_name():
    tree = {name for name, found in vars(errors).items() if inspect.isclass(found) and issubclass(found, Exception)}
    assert tree <= set(seamark.__all__)
    assert seamark.InvalidInput is errors.InvalidInput


def test_what_a_host_holds_is_documented():
    for name in ("log", "log_batch", "outcome", "change", "flush", "close", "stats"):
        assert inspect.getdoc(getattr(seamark.Client, name))
