"""What people call signals."""

from __future__ import annotations

from seamark.records.metric import ComponentKind
from seamark.records.signals import BUSINESS, QUALITY

_PREFIXES = ("feature.", QUALITY, BUSINESS)
_COMPONENTS = tuple(f"{kind.value}/" for kind in ComponentKind)
_GROUPS = "fairness."


def label_of(signal: str) -> str:
    """The name people use: `feature.car_value` → `car_value`, `service/checkout` → `checkout`."""
    if signal.startswith(_GROUPS):
        return f"groups of {signal.removeprefix(_GROUPS)}"
    if signal.startswith(_COMPONENTS):
        return signal.partition("/")[2]
    for prefix in _PREFIXES:
        if signal.startswith(prefix):
            return signal.removeprefix(prefix)
    return signal
