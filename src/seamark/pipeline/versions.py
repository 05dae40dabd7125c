"""A new version beside an old one: its rows against those of all others in the same hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.evaluate import Plan, evaluate
from seamark.detect.windows import ENOUGH_ROWS, LENGTHS_US
from seamark.profile.bins import read_profile
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.stats.profile import Profile
from seamark.store.protocol import Store

_MOST = 10  # of the newest versions are compared with the rest
_NO_USUAL = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What one window says of one version."""

    version: str
    rows: int
    arrays: dict[str, NDArray[np.generic]]


class Versions:
    """The versions that answered in some windows or in the day before them."""

    def __init__(self, store: Store, model: Model, plan: Plan, reach: Window, min_rows: int) -> None:
        self._plan, self._min_rows = plan, min_rows
        self._hours: dict[str, dict[int, Profile]] = {}
        span = Window(reach.start_us - DAY_US, reach.end_us)
        for block in store.slow.profiles(model.project, model.name, model.bin_set or 0, span):
            profile = read_profile(block.payload, plan.bin_set)
            self._hours.setdefault(block.key.version, {})[block.key.hour_us] = profile
        self._order = sorted(self._hours, key=lambda version: (model.first_us.get(version, 0), version))

    def compared(self, window: Window) -> Iterator[Compared]:
        """Each version of the last day but the one that came first, where the others have rows enough as well."""
        day = Window(window.end_us - DAY_US, window.end_us)
        present = [version for version in self._order if self._rows(version, day) > 0]
        for version in present[1:][-_MOST:]:
            span = self._span(version, window)
            mine = self._total([version], span)
            others = self._total([other for other in present if other != version], span)
            if others.rows < self._min_rows:
                continue
            arrays = evaluate(self._plan, mine, others, _NO_USUAL)
            windows = np.full(len(self._plan.monitors), span.length_us // window.length_us, dtype=np.int16)
            yield Compared(version, mine.rows, {**arrays, "span": windows})

    def _span(self, version: str, window: Window) -> Window:
        """The shortest stretch of time up to the window's end with enough rows of the version; a day at most."""
        for length_us in sorted({window.length_us, *LENGTHS_US}):
            span = Window(window.end_us - length_us, window.end_us)
            if length_us >= window.length_us and self._rows(version, span) >= ENOUGH_ROWS:
                return span
        return Window(window.end_us - max(DAY_US, window.length_us), window.end_us)

    def _rows(self, version: str, span: Window) -> int:
        hours = self._hours[version]
        return sum(hours[hour].rows for hour in _hours(span) if hour in hours)

    def _total(self, versions: Sequence[str], span: Window) -> Profile:
        found = [self._hours[v][hour] for v in versions for hour in _hours(span) if hour in self._hours[v]]
        return Profile.total(found, self._plan.bin_set)


def _hours(span: Window) -> range:
    return range(span.start_us, span.end_us, HOUR_US)
