"""Models whose input is a vector or a sentence: days of traffic through the door's describer and the whole pipeline."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel

from seamark.clock import HOUR_US
from seamark.profile.describer import Describer
from seamark.records.log import EntryKind
from seamark.records.monitor import RuleKind, monitors_from_json
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.profile import Profile

EVER = Window(0, 2**62)
DIMENSIONS = 48
AXES = np.exp(np.random.default_rng(7).normal(0, 1, DIMENSIONS))  # a few coordinates are much larger than the rest
MIDDLE = np.random.default_rng(8).normal(0, 1, DIMENSIONS)
TURN = np.linalg.qr(np.random.default_rng(9).normal(size=(DIMENSIONS, DIMENSIONS)))[0]
WORDS = ["".join(word) for word in np.random.default_rng(10).choice(list("abcdefghinorst"), (3_000, 5))]
OTHER_WORDS = ["".join(word) for word in np.random.default_rng(11).choice(list("абвгдежзик"), (3_000, 5))]
FREQUENCY = 1 / np.arange(1.0, 3_001)
FREQUENCY /= FREQUENCY.sum()


def vectors(rng, rows):
    return MIDDLE + AXES * rng.normal(size=(rows, DIMENSIONS))


def sentences(rng, rows, words=WORDS, mean=30):
    lengths = 1 + rng.poisson(mean, rows)
    chosen = np.array(words)[np.searchsorted(np.cumsum(FREQUENCY), rng.random(lengths.sum()) * 0.999_999)]
    return [" ".join(part) for part in np.split(chosen, np.cumsum(lengths)[:-1])]


def embedded(rng, rows):
    return {
        "feature.vector": pa.array(list(vectors(rng, rows))),
        "feature.age": rng.normal(40, 10, rows),
        "feature.visits": rng.poisson(4, rows).astype(float),
        "score": rng.random(rows),
    }


def written(rng, rows):
    return {
        "feature.prompt": sentences(rng, rows),
        "feature.age": rng.normal(40, 10, rows),
        "score": rng.random(rows),
    }


@dataclass
class DescribedModel(ServedModel):
    """Its rows come through the door's describer, so that no content is stored."""

    def __post_init__(self):
        self.describer = Describer(self.store.slow, lambda _project, _model: self.options)
        super().__post_init__()

    def log(self, table, kind=EntryKind.PREDICTIONS):
        columns = {name: table[name].combine_chunks() for name in table.column_names}
        if kind is EntryKind.PREDICTIONS:
            return super().log(pa.table(self.describer.batch(PROJECT, NAME, columns)), kind)
        found = self.describer.reference(PROJECT, NAME, columns)
        super().log(pa.table(found.columns).replace_schema_metadata(found.metadata), kind)
        return self.describer.remember(PROJECT, NAME, found.learned)

    def stored(self):
        rows = self.store.rows
        return pa.concat_tables(rows.scan(rows.files("predictions", PROJECT, NAME)), promote_options="permissive")


def changed(make):
    """A fault: the vectors are others."""
    return lambda rng, columns: {
        **columns,
        "feature.vector": pa.array(list(make(rng, vectors(rng, len(columns["score"]))))),
    }


VECTOR_FAULTS = {
    "turned": lambda _rng, x: x @ TURN,
    "moved": lambda _rng, x: x + 0.3 * AXES,
    "longer": lambda _rng, x: x * 1.15,
    "of another dimension": lambda _rng, x: x[:, :-1],
    "with holes": lambda rng, x: np.where(rng.random((len(x), 1)) < 0.2, np.nan, x),
}
TEXT_FAULTS = {
    "in another language": lambda rng, rows: sentences(rng, rows, OTHER_WORDS),
    "longer": lambda rng, rows: sentences(rng, rows, mean=40),
    "in capitals": lambda rng, rows: [text.upper() for text in sentences(rng, rows)],
    "of unknown words": lambda rng, rows: sentences(rng, rows, WORDS[:2_000] + [word[::-1] for word in WORDS[2_000:]]),
    "gone": lambda rng, rows: [text if rng.random() < 0.8 else None for text in sentences(rng, rows)],
}


