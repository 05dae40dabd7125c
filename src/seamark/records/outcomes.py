"""How many outcomes a model has, and how many of them wait for their prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from seamark.clock import DAY_US

WAIT_US: Final = 90 * DAY_US
"""An outcome waits so long for its prediction: it joins none that was made later than this after it."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Counts that the slow lane keeps with the rows.

    An id waits as long as an outcome but no prediction of it is known; it counts on the day of its first outcome.
    """

    rows: int = 0  # stored, corrections and repetitions among them
    matched: int = 0  # ids that have a prediction
    days: tuple[int, ...] = ()  # UTC days since 1970, ascending
    waiting: tuple[int, ...] = ()  # ids of each of those days

    def grown(self, rows: int, matched: int, change: Mapping[int, int]) -> Outcomes:
        """With more rows and matched ids, and more (or fewer) ids waiting, by day."""
        by_day = dict(zip(self.days, self.waiting, strict=True))
        for day, ids in change.items():
            by_day[day] = by_day.get(day, 0) + ids
        left = sorted(day for day, ids in by_day.items() if ids)
        return Outcomes(self.rows + rows, self.matched + matched, tuple(left), tuple(by_day[day] for day in left))

    def split(self, now_us: int) -> tuple[int, int]:
        """(ids that wait, ids that have waited in vain for 90 days)."""
        last_expired = (now_us - WAIT_US) // DAY_US - 1
        expired = sum(ids for day, ids in zip(self.days, self.waiting, strict=True) if day <= last_expired)
        return sum(self.waiting) - expired, expired
