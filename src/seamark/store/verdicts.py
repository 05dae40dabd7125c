"""The stored form of what rules said of a component: a column per minute of an hour, or one for all of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import HOUR_US, MINUTE_US
from seamark.errors import Corrupt
from seamark.records.evaluation import Status
from seamark.records.metric_rule import Judgement

MINUTES: Final = HOUR_US // MINUTE_US
NOT_JUDGED: Final = 255
_FORMAT: Final = 1
_FOUR: Final = 4  # bytes of a float32
_KEPT_BITS: Final = np.uint32(0xFFFF_F000)  # of a float32: three digits, which is what is shown, and zeros for zlib
_WORST_FIRST: Final = (
    Status.BREACH,
    Status.ELEVATED,
    Status.OK,
    Status.INSUFFICIENT,
    Status.NO_DATA,
    NOT_JUDGED,
)


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What `rules` said in the minutes of an hour, or in all of it.

    `status` is uint8[rules, columns], NOT_JUDGED where nothing was said; `value` float32[rules, columns], NaN where
    there is none; `threshold` float32[rules], the newest.
    """

    rules: tuple[str, ...]
    status: NDArray[np.uint8]
    value: NDArray[np.float32]
    threshold: NDArray[np.float32]

    @classmethod
    def none(cls) -> Verdicts:
        """Those of an hour in which nothing has been judged yet."""
        shape = (0, MINUTES)
        return cls((), np.zeros(shape, np.uint8), np.zeros(shape, np.float32), np.zeros(0, np.float32))

    def said(self, minute: int, judgements: Mapping[str, Judgement]) -> Verdicts:
        """With what was said in one minute; what has been said in it before gives way."""
        rules = (*self.rules, *(name for name in judgements if name not in self.rules))
        new = len(rules) - len(self.rules)
        columns_there = self.status.shape[1]
        status = np.concatenate([self.status, np.full((new, columns_there), NOT_JUDGED, np.uint8)])
        value = np.concatenate([self.value, np.full((new, columns_there), np.nan, np.float32)])
        threshold = np.concatenate([self.threshold, np.full(new, np.nan, np.float32)])
        status[:, minute], value[:, minute] = NOT_JUDGED, np.nan
        for row, name in enumerate(rules):
            if (judgement := judgements.get(name)) is not None:
                status[row, minute] = judgement.status
                value[row, minute], threshold[row] = judgement.value, judgement.threshold
        return Verdicts(rules, status, value, threshold)

    def worst(self) -> Verdicts:
        """One column for the hour: the worst that was said, and the largest value that it was said of."""
        rank = np.full(256, len(_WORST_FIRST), np.uint8)
        rank[list(_WORST_FIRST)] = np.arange(len(_WORST_FIRST))
        ranks = rank[self.status]
        best = ranks.min(axis=1, keepdims=True) if self.rules else ranks[:, :1]
        status = np.array(_WORST_FIRST, np.uint8)[best]
        value = np.fmax.reduce(np.where(ranks == best, self.value, np.nan), axis=1, keepdims=True)
        return Verdicts(self.rules, status, value.astype(np.float32), self.threshold)


def to_bytes(verdicts: Verdicts) -> bytes:
    """As a block stores them; values keep three digits.

    Bytes of equal weight lie together, as in blocks of metrics: most of them are alike.
    """
    header = json.dumps([_FORMAT, verdicts.status.shape[1], verdicts.rules], separators=(",", ":")).encode()
    value = verdicts.value.astype("<f4")
    rounded = (value.view(np.uint32) + np.uint32(0x800)) & _KEPT_BITS
    value = np.where(np.isfinite(value), rounded.view(np.float32), value)
    numbers = np.concatenate([value.ravel(), verdicts.threshold]).astype("<f4")
    planes = np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, _FOUR).T)
    return len(header).to_bytes(4, "little") + zlib.compress(header + verdicts.status.tobytes() + planes.tobytes(), 1)


def from_bytes(payload: bytes) -> Verdicts:
    """Read `to_bytes`; raises Corrupt for anything else."""
    try:
        raw = zlib.decompress(payload[4:])
        at = int.from_bytes(payload[:4], "little")
        written, width, rules = json.loads(raw[:at])
        if written != _FORMAT:
            raise Corrupt(f"A block of verdicts is in format {written}; this Seamark reads format {_FORMAT}.")
        cells = len(rules) * width
        status = np.frombuffer(raw, np.uint8, cells, at).reshape(len(rules), width)
        planes = np.frombuffer(raw, np.uint8, offset=at + cells).reshape(_FOUR, -1)
        numbers = np.ascontiguousarray(planes.T).view("<f4").ravel()
        value = numbers[:cells].reshape(len(rules), width)
        return Verdicts(tuple(rules), status, value, numbers[cells:])
    except (ValueError, TypeError, zlib.error) as problem:
        raise Corrupt(f"A stored block of verdicts cannot be read: {problem}.") from problem