@pytest.mark.parametrize("columns", [embedded, written])
@pytest.mark.parametrize("seed", range(2))
def test_quiet_days_of_contents_raise_nothing(seed, columns):
    served = DescribedModel(seed, columns=columns, reference_rows=5_000)
    served.run(3 * 24, tick_hours=6)
    assert served.alerts() == []


@pytest.mark.parametrize("fault", VECTOR_FAULTS)
def test_vectors_that_change_are_one_incident_of_the_embedding(fault):
    served = DescribedModel(21, columns=embedded, reference_rows=5_000, faults=[(26, changed(VECTOR_FAULTS[fault]))])
    served.run(30)  # on its first day nobody can tell a fault from a season
    (incident,) = served.incidents()
    assert incident.causes[0].subject == "feature.vector"
    assert incident.onset_us == START_US + 26 * HOUR_US
    assert {alert.signal for alert in served.alerts()} <= {"feature.vector", "joint"}


@pytest.mark.parametrize("fault", TEXT_FAULTS)
def test_texts_that_change_are_one_incident_of_the_text(fault):
    make = TEXT_FAULTS[fault]
    faults = [(26, lambda rng, columns: {**columns, "feature.prompt": make(rng, len(columns["score"]))})]
    served = DescribedModel(22, columns=written, reference_rows=5_000, faults=faults)
    served.run(30)
    (incident,) = served.incidents()
    assert incident.causes[0].subject == "feature.prompt"
    assert {alert.signal for alert in served.alerts()} <= {"feature.prompt", "joint"}


@pytest.mark.parametrize("columns", [embedded, written])
def test_rows_that_came_as_content_are_counted_like_those_described_at_the_door(columns):
    at_the_door = DescribedModel(23, columns=columns, reference_rows=2_000)
    as_they_come = ServedModel(23, columns=columns, reference_rows=2_000)
    for served in (at_the_door, as_they_come):
        served.run(3)
    ours, theirs = (
        [block.payload for block in served.store.slow.profiles(PROJECT, NAME, served.model.bin_set, EVER)]
        for served in (at_the_door, as_they_come)
    )
    assert ours == theirs
    assert ours


def test_no_content_is_stored_unless_its_owner_asks():
    served = DescribedModel(24, columns=written, reference_rows=2_000)
    served.run(1)
    assert "feature.prompt" not in served.stored().column_names
    assert "feature.prompt/unknown_words" in served.stored().column_names


def test_a_text_without_any_reference_is_watched_all_the_same():
    served = DescribedModel(25, columns=written, reference_rows=0)
    served.run(6)
    assert "feature.prompt" not in served.stored().column_names
    watched = monitors_from_json(served.store.slow.monitor_set(served.model.monitor_set).payload)
    assert "feature.prompt:group_shift" in {monitor.name for monitor in watched}


def test_vectors_without_any_reference_are_described_once_there_are_enough():
    served = DescribedModel(26, columns=embedded, reference_rows=0)
    served.run(8)
    stored = served.stored()
    assert stored["feature.vector"].null_count > 0  # the later ones are described at the door
    assert stored["feature.vector/norm"].null_count > 0  # the first ones were stored as they came
    profiles = served.store.slow.profiles(PROJECT, NAME, served.model.bin_set, EVER)
    bin_set = served.pipeline._absorber.bin_sets.get(PROJECT, NAME, served.model.bin_set)
    counted = Profile.total([Profile.from_bytes(block.payload, bin_set) for block in profiles])
    assert counted.n()[bin_set.position("feature.vector/norm")] == stored.num_rows


def test_a_learned_threshold_watches_an_embedding_as_one():
    turned = changed(VECTOR_FAULTS["moved"])
    options = ModelOptions(baseline="seasonal", budget=2.0)
    hours = 4 * 7 * 24
    served = DescribedModel(
        27, rows_an_hour=100, columns=embedded, options=options, reference_rows=3_000, faults=[(hours + 24, turned)]
    )
    served.run(hours + 24, tick_hours=24)
    assert served.alerts() == []
    served.run(24, tick_hours=6)
    assert "feature.vector:group_shift" in served.firing()
    watched = monitors_from_json(served.store.slow.monitor_set(served.model.monitor_set).payload)
    (group,) = (monitor for monitor in watched if monitor.name == "feature.vector:group_shift")
    assert group.rule.kind is RuleKind.CALIBRATED
