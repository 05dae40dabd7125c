"""The tables of `seamark.db` and how older files grow into them.

`user_version` counts the migrations a file has seen. A migration that has been released is never
edited; the next change is a new one at the end.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from seamark.errors import Conflict

APPLICATION_ID: Final = 0x5EA3A9C  # tells `file` and us what this database is

_FIRST: Final = (
    # Counters that only grow, in the transaction of what they count.
    "CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT",
    """INSERT INTO marks VALUES
        ('log_seq', 0), ('watermark', 0), ('evaluation_seq', 0), ('evaluations_through', 0), ('row_file', 0)""",
    # Short numbers in place of the texts that every block repeats.
    """CREATE TABLE owners (
        id INTEGER PRIMARY KEY, project TEXT NOT NULL, model TEXT NOT NULL, UNIQUE (project, model)) STRICT""",
    "CREATE TABLE labels (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT",  # versions and segments
    """CREATE TABLE log (
        seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, project TEXT NOT NULL, model TEXT NOT NULL,
        received_us INTEGER NOT NULL, rows INTEGER NOT NULL, idempotency_key TEXT, payload BLOB NOT NULL) STRICT""",
    "CREATE INDEX log_sizes ON log (seq, rows)",  # what waits is counted without touching the pages of payloads
    """CREATE TABLE idempotency (
        project TEXT, key TEXT, seq INTEGER NOT NULL, received_us INTEGER NOT NULL,
        PRIMARY KEY (project, key)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX idempotency_by_age ON idempotency (received_us)",
    """CREATE TABLE row_files (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, owner INTEGER NOT NULL REFERENCES owners, path TEXT NOT NULL UNIQUE,
        rows INTEGER NOT NULL, size_bytes INTEGER NOT NULL, first_time_us INTEGER NOT NULL,
        last_time_us INTEGER NOT NULL, last_seq INTEGER NOT NULL, schema TEXT NOT NULL) STRICT""",
    "CREATE INDEX row_files_by_time ON row_files (owner, kind, first_time_us)",
    """CREATE TABLE models (
        owner INTEGER PRIMARY KEY REFERENCES owners, record TEXT NOT NULL) STRICT""",
    """CREATE TABLE bin_sets (
        id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners, created_us INTEGER NOT NULL,
        provisional INTEGER NOT NULL, covered_seq INTEGER NOT NULL, payload BLOB NOT NULL) STRICT""",
    "CREATE INDEX bin_sets_by_owner ON bin_sets (owner)",
    """CREATE TABLE baselines (
        id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners, bin_set INTEGER NOT NULL, kind TEXT NOT NULL,
        created_us INTEGER NOT NULL, rows INTEGER NOT NULL, source TEXT NOT NULL, payload BLOB NOT NULL) STRICT""",
    "CREATE INDEX baselines_by_owner ON baselines (owner)",
    """CREATE TABLE monitor_sets (
        id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners, payload BLOB NOT NULL) STRICT""",
    # Rows with a payload keep a rowid: WITHOUT ROWID would carry payloads into the inner pages of the tree.
    """CREATE TABLE profiles (
        owner INTEGER NOT NULL REFERENCES owners, bin_set INTEGER NOT NULL, segment INTEGER NOT NULL REFERENCES labels,
        hour_us INTEGER NOT NULL, version INTEGER NOT NULL REFERENCES labels, rows INTEGER NOT NULL,
        payload BLOB NOT NULL, PRIMARY KEY (owner, bin_set, segment, hour_us, version)) STRICT""",
    """CREATE TABLE dirty (
        owner INTEGER REFERENCES owners, hour_us INTEGER, PRIMARY KEY (owner, hour_us)) WITHOUT ROWID, STRICT""",
    """CREATE TABLE evaluations (
        seq INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners, segment INTEGER NOT NULL REFERENCES labels,
        version INTEGER NOT NULL REFERENCES labels, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,
        monitor_set INTEGER NOT NULL, rows INTEGER NOT NULL, late INTEGER NOT NULL, payload BLOB NOT NULL,
        UNIQUE (owner, segment, version, start_us, end_us)) STRICT""",
    """CREATE TABLE changes (
        project TEXT, id TEXT, time_us INTEGER NOT NULL, model TEXT, record TEXT NOT NULL,
        PRIMARY KEY (project, id)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX changes_by_time ON changes (project, time_us)",
    """CREATE TABLE alerts (
        id TEXT PRIMARY KEY, project TEXT NOT NULL, model TEXT NOT NULL, live INTEGER NOT NULL,
        fingerprint TEXT NOT NULL, evidence_end_us INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID, STRICT""",
    "CREATE INDEX alerts_live ON alerts (project, model, id) WHERE live",
    "CREATE INDEX alerts_told ON alerts (fingerprint, evidence_end_us) WHERE NOT live",
    """CREATE TABLE incidents (
        id TEXT PRIMARY KEY, project TEXT NOT NULL, model TEXT NOT NULL, state TEXT NOT NULL,
        opened_us INTEGER NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, record TEXT NOT NULL
        ) WITHOUT ROWID, STRICT""",
    "CREATE INDEX incidents_by_age ON incidents (project, opened_us)",
    """CREATE TABLE outbox (
        incident TEXT, revision INTEGER, receiver TEXT, reason TEXT NOT NULL, created_us INTEGER NOT NULL,
        state TEXT NOT NULL, attempts INTEGER NOT NULL, next_attempt_us INTEGER NOT NULL, last_error TEXT NOT NULL,
        payload BLOB NOT NULL, PRIMARY KEY (incident, revision, receiver)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX outbox_due ON outbox (created_us, next_attempt_us) WHERE state = 'pending'",
    """CREATE TABLE tokens (
        id TEXT PRIMARY KEY, created_us INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID, STRICT""",
)

_SET_ASIDE: Final = (
    "CREATE TABLE set_aside (seq INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, reason TEXT NOT NULL) STRICT",
)

_ATTRIBUTIONS: Final = (
    """CREATE TABLE attributions (
        owner INTEGER NOT NULL REFERENCES owners, bin_set INTEGER NOT NULL, target TEXT NOT NULL, source TEXT NOT NULL,
        created_us INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (owner, bin_set, target, source)) STRICT""",
    "ALTER TABLE baselines ADD COLUMN first_time_us INTEGER",
    "ALTER TABLE baselines ADD COLUMN last_time_us INTEGER",
)

_CALIBRATIONS: Final = (
    """CREATE TABLE calibrations (
        owner INTEGER PRIMARY KEY REFERENCES owners, id INTEGER NOT NULL, bin_set INTEGER NOT NULL,
        created_us INTEGER NOT NULL, through_us INTEGER NOT NULL, window_us INTEGER NOT NULL, summary TEXT NOT NULL,
        wish TEXT NOT NULL, payload BLOB NOT NULL) STRICT""",
    """CREATE TABLE answers (
        project TEXT, id TEXT, model TEXT NOT NULL, at_us INTEGER NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (project, id)) WITHOUT ROWID, STRICT""",
)

_LEVELS: Final = (
    "ALTER TABLE calibrations ADD COLUMN baseline TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE calibrations ADD COLUMN budget REAL NOT NULL DEFAULT 0",
    "ALTER TABLE calibrations ADD COLUMN level REAL NOT NULL DEFAULT 0",
)

_METRICS: Final = (
    """CREATE TABLE metric_components (
        id INTEGER PRIMARY KEY, project TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        UNIQUE (project, kind, name)) STRICT""",
    """CREATE TABLE metric_series (
        component INTEGER NOT NULL REFERENCES metric_components, layer TEXT NOT NULL, metric TEXT NOT NULL,
        unit TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (component, metric, layer, unit, kind)
        ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE metric_blocks (
        component INTEGER NOT NULL REFERENCES metric_components, step_us INTEGER NOT NULL, start_us INTEGER NOT NULL,
        payload BLOB NOT NULL, PRIMARY KEY (component, step_us, start_us)) STRICT""",
    "CREATE INDEX metric_blocks_by_age ON metric_blocks (step_us, start_us)",
    "CREATE TABLE metric_states (name TEXT PRIMARY KEY, payload BLOB NOT NULL) STRICT",
    "INSERT INTO marks VALUES ('metric_refused_series', 0)",
)

_SCORECARDS: Final = (
    """CREATE TABLE scorecards (
        id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners, created_us INTEGER NOT NULL,
        bin_set INTEGER NOT NULL, covered_seq INTEGER NOT NULL, payload BLOB NOT NULL) STRICT""",
    "CREATE INDEX scorecards_by_owner ON scorecards (owner)",
)

_OUTCOME_EVALUATIONS: Final = (
    "ALTER TABLE evaluations RENAME TO evaluations_before",
    """CREATE TABLE evaluations (
        seq INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners, segment INTEGER NOT NULL REFERENCES labels,
        version INTEGER NOT NULL REFERENCES labels, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,
        monitor_set INTEGER NOT NULL, rows INTEGER NOT NULL, late INTEGER NOT NULL, payload BLOB NOT NULL,
        of_outcomes INTEGER NOT NULL, UNIQUE (owner, of_outcomes, segment, version, start_us, end_us)) STRICT""",
    """INSERT INTO evaluations
        SELECT seq, owner, segment, version, start_us, end_us, monitor_set, rows, late, payload, 0
        FROM evaluations_before ORDER BY seq""",
    "DROP TABLE evaluations_before",
)

_VERDICTS: Final = (
    """CREATE TABLE judged_components (
        id INTEGER PRIMARY KEY, project TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        heard_us INTEGER NOT NULL, UNIQUE (project, kind, name)) STRICT""",
    """CREATE TABLE verdicts (
        component INTEGER NOT NULL REFERENCES judged_components, hour_us INTEGER NOT NULL, payload BLOB NOT NULL,
        PRIMARY KEY (component, hour_us)) STRICT""",
    "CREATE INDEX verdicts_by_age ON verdicts (hour_us)",
    "INSERT INTO marks VALUES ('metrics_judged', 0)",
)

_POST: Final = (
    "DROP INDEX outbox_due",
    "ALTER TABLE outbox RENAME TO outbox_before",
    """CREATE TABLE outbox (
        incident TEXT NOT NULL, revision INTEGER NOT NULL, receiver TEXT NOT NULL, occasion TEXT NOT NULL,
        reason TEXT NOT NULL, created_us INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
        next_attempt_us INTEGER NOT NULL, last_error TEXT NOT NULL, priority TEXT NOT NULL,
        released_us INTEGER NOT NULL, note TEXT NOT NULL, payload BLOB NOT NULL,
        PRIMARY KEY (incident, revision, receiver, occasion)) STRICT""",
    """INSERT INTO outbox SELECT incident, revision, receiver, '', reason, created_us, state, attempts,
        next_attempt_us, last_error, 'P2', created_us, '', payload FROM outbox_before""",
    "DROP TABLE outbox_before",
    "CREATE INDEX outbox_due ON outbox (created_us, next_attempt_us) WHERE state = 'pending'",
    "CREATE INDEX outbox_held ON outbox (next_attempt_us) WHERE state IN ('waiting', 'batched')",
    "CREATE INDEX outbox_alarms ON outbox (released_us) WHERE priority = 'P1'",
    """CREATE TABLE threads (
        incident TEXT, receiver TEXT, open INTEGER NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (incident, receiver)) WITHOUT ROWID, STRICT""",
    "CREATE INDEX threads_open ON threads (incident) WHERE open",
    """CREATE TABLE silences (
        project TEXT, id TEXT, at_us INTEGER NOT NULL, to_us INTEGER NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (project, id)) WITHOUT ROWID, STRICT""",
    "CREATE TABLE acknowledgements (incident TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID, STRICT",
)

_EDGES: Final = (
    """CREATE TABLE edges (
        project TEXT, cause TEXT, effect TEXT, since_us INTEGER, seen_us INTEGER NOT NULL,
        PRIMARY KEY (project, cause, effect, since_us)) WITHOUT ROWID, STRICT""",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    _FIRST,
    _SET_ASIDE,
    _ATTRIBUTIONS,
    _CALIBRATIONS,
    _LEVELS,
    _METRICS,
    _SCORECARDS,
    _OUTCOME_EVALUATIONS,
    _VERDICTS,
    _POST,
    _EDGES,
)


def refuse_strangers(writer: sqlite3.Connection, path: Path) -> None:
    """Raises Conflict for a file that a newer Seamark or another program made, before anything is written to it."""
    version = _version(writer)
    [(made_by,)] = writer.execute("PRAGMA application_id")
    if made_by != APPLICATION_ID and writer.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        raise Conflict(f"{str(path)!r} is a database of another program; name an empty folder for Seamark's store.")
    if version > len(MIGRATIONS):
        raise Conflict(
            f"{str(path)!r} has schema version {version}, made by a newer Seamark; this one reads up to version "
            f"{len(MIGRATIONS)}. Upgrade Seamark, or restore a backup made before the upgrade."
        )


def migrate(writer: sqlite3.Connection) -> None:
    """Bring the file to the newest schema, each migration in one transaction."""
    version = _version(writer)
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        writer.execute("BEGIN IMMEDIATE")
        for statement in statements:
            writer.execute(statement)
        writer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        writer.execute(f"PRAGMA user_version = {number}")
        writer.execute("COMMIT")


def _version(writer: sqlite3.Connection) -> int:
    return int(writer.execute("PRAGMA user_version").fetchone()[0])
