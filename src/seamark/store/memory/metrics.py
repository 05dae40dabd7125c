"""Metrics in dictionaries."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from seamark.clock import HOUR_US, MINUTE_US
from seamark.records.metric import Component, Series
from seamark.records.topology import Edge, Topology
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.drawer_of_metrics import MAX_SERIES, STEPS, UNSEEN_US, Pair
from seamark.store.memory.state import State
from seamark.store.stretches import Stretch, coarser, cut, note_written, on_one_grid, together


class MemoryMetrics:
    """`seamark.store.drawer_of_metrics.Metrics`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(
        self,
        stretches: Sequence[Stretch],
        states: Mapping[str, bytes] = MappingProxyType({}),
        *,
        max_series: int = MAX_SERIES,
    ) -> int:
        with self._state:
            known = self._state.metric_series
            refused = 0
            for series in sorted({stretch.series for stretch in stretches} - known):
                project = series.component.project
                if sum(each.component.project == project for each in known) < max_series:
                    known.add(series)
                else:
                    refused += 1
            for stretch in stretches:
                if stretch.series in known:
                    self._put(stretch)
                    note_written(self._state.metrics_written, stretch)
            self._state.metric_refused_series += refused
            self._state.metric_states.update(states)
            return refused

    def state(self, name: str) -> bytes | None:
        with self._state:
            return self._state.metric_states.get(name)

    def series(self, project: str | None = None) -> list[Series]:
        with self._state:
            return sorted(each for each in self._state.metric_series if project in (None, each.component.project))

    def read(
        self,
        project: str,
        window: Window,
        step_us: int = MINUTE_US,
        *,
        components: Collection[Component] | None = None,
        metrics: Collection[str] | None = None,
    ) -> list[Stretch]:
        with self._state:
            found = [
                (step, stretch)
                for (step, start_us, component), block in sorted(self._state.metric_blocks.items())
                if component.project == project
                and (components is None or component in components)
                and Window(start_us, start_us + STEPS[step]).overlaps(window)
                for stretch in block
                if metrics is None or stretch.series.metric in metrics
            ]
        return on_one_grid([stretch for _, stretch in found], window, max([step_us, *(step for step, _ in found)]))

    def written(self, project: str) -> dict[int, int]:
        with self._state:
            return dict(self._state.metrics_written.get(project, {}))

    def judged_us(self) -> int:
        with self._state:
            return self._state.judged_us

    def heard(self) -> dict[Component, int]:
        with self._state:
            return dict(self._state.heard)

    def verdicts(
        self, project: str, window: Window, *, components: Collection[Component] | None = None
    ) -> list[VerdictBlock]:
        with self._state:
            return [
                block
                for (component, hour_us), block in sorted(self._state.verdicts.items(), key=lambda item: item[0])
                if component.project == project
                and (components is None or component in components)
                and Window(hour_us, hour_us + HOUR_US).overlaps(window)
            ]

    def see(self, pairs: Collection[Pair], at_us: int) -> None:
        with self._state:
            edges = self._state.edges
            for pair in pairs:
                spans = edges.setdefault(pair, [])
                if spans and abs(at_us - spans[-1][1]) <= UNSEEN_US:
                    spans[-1] = (spans[-1][0], max(at_us, spans[-1][1]))
                elif not spans or at_us > spans[-1][1]:
                    spans.append((at_us, at_us))

    def topology(self) -> Topology:
        with self._state:
            return Topology(
                tuple(
                    Edge(*pair, since_us, seen_us + UNSEEN_US)
                    for pair, spans in sorted(self._state.edges.items())
                    for since_us, seen_us in spans
                )
            )

    def fold(self, step_us: int, before_us: int, most: int) -> int:
        wider = list(STEPS)[list(STEPS).index(step_us) + 1]
        with self._state:
            blocks = self._state.metric_blocks
            old = sorted(key for key in blocks if key[0] == step_us and key[1] + STEPS[step_us] <= before_us)[:most]
            for key in old:
                for stretch in blocks.pop(key):
                    self._put(coarser(stretch, wider))
            return len(old)

    def forget(self, before_us: int) -> int:
        with self._state:
            blocks = self._state.metric_blocks
            old = [key for key in blocks if key[1] + STEPS[key[0]] <= before_us]
            for key in old:
                del blocks[key]
            for pair, spans in list(self._state.edges.items()):
                kept = [span for span in spans if span[1] >= before_us - UNSEEN_US]
                self._state.edges.pop(pair) if not kept else self._state.edges.update({pair: kept})
            alive = {component for _, _, component in blocks}
            self._state.metric_series = {each for each in self._state.metric_series if each.component in alive}
            return len(old)

    def _put(self, stretch: Stretch) -> None:
        for piece in cut(stretch, STEPS[stretch.step_us]):
            key = (piece.step_us, piece.start_us, piece.series.component)
            blocks = self._state.metric_blocks
            blocks[key] = together([*blocks.get(key, ()), piece])
