"""When a condition began: in the hour its rows began to look like the evidence, and never after it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.onset import estimate_onset_us, hours_to_look_at
from seamark.records.window import Window
from seamark.stats.binset import BinSet, numeric_signal
from seamark.stats.counter import Counter

START_US = NOON_US // HOUR_US * HOUR_US
BINS = BinSet((numeric_signal("feature.amount", "feature", np.random.default_rng(0).normal(size=5_000)),))


def profile_of(values):
    counter = Counter(BINS)
    counter.add_rows(len(values))
    counter.add_numeric(0, np.asarray(values, dtype=np.float64))
    return counter.profile()


BASELINE = profile_of(np.random.default_rng(0).normal(size=5_000))


def story(hours, began, *, rows=80, shift=2.0, seed=1):
    """Hourly profiles of which those from `began` on are shifted."""
    rng = np.random.default_rng(seed)
    return {
        START_US + hour * HOUR_US: profile_of(rng.normal(shift if hour >= began else 0.0, 1.0, rows))
        for hour in range(hours)
    }


def about(first, last, **fields):
    evidence = Window(START_US + first * HOUR_US, START_US + last * HOUR_US)
    return replace(alert(**fields), evidence=evidence)


@settings(max_examples=30)
@given(st.integers(0, 30), st.integers(2, 6), st.integers(0, 99))
def test_a_sharp_shift_is_dated_to_its_hour(began, length, seed):
    """The evidence begins later than the shift: windows have to close before anybody knows."""
    first = began + 2
    found = estimate_onset_us(about(first, first + length), story(first + length, began, seed=seed), BASELINE, BINS)
    assert found == START_US + began * HOUR_US


@settings(max_examples=30)
@given(st.integers(0, 20), st.integers(3, 9), st.sampled_from([0.3, 0.6, 3.0]), st.integers(0, 99))
def test_an_onset_is_one_of_the_hours_with_rows_and_not_after_the_evidence(began, length, shift, seed):
    hours = story(began + length, began, rows=40, shift=shift, seed=seed)
    found = estimate_onset_us(about(began, began + length), hours, BASELINE, BINS)
    assert found in hours
    assert found < START_US + (began + length) * HOUR_US


def test_a_few_rows_an_hour_add_up():
    found = estimate_onset_us(about(30, 48), story(48, 24, rows=6), BASELINE, BINS)
    assert abs(found - (START_US + 24 * HOUR_US)) <= 2 * HOUR_US


def test_hours_without_rows_are_no_part_of_the_drift():
    hours = story(20, 10)
    for silent in range(6, 10):
        del hours[START_US + silent * HOUR_US]
    assert estimate_onset_us(about(12, 20), hours, BASELINE, BINS) == START_US + 10 * HOUR_US


def test_the_order_in_which_hours_are_given_does_not_matter():
    hours = story(20, 10)
    backwards = dict(reversed(hours.items()))
    assert estimate_onset_us(about(12, 20), backwards, BASELINE, BINS) == START_US + 10 * HOUR_US


@pytest.mark.parametrize(
    ("told", "hours", "baseline"),
    [
        (about(1, 5, signal="traffic"), story(5, 0), BASELINE),
        (about(1, 5), {}, BASELINE),
        (about(50, 60), story(5, 0), BASELINE),
        (about(1, 5), story(5, 0, rows=0), BASELINE),
        (about(1, 5), story(5, 0), profile_of([])),
    ],
    ids=["a signal without bins", "no hours", "evidence elsewhere", "no rows", "no baseline"],
)
def test_where_nothing_can_be_said_nothing_is(told, hours, baseline):
    assert estimate_onset_us(told, hours, baseline, BINS) is None


@pytest.mark.parametrize(("length", "before"), [(1, 24), (6, 24), (24, 24), (48, 48)])
def test_as_much_time_before_the_evidence_is_looked_at_and_at_least_a_day(length, before):
    told = about(100, 100 + length)
    reach = hours_to_look_at(told)
    assert reach.end_us == told.evidence.end_us
    assert told.evidence.start_us - reach.start_us == before * HOUR_US
    assert reach.length_us >= DAY_US
