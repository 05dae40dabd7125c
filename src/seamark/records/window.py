"""Half-open stretches of time, in microseconds UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seamark.clock import DAY_US


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The half-open interval [start_us, end_us)."""

    start_us: int
    end_us: int

    @property
    def length_us(self) -> int:
        """Its duration."""
        return self.end_us - self.start_us

    def overlaps(self, other: Window) -> bool:
        """Whether the two share any instant."""
        return self.start_us < other.end_us and other.start_us < self.end_us

    def cover(self, other: Window) -> Window:
        """The smallest window that holds both."""
        return Window(min(self.start_us, other.start_us), max(self.end_us, other.end_us))

    def rolling_reach(self) -> Window:
        """What a rolling baseline of this window is made from: the two weeks that ended one window before it."""
        end_us = self.start_us - self.length_us
        return Window(end_us - 14 * DAY_US, end_us)

    def split(self, length_us: int) -> Iterator[Window]:
        """The aligned windows of `length_us` that touch this one, in order."""
        start = self.start_us // length_us * length_us
        while start < self.end_us:
            yield Window(start, start + length_us)
            start += length_us
