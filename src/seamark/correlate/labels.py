"""What people call signals."""

from __future__ import annotations

_PREFIXES = ("feature.",)
_GROUPS = "fairness."


def label_of(signal: str) -> str:
    """The name people use: `feature.car_value` → `car_value`."""
    if signal.startswith(_GROUPS):
        return f"groups of {signal.removeprefix(_GROUPS)}"
    for prefix in _PREFIXES:
        if signal.startswith(prefix):
            return signal.removeprefix(prefix)
    return signal
