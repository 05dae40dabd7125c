"""What a backend promises about metrics; the other drawers stand in `protocol.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.records.metric import Component, Series
from seamark.records.topology import Topology
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.stretches import Stretch

STEPS: Final = {MINUTE_US: HOUR_US, 5 * MINUTE_US: DAY_US, HOUR_US: 10 * DAY_US}
"""The grids metrics are kept on, finest first, and how long a block of each is."""
UNSEEN_US: Final = 2 * HOUR_US  # an edge that was not seen for so long no longer holds
MAX_SERIES: Final = 50_000  # of metrics, of one project


Pair = tuple[str, str, str]  # project, and the labels of cause and effect


class Metrics(Protocol):
    """Series of the infrastructure and serving layers, in blocks of one component each."""

    def add(
        self,
        stretches: Sequence[Stretch],
        states: Mapping[str, bytes] = MappingProxyType({}),
        *,
        max_series: int = MAX_SERIES,
    ) -> int:
        """Add points of the finest step to what is stored, and replace the `states` of those who brought them.

        Returns how many new series a project had no room for; nothing of these is stored, and the fact
        `metric_refused_series` grows by as many.
        """
        ...

    def state(self, name: str) -> bytes | None:
        """What was last stored under that name: how far a source has got, say."""
        ...

    def series(self, project: str | None = None) -> list[Series]:
        """All series that have been stored and not been forgotten, in their order."""
        ...

    def read(
        self,
        project: str,
        window: Window,
        step_us: int = MINUTE_US,
        *,
        components: Collection[Component] | None = None,
        metrics: Collection[str] | None = None,
    ) -> list[Stretch]:
        """What is known of `window`, one stretch per series in their order; those that say nothing are left out.

        All are on one grid, that of `step_us` (a multiple of a minute) or, where older blocks of `window` are kept in
        less detail, of the least detail there; each covers the points that touch `window`.
        """
        ...

    def judged_us(self) -> int:
        """The moment the last verdicts speak of, 0 before the first; a FastStep brings them."""
        ...

    def heard(self) -> dict[Component, int]:
        """Every component there are verdicts of, and when anything was last heard of it."""
        ...

    def verdicts(
        self, project: str, window: Window, *, components: Collection[Component] | None = None
    ) -> list[VerdictBlock]:
        """The blocks of the hours that overlap `window`, by component and hour."""
        ...

    def written(self, project: str) -> dict[int, int]:
        """How often `add` has changed each hour since the store was opened, by the hour's start; never is left out.

        Whoever keeps what it read of an hour asks for this first, and reads the hour again where the number has grown.
        """
        ...

    def see(self, pairs: Collection[Pair], at_us: int) -> None:
        """Note that something rests on something else at a moment.

        What has not been seen for `UNSEEN_US` has ended; seen again later, it begins anew.
        """
        ...

    def topology(self) -> Topology:
        """All edges that were ever seen, of all projects, each with the time it held."""
        ...

    def fold(self, step_us: int, before_us: int, most: int) -> int:
        """Put the oldest blocks of a step that end before `before_us` into those of the next; returns how many."""
        ...

    def forget(self, before_us: int) -> int:
        """Delete blocks and edges that end before `before_us`, and series that have no block left.

        Returns how many blocks.
        """
        ...
