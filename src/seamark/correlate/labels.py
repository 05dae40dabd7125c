"""What people call signals."""

from __future__ import annotations

from functools import lru_cache

from seamark.records.metric import ComponentKind
from seamark.records.signals import BUSINESS, ESTIMATED, QUALITY

_PREFIXES = ("feature.", QUALITY, BUSINESS)
_COMPONENTS = tuple(f"{kind.value}/" for kind in ComponentKind)
_GROUPS = "fairness."
_LATELY = 4096  # signals: incidents name all that did not move, window for window


@lru_cache(_LATELY)
def label_of(signal: str) -> str:
    """The name people use: `feature.car_value` → `car_value`, `service/checkout` → `checkout`."""
    if signal.startswith(_GROUPS):
        return f"groups of {signal.removeprefix(_GROUPS)}"
    if signal.startswith(_COMPONENTS):
        return signal.partition("/")[2]
    if signal.startswith(ESTIMATED):
        return f"estimated {signal.removeprefix(ESTIMATED)}"
    for prefix in _PREFIXES:
        if signal.startswith(prefix):
            return signal.removeprefix(prefix)
    return signal
