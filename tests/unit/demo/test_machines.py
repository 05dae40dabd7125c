"""The simulated machines around the bundled data."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.demo.machines import FEATURES, SERVICE, SLA_SECONDS, Around, minutes, rests
from seamark.records.metric import METRICS
from seamark.records.window import Window
from seamark.stats.buckets import quantile
from seamark.store.stretches import added

SHIFTED_US = 1_700_000_000 * 1_000_000 // HOUR_US * HOUR_US
AROUND = Around.of(SHIFTED_US - 100 * DAY_US, SHIFTED_US)


def measured(start_us, end_us):
    return {
        (each.series.component.name, each.series.metric): each
        for each in minutes("default", AROUND, Window(start_us, end_us))
    }


def p99(start_us):
    latency = measured(start_us, start_us + 30 * MINUTE_US)[SERVICE, "latency_seconds"]
    return quantile(np.array(latency.bounds), latency.values.sum(axis=1, keepdims=True), 0.99)[0]


def throttled(start_us):
    of = measured(start_us, start_us + 15 * MINUTE_US)
    return of[FEATURES, "cpu_throttled_periods"].values.sum() / of[FEATURES, "cpu_periods"].values.sum()


@given(st.lists(st.integers(0, 3 * DAY_US), min_size=1, max_size=6))
def test_a_minute_is_the_same_however_time_is_cut(cuts):
    first_us, last_us = SHIFTED_US - DAY_US, SHIFTED_US + 2 * DAY_US
    moments = sorted({first_us, last_us, *(first_us + cut // MINUTE_US * MINUTE_US for cut in cuts)})
    whole = measured(first_us, last_us)
    parts = [measured(*pair) for pair in pairwise(moments)]
    for key, stretch in whole.items():
        together = added([part[key] for part in parts if key in part])
        assert (together.start_us, together.values.tolist()) == (stretch.start_us, stretch.values.tolist())


def test_nothing_is_known_before_the_story_begins_or_of_a_minute_that_is_not_over():
    assert minutes("default", AROUND, Window(AROUND.since_us - DAY_US, AROUND.since_us)) == []
    assert minutes("default", AROUND, Window(SHIFTED_US + 1, SHIFTED_US + MINUTE_US)) == []


def test_the_release_makes_the_service_slow_until_it_is_given_more():
    for when_us in (AROUND.harmless_us + HOUR_US, AROUND.released_us - HOUR_US, AROUND.relieved_us + HOUR_US):
        assert p99(when_us) < SLA_SECONDS / 2
        assert throttled(when_us) < 0.05
    for when_us in (AROUND.released_us, SHIFTED_US + DAY_US, AROUND.relieved_us - HOUR_US):
        assert p99(when_us) > 1.2 * SLA_SECONDS
        assert throttled(when_us) > 0.3


def test_no_request_is_answered_twice_and_no_period_is_throttled_twice():
    for start_us in range(SHIFTED_US - 4 * DAY_US, SHIFTED_US + 4 * DAY_US, DAY_US):
        of = measured(start_us, start_us + DAY_US)
        within, requests = of[SERVICE, "latency_seconds"].values, of[SERVICE, "requests"].values[0]
        assert (np.diff(within, axis=0) >= 0).all()
        assert (within[-1] == requests).all()
        assert (of[SERVICE, "server_errors"].values[0] <= requests).all()
        assert (of[FEATURES, "cpu_throttled_periods"].values <= of[FEATURES, "cpu_periods"].values).all()
        assert (of[FEATURES, "cpu_seconds"].values <= of[FEATURES, "cpu_available_seconds"].values + 1e-9).all()


def test_each_series_is_what_its_metric_says():
    for (_, metric), stretch in measured(SHIFTED_US, SHIFTED_US + HOUR_US).items():
        known = METRICS[metric]
        assert (stretch.series.layer, stretch.series.unit, stretch.series.kind) == (known.layer, known.unit, known.kind)
        assert stretch.values.shape[1] == 60
        assert np.isfinite(stretch.values).all()


@pytest.mark.parametrize(
    ("from_us", "kinds"),
    [
        (AROUND.harmless_us, ["deploy"]),
        (AROUND.released_us, ["feature_pipeline"]),
        (AROUND.relieved_us, []),
    ],
)
def test_a_change_is_told_once_when_it_happens(from_us, kinds):
    assert [each["kind"] for each in AROUND.changes(Window(from_us, from_us + 1))] == kinds
    assert AROUND.changes(Window(from_us + 1, from_us + DAY_US)) == []


def test_every_name_says_that_it_is_simulated():
    of_machines = [
        name.partition("/")[2]
        for _, *pair in rests("default", "car_loan", ["car_value"])
        for name in pair
        if "car_loan" not in name
    ]
    told = [each["summary"] for each in AROUND.changes(Window(0, 2**62))]
    assert all(name.endswith("(simulated)") for name in of_machines + told)


def test_the_model_rests_on_the_service_and_its_features_on_the_pipeline():
    pairs = {(cause, effect) for _, cause, effect in rests("default", "car_loan", ["car_value"])}
    assert (f"service/{SERVICE}", "model/car_loan") in pairs
    assert (f"feature_pipeline/{FEATURES}", "feature/car_loan/car_value") in pairs
