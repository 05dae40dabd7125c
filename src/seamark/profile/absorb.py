"""The first stage of the slow lane: log entries after the watermark become rows, blocks and facts.

One call takes one bounded slice. Everything it decides stands in the SlowStep it returns; only row
files are written before, and those count for nothing until the step is committed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seamark.profile.answers import answer
from seamark.profile.attributions import attribute
from seamark.profile.bins import BinSets
from seamark.profile.conform import text_values
from seamark.profile.counting import grown_blocks
from seamark.profile.duplicates import SeenRows, times_us
from seamark.profile.graded import Gradings
from seamark.profile.indexes import OUTCOMES
from seamark.profile.joining import join_tables
from seamark.profile.matching import Matcher
from seamark.profile.reference import adopt
from seamark.profile.segments import Segments
from seamark.profile.silences import acknowledge, end_silence, silence
from seamark.records import rows as columns
from seamark.records.blocks import SlowStep
from seamark.records.log import Change, EntryKind, LoggedEntry
from seamark.records.model import Model
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.store.protocol import Store

_NARROW = 4  # outcomes weigh as little as a quarter of a prediction
_LOG = logging.getLogger("seamark.profile")

OptionsFor = Callable[[str, str], ModelOptions]


@dataclass(frozen=True, slots=True)
class Absorber:
    """Owns the slow lane's memory of stored rows and bin sets; `forget` drops it after a failure."""

    store: Store
    options_for: OptionsFor
    seen: SeenRows
    bin_sets: BinSets
    slice_rows: int = 200_000
    matcher: Matcher = field(init=False)

    def __post_init__(self) -> None:
        """With a matcher of its own."""
        object.__setattr__(self, "matcher", Matcher(self.store, Gradings(self.store.slow)))

    def absorb(self, now_us: int, *, alone: bool = False) -> SlowStep | None:
        """Account for the next slice of the log, or the next entry `alone`; None when there is nothing new."""
        unread = self._unread(1 if alone else self.slice_rows)
        if not unread:
            return None
        entries = _until_reference(unread)
        step = SlowStep(watermark_seq=entries[-1].seq)
        for (project, model), of_model in _by_model(entries):
            for kind, of_kind in _by_kind(of_model):
                step = _HANDLERS[kind](self, step, project, model, of_kind, now_us)
        return step

    def _unread(self, rows: int) -> list[LoggedEntry]:
        """The next slice. Outcomes are narrow, and each search for their predictions passes all join files."""
        after = self.store.slow.watermark()
        unread = self.store.log.read(after, rows)
        if rows > 1 and len(unread) > 1 and all(map(_are_outcomes, unread)):
            unread = list(takewhile(_are_outcomes, self.store.log.read(after, _NARROW * rows)))
        return unread


def _are_outcomes(logged: LoggedEntry) -> bool:
    return logged.entry.kind is EntryKind.OUTCOMES


def _until_reference(entries: Sequence[LoggedEntry]) -> Sequence[LoggedEntry]:
    """A reference changes how rows after it are counted, so it travels in a slice of its own."""
    alone = (EntryKind.REFERENCE, EntryKind.ACTION)
    first = next((i for i, logged in enumerate(entries) if logged.entry.kind in alone), len(entries))
    return entries[: max(first, 1)]


def _by_model(entries: Sequence[LoggedEntry]) -> Iterator[tuple[tuple[str, str], list[LoggedEntry]]]:
    def identity(logged: LoggedEntry) -> tuple[str, str]:
        return logged.entry.project, logged.entry.model

    for key, group in groupby(sorted(entries, key=identity), key=identity):
        yield key, list(group)


def _by_kind(entries: Sequence[LoggedEntry]) -> Iterator[tuple[EntryKind, list[LoggedEntry]]]:
    for kind in EntryKind:
        chosen = [logged for logged in entries if logged.entry.kind is kind]
        if chosen:
            yield kind, chosen


def _predictions(
    absorber: Absorber, step: SlowStep, project: str, name: str, entries: Sequence[LoggedEntry], now_us: int
) -> SlowStep:
    return count_rows(absorber, step, project, name, _joined(absorber, entries), entries[-1].seq, now_us)


def count_rows(
    absorber: Absorber, step: SlowStep, project: str, name: str, table: pa.Table, seq: int, now_us: int
) -> SlowStep:
    """The step with the predictions of `table` stored as of log entry `seq` and counted, those stored before aside."""
    model = absorber.store.slow.model(project, name) or Model(project, name, created_us=now_us)
    fresh = absorber.seen.new(project, name, table)
    repeated = len(fresh) - int(fresh.sum())
    if repeated:
        table = table.filter(pa.array(fresh))
    model = replace(model, duplicates=model.duplicates + repeated)
    if not table.num_rows:
        return replace(step, models=(*step.models, model))
    files = absorber.store.rows.write("predictions", project, name, table, seq, absorber.matcher.index(model))
    absorber.seen.remember(project, name, table)
    step = replace(step, new_files=(*step.new_files, *files))
    model, active = _grown(model, table), model.bin_set
    if active is None:
        return absorber.matcher.with_predictions(replace(step, models=(*step.models, model)), model, table)
    segments = Segments(absorber.options_for(project, name).segments, model.segments).grown(table)
    model = replace(model, segments=segments.names)
    blocks = grown_blocks(absorber.bin_sets, model, active, table, segments)
    dirty = ((project, name, hour) for hour in sorted({block.key.hour_us for block in blocks}))
    step = replace(step, models=(*step.models, model), blocks=(*step.blocks, *blocks), dirty=(*step.dirty, *dirty))
    return absorber.matcher.with_predictions(step, model, table)


