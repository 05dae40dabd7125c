"""How a model is judged now, as its owner is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seamark.clock import DAY_US, HOUR_US
from seamark.query.monitoring import monitoring
from seamark.records.blocks import SlowStep
from seamark.records.model import Model, StoredCalibration
from seamark.store.backends.memory import BACKEND

START_US = 20_000 * DAY_US
MODEL = Model(
    "shop", "fraud", START_US, first_time_us=START_US, bin_set=1, baseline=1, window_us=HOUR_US, evaluated_through_us=0
)
LEARNED = StoredCalibration(
    *(5, "shop", "fraud", 1, START_US + 8 * DAY_US, START_US + 8 * DAY_US, HOUR_US),
    *("Baseline: each hour of the day, as configured.", "{}", b"", "seasonal", 2.0, 3.4375),
)


@pytest.fixture
def said(tmp_path):
    store = BACKEND.open(tmp_path)

    def ask(model, *learned, provisional=False):
        store.slow.commit(SlowStep(watermark_seq=0, models=(model,), calibrations=learned))
        return monitoring(store, model, provisional=provisional)

    return ask


def judged(days, **fields):
    return replace(MODEL, evaluated_through_us=START_US + days * DAY_US, **fields)


def test_a_week_is_provisional_and_says_until_when(said):
    found = said(judged(2))
    assert (found["state"], found["baseline"], found["level"]) == ("provisional", "static", None)
    assert found["until_ms"] == (START_US + 7 * DAY_US) // 1000
    assert "one-shot rule against the reference" in found["summary"]
    assert "from 2024-10-11T00:00Z on" in found["summary"]
    assert "twice the smallest effect" in found["summary"]


def test_a_model_of_daily_windows_keeps_the_fixed_rule_until_it_has_84_of_them(said):
    found = said(judged(20, window_us=DAY_US))
    assert found["state"] == "fixed"
    assert found["until_ms"] == (START_US + 84 * DAY_US) // 1000
    assert "twice" not in found["summary"]


def test_early_traffic_as_a_reference_stays_provisional(said):
    found = said(judged(20), provisional=True)
    assert found["state"] == "provisional"
    assert "against the first traffic" in found["summary"]


def test_a_history_in_the_shadow_of_alerts_is_not_promised_a_day(said):
    assert "no open alert overshadows" in said(judged(20))["summary"]


def test_a_calibrated_model_says_by_what_since_when_and_for_which_budget(said):
    found = said(judged(9), LEARNED)
    assert (found["state"], found["baseline"], found["budget"], found["level"]) == (
        "calibrated",
        "seasonal",
        2.0,
        3.4375,
    )
    assert found["summary"] == LEARNED.summary
    assert (found["since_ms"], found["until_ms"]) == (LEARNED.created_us // 1000, None)


@pytest.mark.parametrize("other", [{"bin_set": 2}, {"window_us": 6 * HOUR_US}])
def test_what_was_learned_for_other_bins_or_windows_is_not_in_use(said, other):
    assert said(judged(30, **other), LEARNED)["state"] == "fixed"


def test_without_a_reference_nothing_is_judged_and_it_says_what_is_missing(said):
    found = said(Model("shop", "fraud", START_US))
    assert (found["baseline"], found["until_ms"]) == (None, None)
    assert "send a reference" in found["summary"]
    assert "which windows fit" in said(replace(MODEL, window_us=None))["summary"]
