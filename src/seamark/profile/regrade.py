"""A model's scorecard: made when the first outcomes meet predictions, and counted anew over stored rows.

As with bin sets, a scorecard that is newer than the active one is *building*: its blocks hold the predictions of the
row files up to `covered_seq`, with all outcomes there are. Each call covers some files more; when none is left, it
becomes the active one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa

from seamark.profile.bins import BinSets
from seamark.profile.grading import grading_of, wish_of
from seamark.profile.joining import join_tables
from seamark.profile.matching import Matcher
from seamark.profile.outcomes import Pairing
from seamark.profile.rebin import slice_of
from seamark.records.blocks import SlowStep
from seamark.records.model import Model, StoredScorecard
from seamark.records.options import ModelOptions
from seamark.stats.grading import Grading
from seamark.store.protocol import Store

_SAMPLE_ROWS: Final = 5_000  # with the newest outcomes tell what these are like
_LOOKED_AT_ROWS: Final = 500_000  # outcomes, at most, until so many are found
_LOG: Final = logging.getLogger("seamark.profile")


@dataclass(frozen=True, slots=True)
class Grader:
    """Makes and counts scorecards. Its memory is disposable: when it last tried in vain."""

    store: Store
    bin_sets: BinSets
    matcher: Matcher
    _tried: dict[tuple[str, str], int] = field(default_factory=dict)  # matched outcomes by then

    def grade(self, model: Model, options: ModelOptions, slice_rows: int, now_us: int) -> SlowStep | None:
        """The next step towards the scorecard that the model should have; None when it has that."""
        if model.outcomes is None or model.bin_set is None:
            return None
        stored = self.store.slow.scorecards(model.project, model.name)
        newest = stored[-1] if stored else None
        fits = None if newest is None or newest.bin_set != model.bin_set else self.matcher.gradings.get(newest)
        fits = fits if fits is not None and fits.wish == wish_of(options) else None
        if fits is None or fits.unknown:
            made = self._made(model, options, now_us, fits)
            if made is not None:
                return made
        if newest is None or newest.id == model.scorecard or newest.bin_set != model.bin_set:
            return None
        return self._continued(model, newest, slice_rows)

    def _made(self, model: Model, options: ModelOptions, now_us: int, fits: Grading | None) -> SlowStep | None:
        """A new scorecard, as soon as joined rows tell what it should be. Tried anew with twice as many.

        Where the newest one `fits`: as soon as names in business metrics have got a column that it knew none for.
        """
        assert model.outcomes is not None and model.bin_set is not None  # noqa: S101, PT018 `grade` has asked
        key, matched = (model.project, model.name), model.outcomes.matched
        if matched < max(1, 2 * self._tried.get(key, 0)):
            return None
        self._tried[key] = matched
        bin_set = self.bin_sets.get(*key, model.bin_set)
        grading = grading_of(self._sample(model, options), bin_set, model.task, options)
        if grading is None or (fits is not None and not grading.unknown.keys() < fits.unknown.keys()):
            return None
        for metric, why in grading.unknown.items():
            _LOG.warning(
                "Business metric %r of model %r in project %r is not counted yet. %s", metric, model.name, key[0], why
            )
        made = StoredScorecard(
            self.store.slow.next_id(), *key, now_us, model.bin_set, covered_seq=0, payload=grading.to_bytes()
        )
        self._tried.pop(key)
        return SlowStep(watermark_seq=self.store.slow.watermark(), scorecards=(made,))

    def _sample(self, model: Model, options: ModelOptions) -> pa.Table:
        """Joined predictions of some of the newest outcomes."""
        rows, found = self.store.rows, list[pa.Table]()
        listed = rows.files("predictions", model.project, model.name)
        looked_at, index = 0, self.matcher.index(model, options.business)
        for file in rows.files("outcomes", model.project, model.name)[::-1]:
            for part in rows.scan([file]):
                found.append(Pairing.of(self.matcher.predictions(listed, part, index), part).joined())
                looked_at += part.num_rows
            if looked_at >= _LOOKED_AT_ROWS or sum(table.num_rows for table in found) >= _SAMPLE_ROWS:
                break
        return join_tables(found)

    def _continued(self, model: Model, building: StoredScorecard, slice_rows: int) -> SlowStep:
        step = SlowStep(watermark_seq=self.store.slow.watermark())
        listed = self.store.rows.files("predictions", model.project, model.name)
        waiting = sorted((f for f in listed if f.last_seq > building.covered_seq), key=lambda file: file.last_seq)
        chosen = slice_of(waiting, slice_rows) if waiting else []
        if chosen:
            table = self.matcher.told(model, chosen)
            known = self.matcher.outcomes(model, table)
            model, step = self.matcher.graded(step, model, building, Pairing.of(table, known).joined())
            building = replace(building, covered_seq=chosen[-1].last_seq)
        if len(chosen) == len(waiting):
            model = replace(model, scorecard=building.id, outcome_monitor_set=None)  # another card, another usual
        return replace(step, models=(model,), scorecards=(building,))
