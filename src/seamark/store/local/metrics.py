"""Metrics in SQLite: a row per component, step and block of time."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from seamark.clock import MINUTE_US
from seamark.records.metric import Component, ComponentKind, MetricKind, Series
from seamark.records.signals import Layer
from seamark.records.topology import Topology
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.drawer_of_metrics import MAX_SERIES, STEPS, UNSEEN_US, Pair
from seamark.store.local.database import Database
from seamark.store.local.edges import read_topology, see_edges
from seamark.store.local.marks import READ, Mark, read_mark, set_mark
from seamark.store.local.verdicts import read_heard, read_verdicts
from seamark.store.stretches import Stretch, coarser, cut, from_bytes, note_written, on_one_grid, to_bytes, together

_COMPONENT: Final = "SELECT id FROM metric_components WHERE project = ? AND kind = ? AND name = ?"
_BLOCK: Final = "SELECT payload FROM metric_blocks WHERE component = ? AND step_us = ? AND start_us = ?"
_SERIES: Final = """SELECT c.project, c.kind, c.name, s.layer, s.metric, s.unit, s.kind
    FROM metric_series AS s JOIN metric_components AS c ON c.id = s.component"""


class LocalMetrics:
    """`seamark.store.drawer_of_metrics.Metrics`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written: dict[str, dict[int, int]] = {}  # by project and hour; changed after the commit
        self._known: set[Series] | None = None  # what `metric_series` holds; looked at inside transactions only

    def add(
        self,
        stretches: Sequence[Stretch],
        states: Mapping[str, bytes] = MappingProxyType({}),
        *,
        max_series: int = MAX_SERIES,
    ) -> int:
        with self._database.transaction() as connection:
            known, self._known = self._known, None  # until the commit: it may fail
            if known is None:
                known = set(map(_as_series, connection.execute(_SERIES).fetchall()))
            new, refused = _chosen({stretch.series for stretch in stretches}, known, max_series)
            _insert_series(connection, new)
            taken = known.union(new)
            _put(connection, [stretch for stretch in stretches if stretch.series in taken])
            if refused:
                mark = Mark.METRIC_REFUSED_SERIES
                set_mark(connection, mark, read_mark(connection, mark) + refused)
            connection.executemany("INSERT OR REPLACE INTO metric_states VALUES (?, ?)", list(states.items()))
        self._known = taken
        for stretch in stretches:
            note_written(self._written, stretch)
        return refused

    def written(self, project: str) -> dict[int, int]:
        return dict(self._written.get(project, {}))

    def state(self, name: str) -> bytes | None:
        found = self._database.query("SELECT payload FROM metric_states WHERE name = ?", (name,))
        return found[0][0] if found else None

    def series(self, project: str | None = None) -> list[Series]:
        found = self._database.query(f"{_SERIES} WHERE c.project = coalesce(?, c.project)", (project,))
        return sorted(map(_as_series, found))

    def read(
        self,
        project: str,
        window: Window,
        step_us: int = MINUTE_US,
        *,
        components: Collection[Component] | None = None,
        metrics: Collection[str] | None = None,
    ) -> list[Stretch]:
        wanted = None if components is None else json.dumps([f"{each.kind}/{each.name}" for each in components])
        found: list[Stretch] = []
        for step, length_us in STEPS.items():
            blocks = self._database.query(
                """SELECT c.kind, c.name, b.start_us, b.payload FROM metric_components AS c
                    CROSS JOIN metric_blocks AS b ON b.component = c.id
                    WHERE c.project = ?1 AND b.step_us = ?2 AND b.start_us > ?3 AND b.start_us < ?4
                    AND (?5 IS NULL OR c.kind || '/' || c.name IN (SELECT value FROM json_each(?5)))""",
                (project, step, window.start_us - length_us, window.end_us, wanted),
            )
            for kind, name, start_us, payload in blocks:
                component = Component(project, ComponentKind(kind), name)
                block = from_bytes(payload, component, start_us, step, length_us // step)
                found += [each for each in block if metrics is None or each.series.metric in metrics]
        return on_one_grid(found, window, max([step_us, *(each.step_us for each in found)]))

    def judged_us(self) -> int:
        return int(self._database.query(READ, (Mark.METRICS_JUDGED,))[0][0])

    def heard(self) -> dict[Component, int]:
        return read_heard(self._database)

    def verdicts(
        self, project: str, window: Window, *, components: Collection[Component] | None = None
    ) -> list[VerdictBlock]:
        return read_verdicts(self._database, project, window, components)

    def see(self, pairs: Collection[Pair], at_us: int) -> None:
        see_edges(self._database, pairs, at_us)

    def topology(self) -> Topology:
        return read_topology(self._database)

    def fold(self, step_us: int, before_us: int, most: int) -> int:
        length_us = STEPS[step_us]
        wider = list(STEPS)[list(STEPS).index(step_us) + 1]
        with self._database.transaction() as connection:
            old = connection.execute(
                """SELECT b.component, b.start_us, b.payload, c.project, c.kind, c.name FROM metric_blocks AS b
                    JOIN metric_components AS c ON c.id = b.component
                    WHERE b.step_us = ? AND b.start_us <= ? ORDER BY b.start_us LIMIT ?""",
                (step_us, before_us - length_us, most),
            ).fetchall()
            folded = [
                coarser(stretch, wider)
                for _, start_us, payload, *who in old
                for stretch in from_bytes(payload, _as_component(who), start_us, step_us, length_us // step_us)
            ]
            _put(connection, folded)
            connection.executemany(
                "DELETE FROM metric_blocks WHERE component = ? AND step_us = ? AND start_us = ?",
                [(component, step_us, start_us) for component, start_us, *_ in old],
            )
            return len(old)

    def forget(self, before_us: int) -> int:
        with self._database.transaction() as connection:
            self._known = None
            gone = 0
            for step_us, length_us in STEPS.items():
                gone += connection.execute(
                    "DELETE FROM metric_blocks WHERE step_us = ? AND start_us <= ?", (step_us, before_us - length_us)
                ).rowcount
            silent = "NOT IN (SELECT component FROM metric_blocks)"
            connection.execute("DELETE FROM edges WHERE seen_us < ?", (before_us - UNSEEN_US,))
            connection.execute(f"DELETE FROM metric_series WHERE component {silent}")  # noqa: S608 a constant
            connection.execute(f"DELETE FROM metric_components WHERE id {silent}")  # noqa: S608 a constant
            return gone


def _chosen(wanted: set[Series], known: set[Series], most: int) -> tuple[list[Series], int]:
    """The new series that their projects have room for, and how many have none."""
    new = sorted(wanted - known)
    taken = Counter(series.component.project for series in known) if new else Counter()
    chosen = []
    for series in new:
        if taken[series.component.project] < most:
            taken[series.component.project] += 1
            chosen.append(series)
    return chosen, len(new) - len(chosen)


def _insert_series(connection: sqlite3.Connection, new: Iterable[Series]) -> None:
    connection.executemany(
        "INSERT INTO metric_series VALUES (?, ?, ?, ?, ?)",
        [(_number(connection, each.component), each.layer, each.metric, each.unit, each.kind) for each in new],
    )


def _put(connection: sqlite3.Connection, stretches: Iterable[Stretch]) -> None:
    """Add stretches to the blocks they belong to."""
    pieces: dict[tuple[Component, int, int], list[Stretch]] = {}
    for stretch in stretches:
        for piece in cut(stretch, STEPS[stretch.step_us]):
            pieces.setdefault((piece.series.component, piece.step_us, piece.start_us), []).append(piece)
    for (component, step_us, start_us), new in sorted(pieces.items()):
        key = (_number(connection, component), step_us, start_us)
        points = STEPS[step_us] // step_us
        stored = connection.execute(_BLOCK, key).fetchone()
        old = [] if stored is None else from_bytes(stored[0], component, start_us, step_us, points)
        block = to_bytes(together([*old, *new]))
        connection.execute("INSERT OR REPLACE INTO metric_blocks VALUES (?, ?, ?, ?)", (*key, block))


def _number(connection: sqlite3.Connection, component: Component) -> int:
    key = (component.project, component.kind, component.name)
    found = connection.execute(_COMPONENT, key).fetchone()
    if found is None:
        connection.execute("INSERT INTO metric_components (project, kind, name) VALUES (?, ?, ?)", key)
        found = connection.execute(_COMPONENT, key).fetchone()
    return int(found[0])


def _as_component(row: Sequence[Any]) -> Component:
    project, kind, name = row
    return Component(project, ComponentKind(kind), name)


def _as_series(row: Sequence[Any]) -> Series:
    layer, metric, unit, kind = row[3:]
    return Series(_as_component(row[:3]), Layer(layer), metric, unit, MetricKind(kind))
