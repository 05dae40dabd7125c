"""Writes a SlowStep, part by part, inside one transaction."""

# ruff: noqa: S608 - only constants of this package are put into SQL

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import fields, replace

from seamark.errors import Conflict
from seamark.records.answer import Answer
from seamark.records.blocks import EvaluationBlock, ProfileBlock, SlowStep
from seamark.records.log import Change
from seamark.records.model import (
    Model,
    StoredAttribution,
    StoredBaseline,
    StoredBinSet,
    StoredCalibration,
    StoredMonitorSet,
    StoredScorecard,
)
from seamark.store.codec import to_text
from seamark.store.local import log, post
from seamark.store.local.database import give_back
from seamark.store.local.marks import Mark, read_mark, set_mark
from seamark.store.local.names import Names


def apply(connection: sqlite3.Connection, step: SlowStep) -> None:
    """Everything but the row files. Raises Conflict for a watermark that does not fit the log."""
    names = Names(connection)
    connection.executemany(
        "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?)",
        [(each.seq, each.at_us, each.reason) for each in step.set_aside],
    )
    for seq in step.retried:
        connection.execute("DELETE FROM set_aside WHERE seq = ?", (seq,))
        connection.execute("DELETE FROM log WHERE seq = ?", (seq,))
    _move_watermark(connection, step.watermark_seq)
    _put_models(connection, names, step.models)
    _put_owned(connection, names, "bin_sets", step.bin_sets)
    _put_owned(connection, names, "baselines", step.baselines)
    _put_owned(connection, names, "attributions", step.attributions)
    _put_owned(connection, names, "calibrations", step.calibrations)
    _put_owned(connection, names, "monitor_sets", step.monitor_sets)
    _put_owned(connection, names, "scorecards", step.scorecards)
    _put_blocks(connection, names, step.blocks)
    _put_evaluations(connection, names, step.evaluations)
    put_changes(connection, step.changes)
    _put_answers(connection, step.answers)
    post.put_said(connection, step.silences, step.acknowledgements)
    _mark_hours(connection, names, "INSERT OR IGNORE INTO dirty VALUES (?, ?)", step.dirty)
    _mark_hours(connection, names, "DELETE FROM dirty WHERE owner = ? AND hour_us = ?", step.cleaned)


def _move_watermark(connection: sqlite3.Connection, through_seq: int) -> None:
    present, newest = read_mark(connection, Mark.WATERMARK), read_mark(connection, Mark.LOG_SEQ)
    if not present <= through_seq <= newest:
        raise Conflict(
            f"The watermark cannot move to {through_seq}: it stands at {present} and the log ends at {newest}. "
            "Only one slow lane may run, on what the log holds."
        )
    set_mark(connection, Mark.WATERMARK, through_seq)
    log.forget(connection, present, through_seq)
    give_back(connection)


def _put_models(connection: sqlite3.Connection, names: Names, models: Iterable[Model]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO models VALUES (?, ?)",
        [(names.owner(model.project, model.name), to_text(model)) for model in models],
    )


def _put_owned(
    connection: sqlite3.Connection,
    names: Names,
    table: str,
    records: Iterable[
        StoredBinSet | StoredBaseline | StoredAttribution | StoredCalibration | StoredMonitorSet | StoredScorecard
    ],
) -> None:
    """Into a table whose columns are the record's fields, with the owner's number for project and model."""
    for record in records:
        values = {field.name: getattr(record, field.name) for field in fields(record)}
        values["owner"] = names.owner(values.pop("project"), values.pop("model"))
        places = ", ".join("?" * len(values))
        sql = f"INSERT OR REPLACE INTO {table} ({', '.join(values)}) VALUES ({places})"
        connection.execute(sql, tuple(values.values()))


def _put_blocks(connection: sqlite3.Connection, names: Names, blocks: Iterable[ProfileBlock]) -> None:
    connection.executemany(
        """INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET rows = excluded.rows, payload = excluded.payload""",
        [
            (
                names.owner(block.key.project, block.key.model),
                block.key.bin_set,
                names.label(block.key.segment),
                block.key.hour_us,
                names.label(block.key.version),
                block.rows,
                block.payload,
            )
            for block in blocks
        ],
    )


def _put_evaluations(connection: sqlite3.Connection, names: Names, evaluations: Iterable[EvaluationBlock]) -> None:
    first = read_mark(connection, Mark.EVALUATION_SEQ) + 1
    numbered = [replace(block, seq=seq) for seq, block in enumerate(evaluations, start=first)]
    connection.executemany(
        # REPLACE deletes the superseded row; the new seq tells the fast lane.
        "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                block.seq,
                names.owner(block.project, block.model),
                names.label(block.segment),
                names.label(block.version),
                block.window.start_us,
                block.window.end_us,
                block.monitor_set,
                block.rows,
                block.late,
                block.payload,
                block.of_outcomes,
            )
            for block in numbered
        ],
    )
    set_mark(connection, Mark.EVALUATION_SEQ, first - 1 + len(numbered))


def put_changes(connection: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Inside a transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?, ?)",
        [(change.project, change.id, change.time_us, change.model, to_text(change)) for change in changes],
    )


def _put_answers(connection: sqlite3.Connection, answers: Iterable[Answer]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
        [(answer.project, answer.id, answer.model, answer.at_us, to_text(answer)) for answer in answers],
    )


def _mark_hours(connection: sqlite3.Connection, names: Names, sql: str, hours: Iterable[tuple[str, str, int]]) -> None:
    connection.executemany(sql, [(names.owner(project, model), hour_us) for project, model, hour_us in hours])
