"""What rests on what, in SQLite: a row per edge and the time it was seen without a break."""

from __future__ import annotations

from collections.abc import Collection

from seamark.records.topology import Edge, Topology
from seamark.store.drawer_of_metrics import UNSEEN_US, Pair
from seamark.store.local.database import Database

_NEWEST = """SELECT since_us, seen_us FROM edges WHERE project = ? AND cause = ? AND effect = ?
    ORDER BY since_us DESC LIMIT 1"""


def see_edges(database: Database, pairs: Collection[Pair], at_us: int) -> None:
    """Lengthen the newest span of each, or begin one."""
    with database.transaction() as connection:
        for pair in pairs:
            newest = connection.execute(_NEWEST, pair).fetchone()
            if newest is not None and abs(at_us - newest[1]) <= UNSEEN_US:
                connection.execute(
                    """UPDATE edges SET seen_us = max(seen_us, ?)
                        WHERE project = ? AND cause = ? AND effect = ? AND since_us = ?""",
                    (at_us, *pair, newest[0]),
                )
            elif newest is None or at_us > newest[1]:
                connection.execute("INSERT INTO edges VALUES (?, ?, ?, ?, ?)", (*pair, at_us, at_us))


def read_topology(database: Database) -> Topology:
    """All of it."""
    found = database.query("SELECT project, cause, effect, since_us, seen_us FROM edges ORDER BY 1, 2, 3, 4")
    return Topology(
        tuple(Edge(project, cause, effect, since, seen + UNSEEN_US) for project, cause, effect, since, seen in found)
    )
