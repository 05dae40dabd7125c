"""The line of a version over time says of each window what its distribution says."""

import pyarrow as pa
import pytest
from tests.unit.profile.traffic import FRAUD, START_US, entry, memory_store, predictions

from seamark.clock import DAY_US
from seamark.pipeline.tick import Pipeline
from seamark.query.questions import Questions
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.records.window import Window

SPAN = Window(START_US, START_US + 2 * DAY_US)
MONITOR = "feature.amount:jensen_shannon"


@pytest.fixture(scope="module")
def ask():
    """Two days of two versions in windows of six hours."""
    store, options = memory_store(), ModelOptions(window_seconds=21_600)
    pipeline = Pipeline(store, lambda _p, _m: options, receivers={}, base_url="http://localhost")
    both = pa.concat_tables([predictions(1_500, hours=48, seed=seed, version=str(seed)) for seed in (1, 2)])
    reference = predictions(2_000, seed=7, first_hour=-200)
    store.log.append([entry(reference, EntryKind.REFERENCE), entry(both, EntryKind.PREDICTIONS)])
    pipeline.tick(SPAN.end_us + DAY_US)
    questions = Questions(store)

    def question(name, *arguments, window=SPAN, **filters):
        named = {"window": window, "version": "", "segment": "", "now_us": SPAN.end_us, **filters}
        return getattr(questions, name)(*FRAUD, *arguments, **named)

    return question


def test_every_window_of_a_versions_line_is_what_its_distribution_says(ask):
    series = ask("series", MONITOR)
    assert [line["version"] for line in series["versions"]] == ["1", "2"]
    for place, (start, end) in enumerate(zip(series["points"]["start_ms"], series["points"]["end_ms"], strict=True)):
        shown = ask("distribution", "feature.amount", window=Window(start * 1000, end * 1000))
        lines = [(line["version"], line["n"][place], line["value"][place]) for line in series["versions"]]
        parts = [(each["version"], each["n"], pytest.approx(each["value"], rel=1e-5)) for each in shown["versions"]]
        assert lines == parts


def test_a_series_without_its_versions_is_the_same_but_for_them(ask):
    assert ask("series", MONITOR, versions=False) == {**ask("series", MONITOR), "versions": []}
