"""Messages, what was told, silences and acknowledgements, in SQLite."""

# ruff: noqa: D102, S608 - `drawer_of_post.py` says what each method does; only constants are put into SQL

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import Any, Final

from seamark.errors import NotFound
from seamark.records.delivery import Delivery, DeliveryState, PostStep, Thread
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement, Silence
from seamark.store.codec import from_text, to_text
from seamark.store.local.database import Database

_COLUMNS: Final = """incident, revision, receiver, occasion, reason, created_us, state, attempts, next_attempt_us,
    last_error, priority, released_us, note, payload"""
_OUTBOX: Final = f"SELECT {_COLUMNS} FROM outbox"
_PLACES: Final = ", ".join("?" * 14)
_AGE: Final = "ORDER BY created_us, incident, revision, receiver, occasion"
_HELD: Final = "('waiting', 'batched')"
_KEY: Final = "incident = ? AND revision = ? AND receiver = ? AND occasion = ?"


class LocalPost:
    """`seamark.store.drawer_of_post.Post`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def commit(self, step: PostStep) -> None:
        with self._database.transaction() as connection:
            connection.executemany(f"DELETE FROM outbox WHERE {_KEY}", [each.identity for each in step.routed])
            # What is on its way has been read by its receiver, perhaps: its words are final.
            connection.executemany(
                f"""INSERT INTO outbox ({_COLUMNS}) VALUES ({_PLACES})
                    ON CONFLICT DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in _changing())}
                    WHERE state IN ('waiting', 'batched', 'digest')""",
                [row_of(delivery) for delivery in step.deliveries],
            )
            _put_threads(connection, step.threads)

    def held(self, now_us: int, limit: int) -> list[Delivery]:
        found = self._database.query(
            f"""{_OUTBOX} AS o WHERE state IN {_HELD} AND EXISTS (
                SELECT 1 FROM outbox AS due WHERE due.state IN {_HELD} AND due.next_attempt_us <= ?
                AND due.incident = o.incident) {_AGE} LIMIT ?""",
            (now_us, limit),
        )
        return [_as_delivery(row) for row in found]

    def due_deliveries(self, now_us: int, limit: int) -> list[Delivery]:
        found = self._database.query(
            f"""{_OUTBOX} AS o WHERE state = 'pending' AND next_attempt_us <= ? AND NOT EXISTS (
                SELECT 1 FROM outbox AS first WHERE first.state = 'pending' AND first.incident = o.incident
                AND first.receiver = o.receiver AND (first.released_us, first.revision, first.occasion)
                < (o.released_us, o.revision, o.occasion)) {_AGE} LIMIT ?""",
            (now_us, limit),
        )
        return [_as_delivery(row) for row in found]

    def record_delivery(self, delivery: Delivery, threads: Collection[Thread] = ()) -> None:
        with self._database.transaction() as connection:
            known = connection.execute(f"DELETE FROM outbox WHERE {_KEY} RETURNING 1", delivery.identity).fetchall()
            if not known:
                raise NotFound(f"The outbox holds no message with the identity {delivery.identity}.")
            connection.execute(f"INSERT INTO outbox ({_COLUMNS}) VALUES ({_PLACES})", row_of(delivery))
            _put_threads(connection, threads)

    def deliveries(
        self, state: DeliveryState | None = None, incident: str | None = None, receiver: str | None = None
    ) -> list[Delivery]:
        found = self._database.query(
            f"""{_OUTBOX} WHERE state = coalesce(?, state) AND incident = coalesce(?, incident)
                AND receiver = coalesce(?, receiver) {_AGE}""",
            (state, incident, receiver),
        )
        return [_as_delivery(row) for row in found]

    def counts(self) -> dict[DeliveryState, int]:
        found = self._database.query("SELECT state, count(*) FROM outbox GROUP BY state")
        return {DeliveryState(state): int(count) for state, count in found}

    def alarms_since(self, since_us: int) -> dict[str, int]:
        found = self._database.query(
            """SELECT receiver, count(*) FROM outbox WHERE priority = 'P1' AND released_us > ?
                AND reason IN ('opened', 'priority', 'cause', 'reminder') GROUP BY receiver""",
            (since_us,),
        )
        return {receiver: int(count) for receiver, count in found}

    def threads(self, incidents: Collection[str] | None = None) -> list[Thread]:
        found = self._database.query(
            f"""SELECT record FROM threads WHERE {"open" if incidents is None else "incident IN"}
                {"" if incidents is None else "(SELECT value FROM json_each(?))"} ORDER BY incident, receiver""",
            () if incidents is None else (json.dumps(sorted(incidents)),),
        )
        return [from_text(text, Thread) for (text,) in found]

    def silences(self, after_us: int = 0) -> list[Silence]:
        found = self._database.query(
            "SELECT record FROM silences WHERE to_us > ? ORDER BY at_us DESC, id DESC", (after_us,)
        )
        return [from_text(text, Silence) for (text,) in found]

    def acknowledgements(self, incidents: Collection[str]) -> dict[str, Acknowledgement]:
        found = self._database.query(
            "SELECT record FROM acknowledgements WHERE incident IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(incidents)),),
        )
        said = [from_text(text, Acknowledgement) for (text,) in found]
        return {each.incident: each for each in said}


def put_news(connection: sqlite3.Connection, deliveries: Iterable[Delivery]) -> None:
    """Inside a transaction of the fast lane; what is there already is left as it is."""
    connection.executemany(
        f"INSERT OR IGNORE INTO outbox ({_COLUMNS}) VALUES ({_PLACES})", [row_of(delivery) for delivery in deliveries]
    )


def put_said(
    connection: sqlite3.Connection, silences: Iterable[Silence], acknowledgements: Iterable[Acknowledgement]
) -> None:
    """Inside a transaction of the slow lane."""
    connection.executemany(
        "INSERT OR REPLACE INTO silences VALUES (?, ?, ?, ?, ?)",
        [(each.project, each.id, each.at_us, each.to_us, to_text(each)) for each in silences],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO acknowledgements VALUES (?, ?)",
        [(each.incident, to_text(each)) for each in acknowledgements],
    )


def row_of(delivery: Delivery) -> tuple[object, ...]:
    """The columns of `outbox`."""
    return (
        *delivery.identity,
        delivery.reason,
        delivery.created_us,
        delivery.state,
        delivery.attempts,
        delivery.next_attempt_us,
        delivery.last_error,
        delivery.priority,
        delivery.released_us,
        delivery.note,
        delivery.payload,
    )


def _changing() -> list[str]:
    return [name.strip() for name in _COLUMNS.split(",")][4:]


def _as_delivery(row: tuple[Any, ...]) -> Delivery:
    incident, revision, receiver, occasion, reason, created_us, state, attempts, next_us, error, *rest = row
    priority, released_us, note, payload = rest
    return Delivery(
        incident,
        revision,
        receiver,
        reason,
        payload,
        created_us,
        DeliveryState(state),
        attempts,
        next_us,
        error,
        occasion,
        Priority(priority),
        released_us,
        note,
    )


def _put_threads(connection: sqlite3.Connection, threads: Iterable[Thread]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO threads VALUES (?, ?, ?, ?)",
        [(each.incident, each.receiver, each.open, to_text(each)) for each in threads],
    )
