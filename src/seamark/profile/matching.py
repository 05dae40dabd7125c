"""Outcomes meet their predictions, whichever came first: a part of the slow lane's step.

What an outcome adds stands nowhere but in the blocks. When another one about the same id comes, what the rows said
before it is read back from the row files and taken back exactly; so there is no ledger that could disagree with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seamark.profile.business import asked_columns
from seamark.profile.conform import flat
from seamark.profile.graded import Gradings, changed_blocks, changes
from seamark.profile.grading import POSITION, declared
from seamark.profile.indexes import OUTCOMES, distinct, id_keys, prediction_index
from seamark.profile.joining import join_tables
from seamark.profile.outcomes import Matches, Pairing, gathered
from seamark.profile.segments import Segments
from seamark.records import rows as columns
from seamark.records.blocks import ProfileBlock, RowFile, SlowStep
from seamark.records.business import BusinessOptions
from seamark.records.model import Model, StoredScorecard
from seamark.records.outcomes import Outcomes
from seamark.store.protocol import KEY, JoinIndex, Store


@dataclass(frozen=True, slots=True)
class Matcher:
    """Adds to a step of the slow lane what its rows change in the blocks of scorecards."""

    store: Store
    gradings: Gradings

    def index(self, model: Model, metrics: Mapping[str, BusinessOptions] | None = None) -> JoinIndex:
        """What join files keep of its predictions: what its scorecards count, and what more metrics ask for.

        One for all of them, as a row file has one join file.
        """
        asked = asked_columns(metrics or {})
        for grading in self.gradings.newest(model):
            asked |= asked_columns(declared(grading))
        return prediction_index(sorted({POSITION, *asked}))

    def with_predictions(self, step: SlowStep, model: Model, table: pa.Table) -> SlowStep:
        """The step with what is already known of new predictions, whose files are written but not listed."""
        if model.outcomes is None:
            return step
        known = self.outcomes(model, table)
        if not known.num_rows:
            return step
        index = self.index(model)
        before = self.predictions(self._listed(model), known, index)
        both = join_tables([_slim(before), _slim(table)])
        model = _noted(model, 0, Pairing.of(both, known).matches(), Pairing.of(before, known).matches())
        now = Pairing.of(table.select(index.needs(table.column_names)), known).joined()
        for stored in self.gradings.live(model):
            if stored.id == model.scorecard:
                model, step = self.graded(step, model, stored, now)
        return replace(step, models=(*step.models, model))

    def with_outcomes(self, step: SlowStep, model: Model, table: pa.Table) -> SlowStep:
        """The step with what new outcomes say of predictions; of those too whose files the step is about to list."""
        said = table.select(OUTCOMES.needs(table.column_names))
        earlier = self.outcomes(model, table)
        known = join_tables([earlier, said]) if earlier.num_rows else said
        index = self.index(model)
        files = [*self._listed(model), *(file for file in step.new_files if _is_of(file, model))]
        now = Pairing.of(self.predictions(files, known, index), known)
        before = now.before(earlier.num_rows)
        model = _noted(model, table.num_rows, now.matches(), before.matches())
        for stored in self.gradings.live(model):
            if stored.id != model.scorecard:  # it is being counted: what is not covered yet will be with this
                covered = [file for file in files if file.id and file.last_seq <= stored.covered_seq]
                now = Pairing.of(self.predictions(covered, known, index), known)
                before = now.before(earlier.num_rows)
            model, step = self.graded(step, model, stored, now.joined(), before.joined())
        return replace(step, models=(*step.models, model))

    def without(self, step: SlowStep, model: Model, about: pa.Table) -> tuple[SlowStep, Model]:
        """The step that takes back what was known of the ids of `about`, whose rows are all leaving; and the model."""
        known = self.outcomes(model, about) if model.outcomes is not None else None
        if known is None or not known.num_rows:
            return step, model
        before = Pairing.of(self.predictions(self._listed(model), known, self.index(model)), known)
        model = _noted(model, -known.num_rows, Matches(0, Counter()), before.matches())
        joined = before.joined()
        for stored in self.gradings.live(model) if joined.num_rows else ():
            model, step = self.graded(step, model, stored, joined.slice(0, 0), joined)
        return step, model

    def graded(
        self, step: SlowStep, model: Model, stored: StoredScorecard, now: pa.Table, before: pa.Table | None = None
    ) -> tuple[Model, SlowStep]:
        """The step with the blocks that change when `now` is known of predictions of which `before` was."""
        grading = self.gradings.get(stored)
        segments = Segments(grading.dimensions, model.segments).grown(now)
        pending = {block.key: block for block in step.blocks if block.key.bin_set == stored.id}
        blocks: list[ProfileBlock] = []
        for change in changes(grading, segments, now, before):
            blocks += changed_blocks(self.store.slow, pending, model, stored, grading, change)
        return replace(model, segments=segments.names), replace(step, blocks=(*step.blocks, *blocks))

    def outcomes(self, model: Model, table: pa.Table) -> pa.Table:
        """The stored outcomes about the ids of some rows."""
        files = self.store.rows.files("outcomes", model.project, model.name)
        found = gathered(list(self.store.rows.find(files, OUTCOMES, distinct(id_keys(table)))), "outcomes")
        return found.filter(pc.is_in(found[columns.ID], flat(table[columns.ID])))

    def told(self, model: Model, files: Sequence[RowFile]) -> pa.Table:
        """The predictions in `files` that some outcome is about."""
        known = self.store.rows.files("outcomes", model.project, model.name)
        keys = [found[KEY].to_numpy() for found in self.store.rows.find(known, OUTCOMES, None)]
        sought = distinct(np.concatenate(keys)) if keys else np.empty(0, dtype=np.uint64)
        return gathered(list(self.store.rows.find(files, self.index(model), sought)), "predictions")

    def predictions(self, files: Sequence[RowFile], about: pa.Table, index: JoinIndex) -> pa.Table:
        """The predictions in `files` with the ids of some rows, and a chance few more whose ids share a key."""
        return gathered(list(self.store.rows.find(files, index, distinct(id_keys(about)))), "predictions")

    def _listed(self, model: Model) -> list[RowFile]:
        return self.store.rows.files("predictions", model.project, model.name)


def _is_of(file: RowFile, model: Model) -> bool:
    return (file.kind, file.project, file.model) == ("predictions", model.project, model.name)


def _slim(predictions: pa.Table) -> pa.Table:
    return predictions.select([columns.ID, columns.TIME])


def _noted(model: Model, rows: int, now: Matches, before: Matches) -> Model:
    """With what is matched and waits now and did not before."""
    waiting = now.waiting.copy()
    waiting.subtract(before.waiting)
    return replace(model, outcomes=(model.outcomes or Outcomes()).grown(rows, now.matched - before.matched, waiting))
