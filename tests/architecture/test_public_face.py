"""What `import seamark` promises: few names, sorted, each loaded when first used."""

import importlib
import subprocess
import sys

import pytest
from tests.architecture.house import modules

import seamark


def loaded_after(statement: str) -> set[str]:
    """The modules a fresh interpreter has loaded after `statement`."""
    return set(run(f"{statement}\nimport sys\nprint(*sorted(sys.modules))").split())


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_are_sorted_and_exist():
    assert sorted(seamark.__all__) == seamark.__all__
    for name in seamark.__all__:
        assert callable(getattr(seamark, name))
    assert set(seamark.__all__) <= set(dir(seamark))


def test_every_declared_all_is_true():
    """That it is sorted is ruff's business (RUF022)."""
    for module in modules().values():
        if module.name and "__all__ = [" in module.text:
            public = importlib.import_module(f"seamark.{module.name}")
            assert [name for name in public.__all__ if not hasattr(public, name)] == [], module.name


def test_an_unknown_name_is_refused_with_what_there_is():
    with pytest.raises(AttributeError, match="has no attribute 'comparison'; it has: Client, "):
        _ = seamark.comparison


def test_compare_stays_a_function_whatever_was_imported_before():
    assert run("import seamark.compare, seamark; print(type(seamark.compare).__name__)") == "function\n"


def test_importing_seamark_loads_nothing_of_it():
    assert {name for name in loaded_after("import seamark") if name.startswith("seamark.")} == set()


def test_the_client_needs_neither_numpy_nor_arrow_nor_any_other_package():
    loaded = {name.partition(".")[0] for name in loaded_after("import seamark; seamark.Client")}
    plain = {name.partition(".")[0] for name in loaded_after("pass")}
    assert loaded - plain - set(sys.stdlib_module_names) == {"seamark"}


def test_compare_needs_only_the_base_install():
    loaded = {name.partition(".")[0] for name in loaded_after("import seamark; seamark.compare")}
    plain = {name.partition(".")[0] for name in loaded_after("pass")}
    assert loaded - plain - set(sys.stdlib_module_names) <= {"seamark", "numpy", "arro3"}


def test_the_command_line_is_quick_to_start():
    """No command's own needs are loaded before that command is chosen."""
    loaded = {name.partition(".")[0] for name in loaded_after("from seamark.cli import main; main(['--help'])")}
    assert loaded & {"numpy", "pyarrow", "litestar", "httpx", "duckdb", "rich"} == set()
