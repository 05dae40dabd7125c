"""Finds plug-ins: one file in a ★ folder, or one entry point, adds one thing.

A plug-in folder is a package whose modules each define one module-level object with an agreed
name (`DISTANCE`, `NOTIFIER`, …). The file's name is the plug-in's name. Third parties add theirs
with an entry point in the group `seamark.<folder>`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType


def discover(package: str, attribute: str) -> Mapping[str, object]:
    """All plug-ins of a folder: name → its `attribute` object, sorted by name.

    `package` is the dotted folder, e.g. `seamark.stats.distances`.
    """
    found: dict[str, object] = {}
    folder = importlib.import_module(package)
    for module in pkgutil.iter_modules(folder.__path__):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"{package}.{module.name}")
            found[module.name] = getattr(loaded, attribute)
    for point in entry_points(group=package):
        found[point.name] = point.load()
    return MappingProxyType(dict(sorted(found.items())))
