"""A plug-in is one file in a folder, or one entry point; both are found by name, and nothing else is."""

import sys
from importlib.metadata import EntryPoint

import pytest

from seamark import plugins
from seamark.plugins import discover


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A package `shelf.things` of three plug-ins and one module that is none."""
    things = tmp_path / "shelf" / "things"
    things.mkdir(parents=True)
    (tmp_path / "shelf" / "__init__.py").touch()
    (things / "__init__.py").touch()
    for name in ("pear", "apple", "zebra"):
        (things / f"{name}.py").write_text(f"THING = '{name}'\n")
    (things / "_shared.py").write_text("raise RuntimeError('a module that begins with _ is nobody\\'s plug-in')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield things
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[name]


def advertise(monkeypatch, *points):
    monkeypatch.setattr(plugins, "entry_points", lambda group: [each for each in points if each.group == group])


def test_every_file_is_found_by_its_name_in_order(folder):
    assert list(discover("shelf.things", "THING").items()) == [
        ("apple", "apple"),
        ("pear", "pear"),
        ("zebra", "zebra"),
    ]


def test_a_file_that_is_added_is_found_without_another_being_touched(folder):
    before = set(discover("shelf.things", "THING"))
    (folder / "quince.py").write_text("THING = 'quince'\n")
    assert set(discover("shelf.things", "THING")) - before == {"quince"}


def test_what_was_found_cannot_be_changed(folder):
    found = discover("shelf.things", "THING")
    with pytest.raises(TypeError):
        found["apple"] = "worm"


def test_a_file_without_the_agreed_object_is_an_error_that_names_it(folder):
    (folder / "empty.py").touch()
    with pytest.raises(AttributeError, match=r"shelf\.things\.empty.*THING"):
        discover("shelf.things", "THING")


def test_a_package_of_somebody_else_adds_one_by_an_entry_point(folder, monkeypatch):
    (folder.parent / "elsewhere.py").write_text("THING = 'from elsewhere'\n")
    advertise(monkeypatch, EntryPoint("mango", "shelf.elsewhere:THING", "shelf.things"))
    found = discover("shelf.things", "THING")
    assert list(found) == ["apple", "mango", "pear", "zebra"]
    assert found["mango"] == "from elsewhere"


def test_an_entry_point_of_another_folder_is_left_alone(folder, monkeypatch):
    advertise(monkeypatch, EntryPoint("mango", "shelf.nowhere:THING", "shelf.others"))
    assert "mango" not in discover("shelf.things", "THING")


def test_an_entry_point_may_replace_what_comes_with_seamark(folder, monkeypatch):
    (folder.parent / "elsewhere.py").write_text("THING = 'a better pear'\n")
    advertise(monkeypatch, EntryPoint("pear", "shelf.elsewhere:THING", "shelf.things"))
    assert discover("shelf.things", "THING")["pear"] == "a better pear"


def test_a_folder_that_does_not_exist_is_no_empty_folder():
    with pytest.raises(ModuleNotFoundError):
        discover("seamark.stats.nothing", "THING")
