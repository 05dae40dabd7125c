"""Verdicts about components in SQLite: a row per component and hour."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from seamark.clock import HOUR_US
from seamark.records.delivery import FastStep
from seamark.records.metric import Component, ComponentKind
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.local.database import Database
from seamark.store.local.marks import Mark, set_mark


def put_verdicts(connection: sqlite3.Connection, step: FastStep) -> None:
    """What a step says of components; inside its transaction."""
    if step.judged_us is not None:
        set_mark(connection, Mark.METRICS_JUDGED, step.judged_us)
    connection.executemany(
        """INSERT INTO judged_components (project, kind, name, heard_us) VALUES (?, ?, ?, ?)
            ON CONFLICT (project, kind, name) DO UPDATE SET heard_us = excluded.heard_us""",
        [(each.project, each.kind, each.name, heard_us) for each, heard_us in step.heard],
    )
    connection.executemany(
        """INSERT OR IGNORE INTO judged_components (project, kind, name, heard_us) VALUES (?, ?, ?, 0)""",
        [(b.component.project, b.component.kind, b.component.name) for b in step.verdicts],
    )
    connection.executemany(
        """INSERT OR REPLACE INTO verdicts SELECT id, ?, ? FROM judged_components
            WHERE project = ? AND kind = ? AND name = ?""",
        [(b.hour_us, b.payload, b.component.project, b.component.kind, b.component.name) for b in step.verdicts],
    )
    if step.forget_verdicts_us:
        connection.execute("DELETE FROM verdicts WHERE hour_us <= ?", (step.forget_verdicts_us - HOUR_US,))
        connection.execute("DELETE FROM judged_components WHERE id NOT IN (SELECT component FROM verdicts)")


def read_heard(database: Database) -> dict[Component, int]:
    """When anything was last heard of each component there are verdicts of."""
    found = database.query("SELECT project, kind, name, heard_us FROM judged_components")
    return {_component(project, kind, name): heard_us for project, kind, name, heard_us in found}


def read_verdicts(
    database: Database, project: str, window: Window, components: Collection[Component] | None
) -> list[VerdictBlock]:
    """The blocks of the hours that overlap `window`, by component and hour."""
    wanted = None if components is None else json.dumps([each.label for each in components if each.project == project])
    found = database.query(
        """SELECT c.kind, c.name, v.hour_us, v.payload FROM judged_components AS c
            CROSS JOIN verdicts AS v ON v.component = c.id
            WHERE c.project = ?1 AND v.hour_us > ?2 AND v.hour_us < ?3
            AND (?4 IS NULL OR c.kind || '/' || c.name IN (SELECT value FROM json_each(?4)))
            ORDER BY c.kind, c.name, v.hour_us""",
        (project, window.start_us - HOUR_US, window.end_us, wanted),
    )
    return [VerdictBlock(_component(project, kind, name), hour_us, payload) for kind, name, hour_us, payload in found]


def _component(project: str, kind: str, name: str) -> Component:
    return Component(project, ComponentKind(kind), name)
