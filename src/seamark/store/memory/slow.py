"""What the slow lane keeps, in dictionaries."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from seamark.clock import HOUR_US
from seamark.errors import Conflict
from seamark.records.blocks import EvaluationBlock, ProfileBlock, SlowStep
from seamark.records.log import EntryKind
from seamark.records.model import (
    Model,
    StoredAttribution,
    StoredBaseline,
    StoredBinSet,
    StoredCalibration,
    StoredMonitorSet,
    StoredScorecard,
)
from seamark.records.window import Window
from seamark.store.memory.state import State

KEPT: Final = (EntryKind.CHANGE, EntryKind.ACTION)


@dataclass(eq=False)
class MemorySlow:
    """`seamark.store.protocol.Slow`."""

    _state: State
    _last_id: int = 0  # given since the start

    def watermark(self) -> int:
        with self._state:
            return self._state.watermark

    def commit(self, step: SlowStep) -> None:
        with self._state:
            _refuse_contradictions(self._state, step)
            self._state.set_aside |= {each.seq: each for each in step.set_aside}
            for seq in step.retried:
                self._state.set_aside.pop(seq, None)
                self._state.log.pop(seq, None)
            _move_watermark(self._state, step.watermark_seq)
            self._state.models |= {(model.project, model.name): model for model in step.models}
            self._state.bin_sets |= {each.id: each for each in step.bin_sets}
            self._state.baselines |= {each.id: each for each in step.baselines}
            self._state.attributions |= {
                (each.project, each.model, each.bin_set, each.target, each.source): each for each in step.attributions
            }
            self._state.calibrations |= {(each.project, each.model): each for each in step.calibrations}
            self._state.answers |= {(each.project, each.id): each for each in step.answers}
            self._state.silences |= {(each.project, each.id): each for each in step.silences}
            self._state.acknowledgements |= {each.incident: each for each in step.acknowledgements}
            self._state.monitor_sets |= {each.id: each for each in step.monitor_sets}
            self._state.scorecards |= {each.id: each for each in step.scorecards}
            for stored in step.blocks:
                _put_profile(self._state, stored)
            self._state.changes |= {(change.project, change.id): change for change in step.changes}
            self._state.dirty = (self._state.dirty | set(step.dirty)) - set(step.cleaned)
            for block in step.evaluations:
                _put_evaluation(self._state, block)
            for id_ in step.dropped_files:
                del self._state.tables[self._state.files.pop(id_).path]
            for file in step.new_files:
                self._state.file_id += 1
                self._state.files[self._state.file_id] = replace(file, id=self._state.file_id)

    def next_id(self) -> int:
        with self._state:
            calibrations = (each.id for each in self._state.calibrations.values())
            stored = chain(
                self._state.bin_sets,
                self._state.baselines,
                self._state.monitor_sets,
                calibrations,
                self._state.scorecards,
            )
            self._last_id = max(self._last_id, *stored, 0) + 1
            return self._last_id

    def models(self, project: str | None = None) -> list[Model]:
        with self._state:
            found = [model for model in self._state.models.values() if project in (None, model.project)]
            return sorted(found, key=lambda model: (model.project, model.name))

    def model(self, project: str, name: str) -> Model | None:
        with self._state:
            return self._state.models.get((project, name))

    def bin_sets(self, project: str, model: str) -> list[StoredBinSet]:
        with self._state:
            found = [each for each in self._state.bin_sets.values() if (each.project, each.model) == (project, model)]
            return sorted(found, key=lambda each: (each.created_us, each.id))

    def baselines(self, project: str, model: str) -> list[StoredBaseline]:
        with self._state:
            found = [each for each in self._state.baselines.values() if (each.project, each.model) == (project, model)]
            return sorted(found, key=lambda each: (each.created_us, each.id))

    def attributions(self, project: str, model: str) -> list[StoredAttribution]:
        with self._state:
            found = [key for key in self._state.attributions if key[:2] == (project, model)]
            return [self._state.attributions[key] for key in sorted(found)]

    def calibration(self, project: str, model: str, *, payload: bool = True) -> StoredCalibration | None:
        with self._state:
            found = self._state.calibrations.get((project, model))
            return found if payload or found is None else replace(found, payload=b"")

    def scorecards(self, project: str, model: str) -> list[StoredScorecard]:
        with self._state:
            found = [each for each in self._state.scorecards.values() if (each.project, each.model) == (project, model)]
            return sorted(found, key=lambda each: (each.created_us, each.id))

    def monitor_set(self, id: int) -> StoredMonitorSet | None:
        with self._state:
            return self._state.monitor_sets.get(id)

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
        with self._state:
            by_hour = self._state.blocks.get((project, model, bin_set, segment), {})
            hours: Sequence[int] = range(-(-window.start_us // HOUR_US) * HOUR_US, window.end_us, HOUR_US)
            if len(by_hour) < len(hours):
                hours = sorted(hour for hour in by_hour if window.start_us <= hour < window.end_us)
            return [
                by_hour[hour][each]
                for hour in hours
                if hour in by_hour
                for each in sorted(by_hour[hour])
                if version in (None, each)
            ]

    def traffic(self, project: str, model: str, window: Window) -> dict[int, int]:
        with self._state:
            known = self.model(project, model)
            if known is None or known.bin_set is None:
                return {}
            rows: dict[int, int] = {}
            for block in self.profiles(project, model, known.bin_set, window):
                rows[block.key.hour_us] = rows.get(block.key.hour_us, 0) + block.rows
            return rows

    def dirty(self) -> list[tuple[str, str, int]]:
        with self._state:
            return sorted(self._state.dirty)

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
        with self._state:
            found = [
                block
                for block in self._state.evaluations.values()
                if (block.project, block.model, block.version, block.segment) == (project, model, version, segment)
                and block.of_outcomes == of_outcomes
                and block.window.overlaps(window)
            ]
            return sorted(found, key=lambda block: block.window)


def _refuse_contradictions(state: State, step: SlowStep) -> None:
    if not state.watermark <= step.watermark_seq <= state.log_seq:
        raise Conflict(
            f"The watermark cannot move to {step.watermark_seq}: it stands at {state.watermark} "
            f"and the log ends at {state.log_seq}."
        )
    for id_ in step.dropped_files:
        if id_ not in state.files or step.dropped_files.count(id_) > 1:
            raise Conflict(f"Row file {id_} is not listed, so it cannot be dropped.")
    for file in step.new_files:
        if file.path not in state.tables:
            raise Conflict(f"The row file {file.path!r} was never written, so it cannot be listed.")


def _move_watermark(state: State, through_seq: int) -> None:
    state.watermark = through_seq
    kept = state.set_aside.keys()
    passed = [
        seq for seq, entry in state.log.items() if seq <= through_seq and entry.kind not in KEPT and seq not in kept
    ]
    for seq in passed:
        del state.log[seq]


def _put_profile(state: State, block: ProfileBlock) -> None:
    key = block.key
    by_hour = state.blocks.setdefault((key.project, key.model, key.bin_set, key.segment), {})
    by_hour.setdefault(key.hour_us, {})[key.version] = block


def _put_evaluation(state: State, block: EvaluationBlock) -> None:
    state.evaluation_seq += 1
    key = (block.project, block.model, block.version, block.segment, block.of_outcomes, block.window)
    before = state.evaluations.get(key)
    if before is not None:
        del state.by_seq[before.seq]
    state.evaluations[key] = state.by_seq[state.evaluation_seq] = replace(block, seq=state.evaluation_seq)
