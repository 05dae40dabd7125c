"""The dashboard's floor plan: main → panels → charts, marks → state → api, format; panels never import panels."""

import re
from pathlib import PurePosixPath

import pytest
from tests.architecture.house import ROOT, listed

SOURCE = ROOT / "dashboard" / "src"

FLOORS = {
    "": {"panels", "charts", "marks", "state", "api", "format", "styles"},  # main and what it alone needs
    "panels": {"charts", "marks", "state", "api", "format"},
    "charts": {"state", "api", "format"},
    "marks": {"state", "api", "format"},
    "state": {"api", "format"},
    "api": set(),
    "format": {"api"},
}
"""What each folder may import besides itself."""

MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.ts*"))


def folder_of(module):
    return PurePosixPath(module).parts[0] if "/" in module else ""


def imports(module):
    """The modules of the dashboard that one imports, as paths below src/."""
    text = (SOURCE / module).read_text(encoding="utf-8")
    for target in re.findall(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""", text):
        yield (SOURCE / module).parent.joinpath(target).resolve().relative_to(SOURCE).as_posix()


def test_every_folder_stands_on_the_plan():
    assert {folder_of(module) for module in MODULES} == set(FLOORS)


@pytest.mark.parametrize("folder", sorted(FLOORS))
def test_a_folder_imports_only_what_lies_below_it(folder):
    strays = [
        f"{module} imports {target}"
        for module in MODULES
        if folder_of(module) == folder
        for target in imports(module)
        if folder_of(target) not in {folder, *FLOORS[folder]}
    ]
    assert not strays, listed(strays)


def panel_of(module):
    """`panels/grid/row.tsx` → `grid`; a panel is a file or a folder."""
    return PurePosixPath(module).parts[1].removesuffix(".tsx")


def test_panels_never_import_panels():
    strays = [
        f"{module} imports {target}"
        for module in MODULES
        if folder_of(module) == "panels"
        for target in imports(module)
        if folder_of(target) == "panels" and panel_of(target) != panel_of(module)
    ]
    assert not strays, listed(strays)


def test_modules_are_short():
    sizes = {module: len((SOURCE / module).read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert {module: size for module, size in sizes.items() if size > 400} == {}
