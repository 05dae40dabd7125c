"""Samples of metrics as every format hands them over, whatever it calls them.

A sender names its series anew in each request, in the same bytes. These bytes are looked up in a `Book`; only what
is not in it yet is taken apart, so a sample of a known series costs one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

UNMATCHED: Final = -1  # a series that no stack profile asks for
REFUSED: Final = -2  # one past the cap

_FORGOTTEN: Final = 200_000  # keys of series nobody asks for; beyond it they are taken apart anew


@dataclass(frozen=True, slots=True)
class Sent:
    """A series as its sender names it: a Prometheus name, its labels, and how its values are to be read."""

    name: str
    labels: Mapping[str, str]
    delta: bool = False  # each value is an increase; else counters are totals
    start_us: int | None = None  # when a total began, if its sender says so


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Arrays of one length: the number of the series in its book, the time in ms, the value."""

    series: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    ignored: int = 0  # samples of kinds that are not read


@dataclass(slots=True)
class Book:
    """Which series of one project has which number; `enter` gives a number to a new one."""

    enter: Callable[[Sent], int]
    numbers: dict[bytes, int] = field(default_factory=dict)
    groups: dict[bytes, NDArray[np.int64]] = field(default_factory=dict)  # the series of one histogram, in order
    unmatched: int = 0

    def number(self, key: bytes, sent: Sent) -> int:
        """The number of a series that is not in `numbers`; it is there afterwards."""
        number = self.enter(sent)
        if number == REFUSED:
            return number  # there may be room later
        if number == UNMATCHED:
            self.unmatched += 1
            if self.unmatched > _FORGOTTEN:
                self.numbers = {key: known for key, known in self.numbers.items() if known != UNMATCHED}
                self.unmatched = 1
        self.numbers[key] = number
        return number

    def group(self, key: bytes, sent: Sequence[Sent]) -> NDArray[np.int64]:
        """The numbers of series that come together under one key."""
        found = self.groups.get(key)
        if found is None:
            found = np.array([self.enter(each) for each in sent], dtype=np.int64)
            if len(self.groups) >= _FORGOTTEN:
                self.groups.clear()
            if (found != REFUSED).all():
                self.groups[key] = found
        return found
