"""What the slow lane keeps, in SQLite."""

# ruff: noqa: D102, S608 - `protocol.py` says what each method does; only constants are put into SQL

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from seamark.records.blocks import EvaluationBlock, ProfileBlock, ProfileKey, SlowStep
from seamark.records.model import (
    AttributionSource,
    Model,
    StoredAttribution,
    StoredBaseline,
    StoredBinSet,
    StoredCalibration,
    StoredMonitorSet,
    StoredScorecard,
)
from seamark.records.window import Window
from seamark.store.codec import from_text
from seamark.store.local import step as steps
from seamark.store.local.database import Database
from seamark.store.local.marks import READ, Mark
from seamark.store.local.names import LABEL, OWNER, Names
from seamark.store.local.rows import LocalRows, list_files, unlist_files

EVALUATIONS = """SELECT o.project, o.model, v.text, s.text, e.start_us, e.end_us, e.monitor_set, e.rows, e.payload,
    e.late, e.of_outcomes, e.seq FROM evaluations e JOIN owners o ON o.id = e.owner
    JOIN labels v ON v.id = e.version JOIN labels s ON s.id = e.segment"""


@dataclass(eq=False)
class LocalSlow:
    """`seamark.store.protocol.Slow`."""

    _root: Path
    _database: Database
    _rows: LocalRows
    _numbering: Lock = field(default_factory=Lock)
    _last_id: int = 0  # given since the start

    def watermark(self) -> int:
        return int(self._database.query(READ, (Mark.WATERMARK,))[0][0])

    def commit(self, step: SlowStep) -> None:
        with self._database.transaction() as connection:
            steps.apply(connection, step)
            dropped = unlist_files(connection, step.dropped_files)
            list_files(connection, Names(connection), self._root, step.new_files)
        self._rows.remove(dropped)  # a crash before this line leaves them to the next start's sweep

    def next_id(self) -> int:
        with self._numbering:
            self._last_id = max(self._last_id, _largest_id(self._database)) + 1
            return self._last_id

    def models(self, project: str | None = None) -> list[Model]:
        found = self._database.query(
            """SELECT record FROM models JOIN owners ON id = owner
                WHERE project = coalesce(?, project) ORDER BY project, model""",
            (project,),
        )
        return [from_text(text, Model) for (text,) in found]

    def model(self, project: str, name: str) -> Model | None:
        found = self._database.query(f"SELECT record FROM models WHERE owner = {OWNER}", (project, name))
        return from_text(found[0][0], Model) if found else None

    def bin_sets(self, project: str, model: str) -> list[StoredBinSet]:
        found = self._database.query(
            f"""SELECT id, created_us, provisional, covered_seq, payload FROM bin_sets
                WHERE owner = {OWNER} ORDER BY created_us, id""",
            (project, model),
        )
        return [
            StoredBinSet(id_, project, model, created_us, bool(provisional), covered_seq, payload)
            for id_, created_us, provisional, covered_seq, payload in found
        ]

    def baselines(self, project: str, model: str) -> list[StoredBaseline]:
        found = self._database.query(
            f"""SELECT id, bin_set, kind, created_us, rows, source, payload, first_time_us, last_time_us FROM baselines
                WHERE owner = {OWNER} ORDER BY created_us, id""",
            (project, model),
        )
        return [StoredBaseline(id_, project, model, *rest) for id_, *rest in found]

    def attributions(self, project: str, model: str) -> list[StoredAttribution]:
        found = self._database.query(
            f"""SELECT bin_set, target, source, created_us, payload FROM attributions
                WHERE owner = {OWNER} ORDER BY bin_set, target, source""",
            (project, model),
        )
        return [
            StoredAttribution(bin_set, project, model, target, AttributionSource(source), *rest)
            for bin_set, target, source, *rest in found
        ]

    def calibration(self, project: str, model: str, *, payload: bool = True) -> StoredCalibration | None:
        found = self._database.query(
            f"""SELECT bin_set, created_us, through_us, window_us, summary, wish, {"payload" if payload else "x''"},
                baseline, budget, level, id
                FROM calibrations WHERE owner = {OWNER}""",
            (project, model),
        )
        return StoredCalibration(found[0][-1], project, model, *found[0][:-1]) if found else None

    def scorecards(self, project: str, model: str) -> list[StoredScorecard]:
        found = self._database.query(
            f"""SELECT id, created_us, bin_set, covered_seq, payload FROM scorecards
                WHERE owner = {OWNER} ORDER BY created_us, id""",
            (project, model),
        )
        return [StoredScorecard(id_, project, model, *rest) for id_, *rest in found]

    def monitor_set(self, id: int) -> StoredMonitorSet | None:
        found = self._database.query(
            """SELECT m.id, o.project, o.model, m.payload FROM monitor_sets m JOIN owners o ON o.id = m.owner
                WHERE m.id = ?""",
            (id,),
        )
        return StoredMonitorSet(*found[0]) if found else None

    def profiles(
        self,
        project: str,
        model: str,
        bin_set: int,
        window: Window,
        *,
        version: str | None = None,
        segment: str = "",
    ) -> list[ProfileBlock]:
        found = self._database.query(
            f"""SELECT v.text, p.hour_us, p.rows, p.payload FROM profiles p JOIN labels v ON v.id = p.version
                WHERE p.owner = {OWNER} AND p.bin_set = ? AND p.segment = {LABEL} AND p.hour_us >= ? AND p.hour_us < ?
                AND v.text = coalesce(?, v.text) ORDER BY p.hour_us, v.text""",
            (project, model, bin_set, segment, window.start_us, window.end_us, version),
        )
        return [
            ProfileBlock(ProfileKey(project, model, bin_set, name, segment, hour_us), rows, payload)
            for name, hour_us, rows, payload in found
        ]

    def traffic(self, project: str, model: str, window: Window) -> dict[int, int]:
        known = self.model(project, model)
        if known is None or known.bin_set is None:
            return {}
        found = self._database.query(
            f"""SELECT hour_us, sum(rows) FROM profiles WHERE owner = {OWNER} AND bin_set = ? AND segment = {LABEL}
                AND hour_us >= ? AND hour_us < ? GROUP BY hour_us""",
            (project, model, known.bin_set, "", window.start_us, window.end_us),
        )
        return dict(found)

    def dirty(self) -> list[tuple[str, str, int]]:
        return self._database.query(
            "SELECT project, model, hour_us FROM dirty JOIN owners ON id = owner ORDER BY project, model, hour_us"
        )

    def evaluations(
        self,
        project: str,
        model: str,
        window: Window,
        *,
        version: str = "",
        segment: str = "",
        of_outcomes: bool = False,
    ) -> list[EvaluationBlock]:
        found = self._database.query(
            f"""{EVALUATIONS} WHERE e.owner = {OWNER} AND e.of_outcomes = ? AND e.segment = {LABEL}
                AND e.version = {LABEL} AND e.start_us < ? AND e.end_us > ? ORDER BY e.start_us, e.end_us""",
            (project, model, of_outcomes, segment, version, window.end_us, window.start_us),
        )
        return [as_evaluation(row) for row in found]


def _largest_id(database: Database) -> int:
    [(largest,)] = database.query(
        """SELECT max(coalesce((SELECT max(id) FROM bin_sets), 0), coalesce((SELECT max(id) FROM baselines), 0),
            coalesce((SELECT max(id) FROM monitor_sets), 0), coalesce((SELECT max(id) FROM calibrations), 0),
            coalesce((SELECT max(id) FROM scorecards), 0))"""
    )
    return int(largest)


def as_evaluation(row: tuple[Any, ...]) -> EvaluationBlock:
    """One row of `EVALUATIONS`."""
    project, model, version, segment, start_us, end_us, monitor_set, rows, payload, late, of_outcomes, seq = row
    window = Window(start_us, end_us)
    told = (bool(late), bool(of_outcomes), seq)
    return EvaluationBlock(project, model, version, segment, window, monitor_set, rows, payload, *told)
