"""Rooms import what the floor plan allows: downwards, never sideways, never in circles, never hidden."""

import ast
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from itertools import chain

import pytest
from tests.architecture.floors import GROUND, PLUGIN_FOLDERS, ROOMS
from tests.architecture.house import ROOT, Import, imports, listed, modules

LAZY = {
    "": "the public face",
    "plugins": "the finder of plug-ins",
    "cli": "loads the chosen command alone",
    "cli.doctor": "finds out what can be imported",
    "detect.options": "a bare install checks a configuration, too",
    "compare.readers": "loads the reader of one kind of file",
    "compare.report": "makes a frame of the library its reader asks for",
}
"""May import by name, and why."""

DISTRIBUTION_OF = {
    "prometheus_client": "prometheus-client",
    "arro3": "arro3-core",
    "sklearn": "scikit-learn",
    "pynvml": "nvidia-ml-py",
}


def is_plugin(name: str) -> bool:
    return any(name.startswith(f"{folder}.") for folder in PLUGIN_FOLDERS)


def allowed(each: Import) -> bool:
    """The package itself (target "") may be imported anywhere: it holds the version and loads the rest lazily."""
    room = ROOMS[each.importer.room]
    permitted = {each.importer.room, *GROUND, *room.imports}
    return each.target == "" or any(each.target == name or each.target.startswith(f"{name}.") for name in permitted)


def test_every_room_stands_on_the_floor_plan():
    assert {module.room for module in modules().values()} - GROUND - {""} <= set(ROOMS)


def test_the_plan_itself_has_no_room_looking_up_or_sideways():
    for name, room in ROOMS.items():
        for target in room.imports:
            below = ROOMS[target.partition(".")[0]].floor
            beside = target.endswith((".options", "pipeline")) or name in {"cli", "demo", "server", "pipeline"}
            assert below < room.floor or (below == room.floor and beside), f"{name} may import {target}"


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_the_plan_allows(room):
    strays = [str(each) for each in imports() if each.importer.room == room and each.inside and not allowed(each)]
    assert not strays, listed(strays)


def test_the_ground_rests_on_nothing_but_itself():
    strays = [
        str(each)
        for each in imports()
        if each.importer.room in GROUND and (each.room not in GROUND if each.inside else not is_standard(each))
    ]
    assert not strays, listed(strays)


def is_standard(each: Import) -> bool:
    return each.room in sys.stdlib_module_names


@pytest.mark.parametrize("room", sorted(name for name, room in ROOMS.items() if room.packages is not None))
def test_a_room_uses_only_the_packages_the_plan_names(room):
    strays = [
        str(each)
        for each in imports()
        if each.importer.room == room
        and not each.inside
        and not is_standard(each)
        and each.room not in ROOMS[room].packages
        and not is_plugin(each.importer.name)
    ]
    assert not strays, listed(strays)


USED_BY_OTHERS = {"httptools": "uvicorn parses HTTP with it", "uvloop": "uvicorn's faster event loop"}
"""Declared though nothing here imports them, and why."""


def declared_packages() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    return {requirement.partition(">=")[0].partition("[")[0].lower() for requirement in required}


def test_every_package_imported_is_declared():
    declared = declared_packages()
    strays = [
        str(each)
        for each in imports()
        if not each.inside and not is_standard(each) and DISTRIBUTION_OF.get(each.room, each.room) not in declared
    ]
    assert not strays, listed(strays)


def test_every_package_declared_is_used():
    used = {DISTRIBUTION_OF.get(each.room, each.room) for each in imports() if not each.inside}
    assert declared_packages() - used == set(USED_BY_OTHERS)


def test_no_module_imports_itself_through_others():
    graph = {name: set() for name in modules()}
    for each in imports():
        if each.inside and each.target != each.importer.name:
            graph[each.importer.name].add(each.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


def test_no_import_hides_in_a_function():
    hidden = [
        str(each)
        for each in imports()
        if each.hidden and not (is_plugin(each.importer.name) and not each.inside) and each.importer.name not in LAZY
    ]
    assert not hidden, listed(hidden)


def test_nobody_else_imports_by_name():
    calls = [
        f"{module.path.relative_to(ROOT)}:{node.lineno}"
        for module in modules().values()
        if module.name not in LAZY
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"importlib.import_module", "import_module", "__import__"}
    ]
    assert not calls, listed(calls)


def test_no_import_waits_for_type_checking():
    conditional = [
        f"{module.path.relative_to(ROOT)}" for module in modules().values() if "TYPE_CHECKING" in module.text
    ]
    assert not conditional, listed(conditional)
