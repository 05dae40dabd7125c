"""Segments of a model that is killed again and again are those of one that never was."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from tests.simulation.served_model import NAME, PROJECT, ServedModel, binary_columns

from seamark.pipeline.options import PipelineOptions
from seamark.pipeline.tick import Pipeline
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.records.window import Window

EVER = Window(0, 2**62)


class Killed(Exception):
    """The process ends here."""


class MortalModel(ServedModel):
    """Small slices; with `dies`, killed around every commit: in turn just before it and just after."""

    dies = False
    lives = 0

    def restart(self):
        self.pipeline = Pipeline(
            self.store,
            lambda _project, _name: self.options,
            receivers={},
            base_url="http://localhost:8420",
            options=PipelineOptions(slice_rows=70, compact_files=3),
        )

    def live(self):
        """Until there is nothing left to do, over as many lives as it takes."""
        while True:
            self.restart()
            commit = self.store.slow.commit
            if self.dies:
                self.store.slow.commit = fatal(commit, lands=self.lives % 2 == 1)
            try:
                self.pipeline.tick(self.now_us)
            except Killed:
                self.lives += 1
            else:
                return
            finally:
                self.store.slow.commit = commit


def fatal(commit, *, lands):
    """A commit like any other the first time; the second one is the end, whether or not it `lands` before."""
    steps = []

    def committed(step):
        steps.append(step)
        if len(steps) < 2 or lands:
            commit(step)
        if len(steps) == 2:
            raise Killed

    return committed


def of_many_countries(rng, rows):
    """More countries than a dimension has places for, rare ones last; some rows say none."""
    columns = binary_columns(rng, rows)
    countries = [f"c{int(number)}" for number in np.minimum(rng.exponential(20, rows), 90)]
    columns["segment.country"] = np.array([None if rng.random() < 0.1 else name for name in countries], dtype=object)
    return columns


def story(*, dies):
    """First traffic, a provisional reference, more traffic, a reference, late rows and some sent twice."""
    model = MortalModel(
        70, columns=of_many_countries, options=ModelOptions(segments=("country",)), reference_rows=0, rows_an_hour=200
    )
    model.dies = dies
    for hour in range(7):
        model.log(model.traffic(hour, 200))
        model.hour += 1
        model.live()
    rng = np.random.default_rng(71)
    model.log(model._table(rng, of_many_countries(rng, 800), 0), EntryKind.REFERENCE)
    model.log(model.traffic(7, 200))
    model.log(model.traffic(3, 200))
    model.log(model.traffic(40, 50))
    model.live()
    return model


def blocks(model):
    """By segment, version and hour, for each bin set there was. Their ids count attempts too."""
    slow, found = model.store.slow, []
    for made in slow.bin_sets(PROJECT, NAME):
        stored = [slow.profiles(PROJECT, NAME, made.id, EVER, segment=name) for name in ("", *model.model.segments)]
        keyed = {replace(block.key, bin_set=0): (block.rows, block.payload) for block in chain(*stored)}
        found.append(keyed)
    return found


@pytest.fixture(scope="module")
def unharmed():
    return story(dies=False)


def test_a_model_that_is_killed_again_and_again_has_the_same_segments(unharmed):
    killed_often = story(dies=True)
    assert killed_often.lives > 10
    assert killed_often.model.segments == unharmed.model.segments
    assert blocks(killed_often) == blocks(unharmed)


def test_the_story_has_all_there_is_to_segments(unharmed):
    model = unharmed.model
    assert len(model.segments) == 51
    assert model.segments.index("country=OTHER") > 0
    assert (model.rows, model.duplicates, model.building_segments) == (8 * 200 + 50, 200, ())
    assert [len({key.segment for key in each}) for each in blocks(unharmed)][-1] == 52
