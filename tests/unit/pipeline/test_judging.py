"""What came true is judged when there is something new, in small steps, and never stored twice."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.pipeline.test_scorecards import ROWS, tell
from tests.unit.profile.traffic import FRAUD, START_US, entry, memory_store, predictions

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.pipeline.outcomes import OutcomeJudge
from seamark.pipeline.tick import Pipeline
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.records.quality import QualityOptions
from seamark.records.window import Window

NOW_US = START_US + 3 * DAY_US
WATCHED = ModelOptions(window_seconds=21_600, quality={"accuracy": QualityOptions(0.9)})
RETIRED = replace(WATCHED, retired=True)
ALWAYS = Window(0, 2**62)


def tick(store, options):
    Pipeline(store, lambda _p, _m: options, receivers={}, base_url="http://localhost").tick(NOW_US)


def judge(store, options=WATCHED, **pace):
    return OutcomeJudge(store, lambda _p, _m: options, **pace)


def steps(store, of, now_us=NOW_US):
    """All that is left to store at a moment, stored."""
    found = []
    while (step := of.evaluate(now_us)) is not None:
        store.slow.commit(step)
        found.append(step)
    return found


def verdicts(store):
    return [
        (each.window, each.monitor_set, each.payload)
        for each in store.slow.evaluations(*FRAUD, ALWAYS, of_outcomes=True)
    ]


@pytest.fixture
def store():
    """Two thirds of the outcomes are judged; the rest are counted."""
    opened = memory_store()
    opened.log.append(
        [entry(predictions(1_200, seed=9, first_hour=-50), EntryKind.REFERENCE), entry(predictions(ROWS, hours=24))]
    )
    labels = np.arange(ROWS) % 2.0
    tell(opened, labels[:200].tolist(), hours=30)
    tick(opened, WATCHED)
    tell(opened, labels[200:].tolist(), ids=[f"1-{number}" for number in range(200, ROWS)], hours=30)
    tick(opened, RETIRED)
    return opened


def test_new_outcomes_are_judged_and_what_was_said_already_is_not_said_again(store):
    of = judge(store)
    assert steps(store, of)
    told = verdicts(store)
    assert steps(store, of, NOW_US + HOUR_US) == []
    assert steps(store, judge(store), NOW_US) == [], "its memory is disposable"
    assert verdicts(store) == told


def test_a_model_is_looked_at_again_after_a_quarter_of_an_hour_if_outcomes_came_and_else_after_an_hour(store):
    of = judge(store)
    steps(store, of)
    model = store.slow.model(*FRAUD)
    assert not of._is_due(model, WATCHED, NOW_US + HOUR_US - 1)
    assert of._is_due(model, WATCHED, NOW_US + HOUR_US)
    more = replace(model, outcomes=replace(model.outcomes, rows=model.outcomes.rows + 1))
    assert not of._is_due(more, WATCHED, NOW_US + 15 * MINUTE_US - 1)
    assert of._is_due(more, WATCHED, NOW_US + 15 * MINUTE_US)


def test_what_is_retired_or_has_no_outcomes_or_no_windows_yet_is_not_judged(store):
    assert judge(store, RETIRED).evaluate(NOW_US) is None
    model = store.slow.model(*FRAUD)
    of = judge(store)
    assert of._is_due(model, WATCHED, NOW_US)
    for unready in ({"outcomes": None}, {"window_us": None}, {"scorecard": None}):
        assert not of._is_due(replace(model, **unready), WATCHED, NOW_US)


def test_many_verdicts_are_stored_a_few_at_a_time_and_come_to_the_same(store):
    stricter = replace(WATCHED, quality={"accuracy": QualityOptions(0.95)})
    small = steps(store, judge(store, stricter, blocks_a_step=2))
    assert len(small) > 1
    assert all(len(step.evaluations) <= 2 for step in small)
    ends = [block.window.end_us for step in small for block in step.evaluations]
    assert ends == sorted(ends)
    assert len(ends) == len(verdicts(store))
    assert steps(store, judge(store, stricter)) == []


def test_another_tolerance_is_another_list_of_monitors_and_judges_anew(store):
    steps(store, judge(store))
    before = store.slow.model(*FRAUD).outcome_monitor_set
    assert steps(store, judge(store, replace(WATCHED, quality={"accuracy": QualityOptions(0.8)})))
    after = store.slow.model(*FRAUD).outcome_monitor_set
    assert after != before
    assert {monitor_set for _, monitor_set, _ in verdicts(store)} == {after}


def test_a_model_that_cannot_be_judged_waits_and_keeps_nobody_else_waiting(store, caplog):
    model = store.slow.model(*FRAUD)
    [card, *_] = [each for each in store.slow.scorecards(*FRAUD) if each.id == model.scorecard]
    broken = replace(card, id=store.slow.next_id(), model="broken", payload=b"nonsense")
    other = replace(model, name="broken", scorecard=broken.id)
    store.slow.commit(SlowStep(store.slow.watermark(), models=(other,), scorecards=(broken,)))
    of = judge(store)
    found = steps(store, of)
    assert {block.model for step in found for block in step.evaluations} == {FRAUD[1]}
    assert "What came true of model 'broken' in project 'default' cannot be judged." in caplog.text
    assert not of._is_due(other, WATCHED, NOW_US + HOUR_US)
    assert of._is_due(other, WATCHED, NOW_US + 2 * HOUR_US)


def test_how_far_outcomes_are_known_is_noted_and_never_beyond_now(store):
    steps(store, judge(store))
    model = store.slow.model(*FRAUD)
    assert model.outcomes_through_us is None or model.outcomes_through_us <= NOW_US
    windows = [window for window, _, _ in verdicts(store)]
    assert len(set(windows)) == len(windows)
    assert all(window.length_us == model.window_us for window in windows)
