"""One monitor on one window."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from seamark.records.window import Window


class Status(IntEnum):
    """What an evaluation says; the value is what evaluation blocks store (uint8)."""

    OK = 0  # within the clear threshold
    ELEVATED = 1  # between clear and fire
    BREACH = 2
    INSUFFICIENT = 3  # fewer rows than the rule's minimum: neither alarm nor health
    NO_DATA = 4
    AWAITED = 5  # too few of the outcomes have come to judge


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One monitor on one window, unpacked from its evaluation block (`block_seq`)."""

    block_seq: int
    project: str
    model: str
    version: str
    segment: str
    monitor: str  # name in the monitor set
    window: Window
    status: Status
    value: float  # debiased, in the statistic's native unit
    threshold: float
    effect: float
    n: float  # effective sample size
    p: float = float("nan")
    late: bool = False
    provisional: bool = False
    span: int = 1  # windows that the value is about: this one and those before it
    now: float | None = None  # what was measured and what is usual, in rows, a share or the signal's own unit;
    usual: float | None = None  # None for distributions, of which there is no such number
    component: str = ""  # the label of the machine or service it is about; then `model` is ""

    @property
    def evidence(self) -> Window:
        """The time the value is about."""
        return Window(self.window.end_us - self.span * self.window.length_us, self.window.end_us)
