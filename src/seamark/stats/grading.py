"""What a stored scorecard says, and the vectors that stand under it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from seamark.errors import Corrupt
from seamark.stats import tally
from seamark.stats.delays import BUCKETS
from seamark.stats.scorecard import Scorecard

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grading:
    """How a model's answers are graded: by which outcome value, on which card.

    `outcome` is the column `value.NAME` that says what came true, `scores` are those that `card.edges` bin,
    `dimensions` those whose segments are graded apart, and `wish` is what the owner had said when it was made.
    `business` has the expressions of each declared metric by key (`numerator`, `denominator`, `where`), which see the
    `columns` and no others, absent ones as missing: so a row counts the same in whichever batch it comes.
    `unknown` says of the metrics that cannot be counted why.
    A block's vector is [joined rows by the delay of their first outcome | the card's vector].
    """

    outcome: str
    scores: tuple[str, ...]
    dimensions: tuple[str, ...]
    wish: str
    card: Scorecard
    business: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Length of a block's vector."""
        return BUCKETS + self.card.width

    def encode(self, vectors: Counts) -> list[bytes]:
        """int64[N, width] → the payloads of N blocks."""
        return tally.encode(vectors, self.card.digest)

    def decode(self, payloads: Sequence[bytes]) -> Counts:
        """int64[N, width] of N blocks; raises Corrupt for those of another card."""
        return tally.decode(payloads, self.card.digest, self.width)

    def to_bytes(self) -> bytes:
        """As JSON."""
        document = {
            "outcome": self.outcome,
            "scores": self.scores,
            "dimensions": self.dimensions,
            "wish": self.wish,
            "card": self.card.to_dict(),
            "business": {name: dict(texts) for name, texts in self.business.items()},
            "columns": self.columns,
            "unknown": dict(self.unknown),
        }
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, payload: bytes) -> Grading:
        """Read what `to_bytes` wrote; raises Corrupt when it is anything else."""
        try:
            document = json.loads(payload)
            scores, dimensions = tuple(document["scores"]), tuple(document["dimensions"])
            card = Scorecard.from_dict(document["card"])
            return cls(
                document["outcome"],
                scores,
                dimensions,
                document["wish"],
                card,
                business=dict(document.get("business", {})),  # an older Seamark counted none
                columns=tuple(document.get("columns", ())),
                unknown=dict(document.get("unknown", {})),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupt(f"A stored scorecard cannot be read: {error!r}.") from error


def delays(vectors: Counts) -> Counts:
    """int64[..., BUCKETS]: joined rows by the delay of their first outcome."""
    return vectors[..., :BUCKETS]


def counts(vectors: Counts) -> Counts:
    """int64[..., card.width]: what the card says."""
    return vectors[..., BUCKETS:]
