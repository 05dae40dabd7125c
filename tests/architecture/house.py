"""The source tree as data: modules, their imports and definitions. Read once, looked at by every law."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "seamark"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """One file of src/seamark. `name` is dotted, without the leading `seamark.`; "" is the package itself."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


@dataclass(frozen=True)
class Import:
    """One imported module: `target` is dotted; inside Seamark without the leading `seamark.`."""

    importer: Module
    target: str
    inside: bool
    line: int
    hidden: bool  # not at the top level of the file

    def __str__(self) -> str:
        return f"{self.importer.path.relative_to(ROOT)}:{self.line} imports {self.target}"

    @property
    def room(self) -> str:
        return self.target.partition(".")[0]


@cache
def modules() -> dict[str, Module]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, path, text, ast.parse(text))
    return found


@cache
def imports() -> tuple[Import, ...]:
    return tuple(each for module in modules().values() for each in _imports(module))


def _imports(module: Module) -> Iterator[Import]:
    top = set(map(id, module.tree.body))
    for node in ast.walk(module.tree):
        for target in _targets(node, module):
            inside = target == "seamark" or target.startswith("seamark.")
            name = target.removeprefix("seamark").removeprefix(".") if inside else target
            yield Import(module, name, inside, getattr(node, "lineno", 0), id(node) not in top)


def _targets(node: ast.AST, module: Module) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module.path}: relative imports hide where a name comes from"
        assert node.module is not None
        for alias in node.names:
            deeper = f"{node.module}.{alias.name}"
            yield deeper if deeper.removeprefix("seamark.") in modules() else node.module


def definitions(module: Module) -> Iterator[Definition]:
    for node in ast.walk(module.tree):
        if isinstance(node, Definition):
            yield node


def project_files(*patterns: str) -> Iterator[Path]:
    """Files people wrote, by pattern; what is built, installed or cached is not."""
    made = {"node_modules", "static", "__pycache__", ".venv", ".git"}
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and not made & set(path.relative_to(ROOT).parts):
                yield path


def listed(strays: list[str]) -> str:
    """What a failing law shows: everything that breaks it."""
    return "\n".join(["", *strays])
