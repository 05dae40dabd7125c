"""A number Seamark tells about itself: what /metrics shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MeasurementKind(StrEnum):
    """A counter only grows; a gauge is how it is now."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric with a sample per combination of label values; counters are named without `_total`."""

    name: str
    help: str
    kind: MeasurementKind
    labels: tuple[str, ...]
    samples: tuple[tuple[tuple[str, ...], float], ...]  # (label values in order of `labels`, value)
