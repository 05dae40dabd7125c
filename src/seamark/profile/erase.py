"""Takes back everything that is stored about some ids: rows, their join files, profiles and joined counts.

Profiles are sums of whole numbers, so taking back is as exact as adding: what is left is what the other rows give. Two
things are not sums and stay: the extremes of a signal, which become unknown where the rows may have set them, and bins,
references and thresholds that were made of many rows and hold none. Blocks of earlier bin sets keep their counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from seamark.clock import HOUR_US
from seamark.errors import Conflict
from seamark.profile.bins import BinSets
from seamark.profile.conform import flat
from seamark.profile.counting import count_by_hour
from seamark.profile.indexes import OUTCOMES, distinct, id_keys
from seamark.profile.joining import join_tables
from seamark.profile.matching import Matcher
from seamark.profile.rebin import is_building
from seamark.profile.segments import Segments
from seamark.records import rows as columns
from seamark.records.blocks import ProfileBlock, ProfileKey, RowFile, SlowStep
from seamark.records.model import Model
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.profile import Profile
from seamark.store.protocol import JoinIndex, Store

KINDS = ("predictions", "outcomes", "reference")


@dataclass(frozen=True, slots=True)
class Eraser:
    """Works on a store that no lane runs on and whose log has been absorbed."""

    store: Store
    bin_sets: BinSets
    matcher: Matcher

    def erase(self, model: Model, options: ModelOptions, ids: Sequence[str]) -> tuple[SlowStep, dict[str, int]]:
        """The step without the rows of some ids, and how many they were, by kind.

        Raises Conflict while the model's rows are being counted anew.
        """
        if is_building(self.store.slow, model) or any(
            stored.id != model.scorecard for stored in self.matcher.gradings.live(model)
        ):
            raise Conflict(
                f"The rows of model {model.name!r} are being counted anew; let the server finish that, then try again."
            )
        about = pa.table({columns.ID: pa.array(sorted(set(ids)), pa.string())})
        step = SlowStep(watermark_seq=self.store.slow.watermark())
        step, model = self.matcher.without(step, model, about)
        erased: dict[str, int] = {}
        for kind in KINDS:
            step, gone = self._rows(step, model, kind, about)
            erased[kind] = gone.num_rows
            if kind == "predictions" and gone.num_rows:
                step, model = self._uncounted(step, model, options, gone)
        return replace(step, models=(model,)), erased

    def _rows(self, step: SlowStep, model: Model, kind: str, about: pa.Table) -> tuple[SlowStep, pa.Table]:
        """The step with the files of a kind that hold such rows written anew without them; and the rows."""
        gone: list[pa.Table] = []
        index = {"predictions": self.matcher.index(model), "outcomes": OUTCOMES}.get(kind)
        for file in self.store.rows.files(kind, model.project, model.name):
            if index is not None and not any(self.store.rows.find([file], index, distinct(id_keys(about)))):
                continue
            table = join_tables(list(self.store.rows.scan([file])))
            hit = pc.fill_null(pc.is_in(flat(table[columns.ID]), flat(about[columns.ID])), fill_value=False)
            if not pc.any(hit).as_py():
                continue
            gone.append(table.filter(hit))
            step = self._rewritten(step, file, table.filter(pc.invert(hit)), index)
        return step, join_tables(gone) if gone else about.slice(0, 0)

    def _rewritten(self, step: SlowStep, file: RowFile, rest: pa.Table, index: JoinIndex | None) -> SlowStep:
        owner = (file.kind, file.project, file.model)
        new = self.store.rows.write(*owner, rest, file.last_seq, index) if rest.num_rows else []
        return replace(step, new_files=(*step.new_files, *new), dropped_files=(*step.dropped_files, file.id))

    def _uncounted(self, step: SlowStep, model: Model, options: ModelOptions, gone: pa.Table) -> tuple[SlowStep, Model]:
        model = replace(model, rows=model.rows - gone.num_rows)
        if model.bin_set is None:
            return step, model
        blocks = tuple(self._shrunk(model, Segments(options.segments, model.segments).grown(gone), gone))
        hours = sorted({block.key.hour_us for block in blocks})
        dirty = tuple((model.project, model.name, hour) for hour in hours)
        return replace(step, blocks=(*step.blocks, *blocks), dirty=(*step.dirty, *dirty)), model

    def _shrunk(self, model: Model, segments: Segments, gone: pa.Table) -> Iterator[ProfileBlock]:
        assert model.bin_set is not None  # noqa: S101 the caller has asked
        bin_set = self.bin_sets.get(model.project, model.name, model.bin_set)
        for (segment, version, hour_us), profile in count_by_hour(gone, bin_set, segments).items():
            hour = Window(hour_us, hour_us + HOUR_US)
            place = (model.project, model.name, model.bin_set)
            for block in self.store.slow.profiles(*place, hour, version=version, segment=segment):
                left = Profile.from_bytes(block.payload, bin_set) - profile
                key = ProfileKey(*place, version, segment, hour_us)
                yield ProfileBlock(key, left.rows, left.to_bytes())