def _outcomes(
    absorber: Absorber, step: SlowStep, project: str, name: str, entries: Sequence[LoggedEntry], now_us: int
) -> SlowStep:
    tables = [absorber.store.rows.decode(logged.entry.payload) for logged in entries]
    came = np.repeat([logged.seq for logged in entries], [table.num_rows for table in tables])
    table = join_tables(tables).append_column(columns.SEQ, pa.array(came))
    pending = next((each for each in reversed(step.models) if (each.project, each.name) == (project, name)), None)
    model = pending or absorber.store.slow.model(project, name) or Model(project, name, created_us=now_us)
    step = absorber.matcher.with_outcomes(step, model, table)
    files = absorber.store.rows.write("outcomes", project, name, table, entries[-1].seq, OUTCOMES)
    return replace(step, new_files=(*step.new_files, *files))


def _reference(
    absorber: Absorber, step: SlowStep, project: str, name: str, entries: Sequence[LoggedEntry], now_us: int
) -> SlowStep:
    table = _joined(absorber, entries)
    model = absorber.store.slow.model(project, name) or Model(project, name, created_us=now_us)
    plain = table.replace_schema_metadata(None)  # what the door has learned from it is kept with the bin set
    files = absorber.store.rows.write("reference", project, name, plain, entries[-1].seq)
    step = replace(step, new_files=(*step.new_files, *files))
    options = absorber.options_for(project, name)
    id, before = absorber.store.slow.next_id(), absorber.bin_sets.descriptions(model)
    return adopt(step, model, table, options, id=id, now_us=now_us, provisional=False, before=before)


def _attributions(
    absorber: Absorber, step: SlowStep, project: str, name: str, entries: Sequence[LoggedEntry], now_us: int
) -> SlowStep:
    for logged in entries:
        table = absorber.store.rows.decode(logged.entry.payload)
        step = attribute(step, absorber.bin_sets, project, name, table, now_us=now_us)
    return step


def _changes(
    _absorber: Absorber, step: SlowStep, project: str, name: str, entries: Sequence[LoggedEntry], _now_us: int
) -> SlowStep:
    changes = tuple(_change(logged, project, name) for logged in entries)
    return replace(step, changes=(*step.changes, *changes))


def _change(logged: LoggedEntry, project: str, model: str) -> Change:
    fields = json.loads(logged.entry.payload)
    return Change(
        id=f"chg_{logged.seq}",
        project=project,
        kind=fields["kind"],
        time_us=fields["time_us"],
        summary=fields["summary"],
        model=model or None,
        service=fields.get("service"),
        version=fields.get("version"),
        url=fields.get("url"),
    )


def _actions(
    absorber: Absorber, step: SlowStep, project: str, name: str, entries: Sequence[LoggedEntry], now_us: int
) -> SlowStep:
    """What people did: asked for a baseline of stored traffic, answered alerts, said who is to be told."""
    for logged in entries:
        action = json.loads(logged.entry.payload)
        if action["action"] == "baseline":
            window = Window(action["from_us"], action["to_us"])
            step = _from_traffic(absorber, step, project, name, window, action.get("version"), now_us)
        elif action["action"] == "answer":
            step = answer(step, absorber.store, logged, action)
        elif action["action"] == "silence":
            step = silence(step, logged, action)
        elif action["action"] == "end_silence":
            step = end_silence(step, absorber.store, logged, action)
        elif action["action"] == "acknowledge":
            step = acknowledge(step, logged, action)
    return step


def _from_traffic(
    absorber: Absorber, step: SlowStep, project: str, name: str, window: Window, version: str | None, now_us: int
) -> SlowStep:
    model = absorber.store.slow.model(project, name)
    files = absorber.store.rows.files("predictions", project, name, window)
    table = join_tables(list(absorber.store.rows.scan(files, window=window))) if files else None
    if table is not None and version:
        table = table.filter(pc.equal(table[columns.VERSION], version))
    if model is None or table is None or not table.num_rows:
        _LOG.warning("Model %r has no rows in the period asked for; its baseline stays as it is.", name)
        return step
    options = absorber.options_for(project, name)
    id, before = absorber.store.slow.next_id(), absorber.bin_sets.descriptions(model)
    return adopt(step, model, table, options, id=id, now_us=now_us, provisional=False, before=before)


_HANDLERS = {
    EntryKind.PREDICTIONS: _predictions,
    EntryKind.OUTCOMES: _outcomes,
    EntryKind.REFERENCE: _reference,
    EntryKind.ATTRIBUTIONS: _attributions,
    EntryKind.CHANGE: _changes,
    EntryKind.ACTION: _actions,
}


def _joined(absorber: Absorber, entries: Sequence[LoggedEntry]) -> pa.Table:
    return join_tables([absorber.store.rows.decode(logged.entry.payload) for logged in entries])


def _grown(model: Model, table: pa.Table) -> Model:
    times = times_us(table)
    first, last = int(times.min()), int(times.max())
    versions = text_values(table[columns.VERSION])
    found = pa.table({"version": versions, "time": pa.array(times)}).group_by("version").aggregate([("time", "min")])
    since = model.first_us
    for version, time_us in zip(found["version"].to_pylist(), found["time_min"].to_pylist(), strict=True):
        since[version] = min(time_us, since.get(version, time_us))
    return replace(
        model,
        rows=model.rows + table.num_rows,
        versions=tuple(sorted(since)),
        since_us=tuple(since[version] for version in sorted(since)),
        first_time_us=first if model.first_time_us is None else min(first, model.first_time_us),
        last_time_us=last if model.last_time_us is None else max(last, model.last_time_us),
    )
