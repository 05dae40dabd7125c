"""Counters that only grow, kept in the transaction of what they count."""

from __future__ import annotations

import sqlite3
from enum import StrEnum


class Mark(StrEnum):
    """What is counted; the value is the name in the table."""

    LOG_SEQ = "log_seq"
    WATERMARK = "watermark"
    EVALUATION_SEQ = "evaluation_seq"
    EVALUATIONS_THROUGH = "evaluations_through"
    ROW_FILE = "row_file"
    METRIC_REFUSED_SERIES = "metric_refused_series"
    METRICS_JUDGED = "metrics_judged"  # a time: falls where the clock is set back


READ = "SELECT value FROM marks WHERE name = ?"


def read_mark(connection: sqlite3.Connection, mark: Mark) -> int:
    """Its present value."""
    return int(connection.execute(READ, (mark,)).fetchone()[0])


def set_mark(connection: sqlite3.Connection, mark: Mark, value: int) -> None:
    """Inside a transaction."""
    connection.execute("UPDATE marks SET value = ? WHERE name = ?", (value, mark))
