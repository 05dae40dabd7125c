"""What the fast lane keeps, in SQLite."""

# ruff: noqa: D102, S608 - `protocol.py` says what each method does; only constants are put into SQL

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from seamark.errors import Conflict
from seamark.records.alert import Alert, AlertState
from seamark.records.answer import Answer
from seamark.records.blocks import EvaluationBlock
from seamark.records.delivery import FastStep
from seamark.records.incident import Incident, IncidentState
from seamark.records.log import Change
from seamark.records.window import Window
from seamark.store.codec import from_text, to_text
from seamark.store.local.database import Database
from seamark.store.local.marks import READ, Mark, read_mark, set_mark
from seamark.store.local.post import put_news
from seamark.store.local.slow import EVALUATIONS, as_evaluation
from seamark.store.local.step import put_changes
from seamark.store.local.verdicts import put_verdicts


class LocalFast:
    """`seamark.store.protocol.Fast`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def evaluations_through(self) -> int:
        return int(self._database.query(READ, (Mark.EVALUATIONS_THROUGH,))[0][0])

    def new_evaluations(self, after_seq: int, limit: int) -> list[EvaluationBlock]:
        found = self._database.query(f"{EVALUATIONS} WHERE e.seq > ? ORDER BY e.seq LIMIT ?", (after_seq, limit))
        return [as_evaluation(row) for row in found]

    def commit(self, step: FastStep) -> None:
        with self._database.transaction() as connection:
            _move_mark(connection, step.evaluations_through)
            connection.executemany(
                "INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?)",
                [_alert_row(alert) for alert in step.alerts],
            )
            connection.executemany("DELETE FROM alerts WHERE id = ?", [(id_,) for id_ in step.dropped_alerts])
            connection.executemany(
                "INSERT OR REPLACE INTO incidents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [_incident_row(incident) for incident in step.incidents],
            )
            put_news(connection, step.deliveries)
            put_verdicts(connection, step)
            put_changes(connection, step.changes)

    def alerts(self, project: str | None = None, *, model: str | None = None, live: bool = False) -> list[Alert]:
        found = self._database.query(
            f"""SELECT record FROM alerts WHERE project = coalesce(?, project) AND model = coalesce(?, model)
                {"AND live" if live else ""} ORDER BY id""",
            (project, model),
        )
        return [from_text(text, Alert) for (text,) in found]

    def alert(self, id: str) -> Alert | None:
        found = self._database.query("SELECT record FROM alerts WHERE id = ?", (id,))
        return from_text(found[0][0], Alert) if found else None

    def members(self, incidents: Sequence[Incident]) -> dict[str, Alert]:
        ids = [id_ for incident in incidents for id_ in incident.alerts]
        found = self._database.query(
            "SELECT record FROM alerts WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )
        return {alert.id: alert for (text,) in found for alert in (from_text(text, Alert),)}

    def told_through(self, fingerprint: str) -> int | None:
        found = self._database.query(
            "SELECT max(evidence_end_us) FROM alerts WHERE fingerprint = ? AND NOT live", (fingerprint,)
        )
        return None if found[0][0] is None else int(found[0][0])

    def incidents(
        self,
        project: str | None = None,
        *,
        model: str | None = None,
        state: IncidentState | None = None,
        window: Window | None = None,
    ) -> list[Incident]:
        start_us, end_us = (None, None) if window is None else (window.start_us, window.end_us)
        found = self._database.query(
            """SELECT record FROM incidents WHERE project = coalesce(?1, project) AND model = coalesce(?2, model)
                AND state = coalesce(?3, state) AND (?4 IS NULL OR (end_us > ?4 AND start_us < ?5))
                ORDER BY opened_us DESC, id DESC""",
            (project, model, state, start_us, end_us),
        )
        return [from_text(text, Incident) for (text,) in found]

    def incident(self, id: str) -> Incident | None:
        found = self._database.query("SELECT record FROM incidents WHERE id = ?", (id,))
        return from_text(found[0][0], Incident) if found else None

    def changes(self, project: str, window: Window, model: str | None = None) -> list[Change]:
        found = self._database.query(
            """SELECT record FROM changes WHERE project = ? AND time_us >= ? AND time_us < ?
                AND (? IS NULL OR model IS NULL OR model = ?) ORDER BY time_us, id""",
            (project, window.start_us, window.end_us, model, model),
        )
        return [from_text(text, Change) for (text,) in found]

    def answers(self, project: str, model: str | None = None) -> list[Answer]:
        found = self._database.query(
            "SELECT record FROM answers WHERE project = ? AND model = coalesce(?, model) ORDER BY at_us, id",
            (project, model),
        )
        return [from_text(text, Answer) for (text,) in found]


def _move_mark(connection: sqlite3.Connection, through_seq: int) -> None:
    present, newest = read_mark(connection, Mark.EVALUATIONS_THROUGH), read_mark(connection, Mark.EVALUATION_SEQ)
    if not present <= through_seq <= newest:
        raise Conflict(
            f"The fast lane cannot move to evaluation {through_seq}: it stands at {present}, the newest is {newest}. "
            "Only one fast lane may run, on what the slow lane has evaluated."
        )
    set_mark(connection, Mark.EVALUATIONS_THROUGH, through_seq)


def _alert_row(alert: Alert) -> tuple[object, ...]:
    live = alert.state is not AlertState.RESOLVED
    return alert.id, alert.project, alert.model, live, alert.fingerprint, alert.evidence.end_us, to_text(alert)


def _incident_row(incident: Incident) -> tuple[object, ...]:
    return (
        incident.id,
        incident.project,
        incident.model,
        incident.state,
        incident.opened_us,
        incident.evidence.start_us,
        incident.evidence.end_us,
        to_text(incident),
    )
