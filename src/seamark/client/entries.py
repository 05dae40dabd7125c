"""What waits in the buffer: everything a host logged, already plain.

Each entry knows about how many bytes of memory it takes (`size`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from seamark.client.values import Plain, Snapshot
from seamark.wire.json import CHANGES_PATH, OUTCOMES_PATH, PREDICTIONS_PATH


class Prediction(NamedTuple):
    """One call of `log`."""

    id: str
    time_us: int
    features: Snapshot
    prediction: Plain
    score: float | None
    scores: Snapshot
    segment: Snapshot
    latency_ms: float | None
    weight: float | None
    size: int


class Outcome(NamedTuple):
    """One call of `outcome`."""

    id: str
    time_us: int
    values: Snapshot
    prediction_time_us: int | None
    size: int


class Note(NamedTuple):
    """One call of `change`: the members of its JSON object."""

    members: Mapping[str, str]
    size: int


class Chunk(NamedTuple):
    """Some rows of `log_batch`: equally long columns under their wire names."""

    columns: Mapping[str, Sequence[Plain]]
    rows: int
    size: int


Entry = Prediction | Outcome | Note | Chunk

PATHS: Final[Mapping[type[Entry], str]] = {
    Prediction: PREDICTIONS_PATH,
    Chunk: PREDICTIONS_PATH,
    Outcome: OUTCOMES_PATH,
    Note: CHANGES_PATH,
}
"""Where each kind is posted. What shares a path keeps its order."""

ALONE: Final = frozenset({Note, Chunk})
"""Each of these is a request of its own; of the others many make one."""
