"""What an owner may say about one model (`[models.NAME]` in seamark.toml); every field has a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seamark.records.model import Task


class Handling(StrEnum):
    """What happens to a feature before anything is stored."""

    WATCH = "watch"
    DROP = "drop"  # never stored
    HASH = "hash"  # stored and watched as a keyed hash: categories stay countable, values unreadable


@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """One feature of one model."""

    handling: Handling = Handling.WATCH
    kind: str = "auto"  # auto | numeric | categorical


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """One model."""

    task: Task = Task.UNKNOWN  # unknown = infer
    window_seconds: int | None = None  # None = the shortest of 1 h, 6 h, 1 d with a median of 200 rows
    lateness_seconds: int = 600
    baseline: str = "static"  # static | rolling
    decision_thresholds: tuple[float, ...] = (0.5,)
    thresholds: Mapping[str, str] = field(default_factory=dict)  # signal or "*" → "psi > 0.2"
    features: Mapping[str, FeatureOptions] = field(default_factory=dict)
    min_rows: int = 50  # fewer rows in a window are "not enough data"
    smallest_effect: float = 0.05  # JS distance that matters, for the one-shot rule
    retired: bool = False
