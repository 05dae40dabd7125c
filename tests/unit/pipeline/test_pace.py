"""How much the lanes take at once, how often they look and when they are restarted changes nothing in what is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.served_model import NAME, PROJECT, ServedModel, shifted

from seamark.clock import HOUR_US
from seamark.errors import InvalidInput
from seamark.pipeline.options import PipelineOptions
from seamark.pipeline.tick import Pipeline
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats import columns

EVER = Window(0, 2**62)
HOURS = 10
USUAL = PipelineOptions()
HOURLY = ModelOptions(window_seconds=3600, min_rows=20)


def played(pace=USUAL, *, tick_hours=1, restarts=(), doubled=()):
    """Ten hours of a model whose last four are wrong, served at some pace."""
    served = ServedModel(
        90, rows_an_hour=60, reference_rows=1_000, options=HOURLY, faults=[(6, shifted("feature.age", 40.0))]
    )

    def start():
        served.pipeline = Pipeline(
            served.store, lambda _p, _m: served.options, receivers={}, base_url="http://localhost", options=pace
        )

    start()
    for hour in range(HOURS):
        if hour in restarts:
            start()
        if hour in doubled:
            served.log(served.traffic(hour, served.rows_an_hour))
        served.run(1, tick_hours=tick_hours)
    served.pipeline.tick(served.now_us)
    return served


def found(served):
    """All that must be the same: the model, its counts, its verdicts, its alerts by what they are about."""
    model = served.store.slow.model(PROJECT, NAME)
    blocks = served.store.slow.profiles(PROJECT, NAME, model.bin_set, EVER)
    judged = served.store.slow.evaluations(PROJECT, NAME, EVER)
    return (
        (model.rows, model.versions, model.window_us, model.evaluated_through_us),
        [(block.key.hour_us, block.rows, block.payload) for block in blocks],
        [(block.window, block.rows, columns.unpack(block.payload)["status"].tolist()) for block in judged],
        sorted((alert.monitor, alert.state, alert.evidence) for alert in served.store.fast.alerts(PROJECT)),
    )


@pytest.fixture(scope="module")
def expected():
    return found(played())


def test_the_story_has_something_to_find(expected):
    (rows, *_), blocks, judged, alerts = expected
    assert rows == HOURS * 60
    assert len(blocks) == len(judged) == HOURS
    assert any(monitor == "feature.age:jensen_shannon" for monitor, *_ in alerts)


paces = st.builds(
    lambda rows, windows, files: replace(USUAL, slice_rows=rows, windows_a_step=windows, compact_files=files),
    st.sampled_from([1, 59, 61, 200]),
    st.sampled_from([1, 3, 64]),
    st.sampled_from([2, 16]),
)


@settings(max_examples=6)
@given(paces, st.sets(st.integers(0, HOURS - 1), max_size=4))
def test_slices_and_restarts_change_nothing(expected, pace, restarts):
    assert found(played(pace, restarts=restarts)) == expected


@settings(max_examples=4)
@given(st.sets(st.integers(1, HOURS - 1), min_size=1, max_size=4), st.sets(st.integers(0, HOURS - 1), max_size=3))
def test_rows_that_come_twice_count_once_through_any_restart(expected, doubled, restarts):
    served = played(doubled=doubled, restarts=restarts)
    assert found(served) == expected
    assert served.model.duplicates == 60 * len(doubled)


def test_the_counts_do_not_depend_on_how_often_the_lane_looks(expected):
    assert found(played(tick_hours=5))[:3] == expected[:3]


def test_a_tick_that_finds_nothing_new_changes_nothing(expected):
    served = played()
    revision = served.store.fast.evaluations_through()
    for _ in range(3):
        served.pipeline.tick(served.now_us)
    assert found(served) == expected
    assert served.store.fast.evaluations_through() == revision


def test_a_window_is_judged_when_it_is_sealed_and_not_before():
    served = played()
    judged = len(served.store.slow.evaluations(PROJECT, NAME, EVER))
    served.log(served.traffic(HOURS, 60))
    end_us = served.now_us - 10 * 60_000_000 + HOUR_US
    served.pipeline.tick(end_us + 599_000_000)
    assert len(served.store.slow.evaluations(PROJECT, NAME, EVER)) == judged
    served.pipeline.tick(end_us + 600_000_000)
    assert len(served.store.slow.evaluations(PROJECT, NAME, EVER)) == judged + 1


@pytest.mark.parametrize("name", ["slow_seconds", "fast_seconds", "slice_rows", "windows_a_step", "compact_files"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_pace_at_which_nothing_would_happen_is_refused(name, value):
    with pytest.raises(InvalidInput, match=f"{name} must be above 0, not {value}"):
        PipelineOptions(**{name: value})
