"""What waits in the buffer: everything a host logged, already plain."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from seamark.client.values import Plain
from seamark.wire.json import CHANGES_PATH, OUTCOMES_PATH, PREDICTIONS_PATH


class Lane(StrEnum):
    """What travels together; each lane keeps its order. The value is where its batches are posted."""

    PREDICTIONS = PREDICTIONS_PATH
    OUTCOMES = OUTCOMES_PATH
    CHANGES = CHANGES_PATH


class Prediction(NamedTuple):
    """One call of `log`. A named tuple, because making a frozen dataclass takes three times as long."""

    id: str
    time_us: int
    features: dict[str, Plain]
    prediction: Plain
    score: float | None
    scores: dict[str, float | None]
    segment: dict[str, str | None]
    latency_ms: float | None
    weight: float | None


class Outcome(NamedTuple):
    """One call of `outcome`."""

    id: str
    time_us: int
    values: dict[str, Plain]
    prediction_time_us: int | None


class Note(NamedTuple):
    """One call of `change`: the members of its JSON object."""

    members: Mapping[str, str]


class Chunk(NamedTuple):
    """Some rows of `log_batch`: equally long columns under their wire names."""

    columns: dict[str, list[Plain]]
    rows: int


Entry = Prediction | Outcome | Note | Chunk
