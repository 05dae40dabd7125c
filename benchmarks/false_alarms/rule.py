"""What a rule is: a module of `peers/` with the names below, found by its file name.

    NAME: str         what it is called in the table
    VERSION: str      of its library
    DEFAULT: str      its default rule, in a sentence
    EVERY: dict       optional: rows of a window → judge only every n-th window, because the library is slow
    fit(reference, history) -> alarms
    alarms(window, time) -> Verdict

`reference` and a window are columns as in `workload.py`. `history` are the four weeks before the windows, hours of as
many rows as the windows have; a rule that learns nothing from them ignores it. `time` is the start of the window in
microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workload import Columns


@dataclass(frozen=True)
class Verdict:
    """The columns that alarm; `data_set` is what a library says of all of them together, where it does."""

    columns: frozenset[str]
    data_set: bool | None = None

    @classmethod
    def of(cls, columns: Iterable[str], *, data_set: bool | None = None) -> Verdict:
        return cls(frozenset(columns), data_set)


Alarms = Callable[[Columns, int], Verdict]
