"""Seamark watches machine-learning models in production.

The public face, loaded lazily: `import seamark` costs nothing, `seamark.Client` loads the client and
`seamark.compare` the statistics.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Client": "seamark.client",
    "Conflict": "seamark.errors",
    "Corrupt": "seamark.errors",
    "DiskFull": "seamark.errors",
    "InvalidConfig": "seamark.errors",
    "InvalidInput": "seamark.errors",
    "Malformed": "seamark.errors",
    "NotFound": "seamark.errors",
    "Overloaded": "seamark.errors",
    "Ranking": "seamark.correlate.ranking",
    "Report": "seamark.compare",
    "SeamarkError": "seamark.errors",
    "TooLarge": "seamark.errors",
    "Unauthorised": "seamark.errors",
    "Unavailable": "seamark.errors",
    "compare": "seamark.compare",
    "rank_causes": "seamark.correlate.ranking",
}

__all__ = list(_HOMES)


class _Face(ModuleType):
    """`compare` is a function that lives in a room of the same name.

    Python sets a submodule as an attribute of its package when it is first imported; a property outranks that, so
    `seamark.compare(…)` works whatever was imported before.
    """

    @property
    def compare(self) -> Any:
        return importlib.import_module(_HOMES["compare"]).compare

    @compare.setter
    def compare(self, room: ModuleType) -> None:
        if not isinstance(room, ModuleType):
            raise AttributeError("seamark.compare is read-only.")  # noqa: TRY004 what a read-only attribute raises

    def __getattr__(self, name: str) -> Any:
        if name in _HOMES:
            return getattr(importlib.import_module(_HOMES[name]), name)
        raise AttributeError(f"module 'seamark' has no attribute {name!r}; it has: {', '.join(__all__)}.")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Face
