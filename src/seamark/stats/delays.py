"""How long outcomes take, and so how many of a window's outcomes should be there by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_MINUTE_US: Final = 60_000_000
_AN_OCTAVE: Final = 4
EDGES_US: Final = (_MINUTE_US * 2.0 ** (np.arange(80) / _AN_OCTAVE)).astype(np.int64)  # 1 minute to 1.7 years
"""int64[80]: bucket b holds delays from edge b - 1 to below edge b; each is 19 % longer than the one before."""
BUCKETS: Final = len(EDGES_US) + 1

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def bucket(delay_us: Counts) -> Counts:
    """int64[N]: the bucket of each delay; what came true before it was predicted is in the first."""
    return np.searchsorted(EDGES_US, delay_us, side="right")


@dataclass(frozen=True, slots=True, eq=False)
class DelayCurve:
    """`share` float64[BUCKETS]: the share of predictions whose outcome is known when the bucket ends.

    The life-table estimate: what a bucket adds is its outcomes among the windows old enough to have had them, over the
    rows of those windows. So it is learned while the youngest windows still wait for most of theirs, and the part of it
    that no window has lived to see adds nothing. Misleads while the delay itself is changing.

    >>> curve = DelayCurve.learned(np.array([[90, 0], [0, 0]]), rows=np.array([100, 100]), age_us=np.array([10**9, 0]))
    >>> float(curve.at(np.array([10**9]))[0])
    0.9
    """

    share: Floats

    @classmethod
    def learned(cls, delays: Counts, rows: Counts, age_us: Counts) -> DelayCurve:
        """From W windows: delays int64[W, up to BUCKETS] of their joined rows, all their rows, and their age."""
        counted = np.zeros((len(rows), BUCKETS))
        counted[:, : delays.shape[1]] = delays
        ends = np.append(EDGES_US, np.iinfo(np.int64).max)
        lived = age_us[:, None] >= np.minimum(ends, EDGES_US[-1])[None, :]
        joined, at_risk = (counted * lived).sum(axis=0), (rows[:, None] * lived).sum(axis=0)
        added = np.divide(joined, at_risk, out=np.zeros(BUCKETS), where=at_risk > 0)
        return cls(np.minimum(np.cumsum(added), 1.0))

    def at(self, age_us: Counts) -> Floats:
        """float64[N]: the share of predictions of that age whose outcome should be known; straight between edges."""
        found: Floats = np.interp(age_us, np.append(0, EDGES_US), np.append(0.0, self.share[:-1]))
        return found

    def reached_us(self, part: float) -> int:
        """The age by which so great a part of the outcomes that ever come is known; 0 where none came."""
        reached = np.flatnonzero(self.share >= part * self.final)
        return int(EDGES_US[min(int(reached[0]), len(EDGES_US) - 1)]) if self.final > 0 else 0

    @property
    def final(self) -> float:
        """The share of predictions that ever get an outcome, as far as anybody has lived to see."""
        return float(self.share[-1])
