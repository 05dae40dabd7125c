"""What rules said of a machine or service, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from seamark.records.metric import Component


@dataclass(frozen=True, slots=True)
class VerdictBlock:
    """What all rules said of one component in the minutes of one hour; the two are its identity."""

    component: Component
    hour_us: int
    payload: bytes
