"""Deletes what is too old from SQLite."""

# ruff: noqa: D102, S608 - `drawer_of_age.py` says what each method does; only constants are put into SQL

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from seamark.records.delivery import SETTLED
from seamark.records.incident import Incident, IncidentState
from seamark.store.codec import from_text
from seamark.store.local.database import Database, give_back
from seamark.store.local.marks import READ, Mark


class LocalForget:
    """`seamark.store.drawer_of_age.Forget`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def profiles(self, before_us: int, most: int) -> int:
        return self._delete(
            """DELETE FROM profiles WHERE rowid IN (
                SELECT rowid FROM profiles WHERE hour_us < ? ORDER BY hour_us LIMIT ?)""",
            (before_us, most),
        )

    def evaluations(self, before_us: int, most: int) -> int:
        return self._delete(
            f"""DELETE FROM evaluations WHERE seq IN (
                SELECT seq FROM evaluations WHERE end_us < ? AND seq <= ({READ}) ORDER BY end_us LIMIT ?)""",
            (before_us, Mark.EVALUATIONS_THROUGH, most),
        )

    def incidents(self, before_us: int, most: int) -> int:
        with self._database.transaction() as connection:
            doomed = connection.execute(
                """SELECT record FROM incidents WHERE state = ? AND end_us < ?
                    AND id NOT IN (SELECT incident FROM outbox WHERE state NOT IN (?, ?, ?))
                    ORDER BY end_us, id LIMIT ?""",
                (IncidentState.RESOLVED, before_us, *SETTLED, most),
            ).fetchall()
            if doomed:
                _delete_incidents(connection, [from_text(text, Incident) for (text,) in doomed])
            return len(doomed)

    def _delete(self, sql: str, parameters: tuple[object, ...]) -> int:
        with self._database.transaction() as connection:
            gone = connection.execute(sql, parameters).rowcount
            give_back(connection)
            return gone


def _delete_incidents(connection: sqlite3.Connection, doomed: Sequence[Incident]) -> None:
    ids = [(incident.id,) for incident in doomed]
    for table, column in (
        ("outbox", "incident"),
        ("threads", "incident"),
        ("acknowledgements", "incident"),
        ("incidents", "id"),
    ):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", ids)
    left = connection.execute("SELECT record FROM incidents")
    held = {alert for (text,) in left for alert in from_text(text, Incident).alerts}
    gone = {alert for incident in doomed for alert in incident.alerts} - held
    connection.executemany("DELETE FROM alerts WHERE id = ? AND NOT live", [(id_,) for id_ in gone])
