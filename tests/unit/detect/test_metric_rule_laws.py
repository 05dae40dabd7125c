"""When a bad stretch began, and that sums of hours say what their points say."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.detect.test_metric_rules import NAN, NOW_US, counter, data, gauge, histogram, rule

from seamark.clock import HOUR_US, MINUTE_US
from seamark.detect.metric_rules import decide, decide_sums, last_heard_us, onset_us, parts
from seamark.records.evaluation import Status
from seamark.records.metric import ComponentKind

few = settings(max_examples=20, deadline=None)

ERRORS, FAST, LATE = rule("server_error_rate"), rule("error_burn_fast"), rule("latency_burn_fast", sla_seconds=0.5)
counts = st.integers(0, 500) | st.just(NAN)
minutes = st.lists(st.tuples(counts, counts), min_size=1, max_size=70)


def told(pairs):
    """Requests and errors, minute by minute, the newest last."""
    return data(counter("requests", *(one for one, _ in pairs)), counter("server_errors", *(two for _, two in pairs)))


def sums_of(rule_, points):
    """What was bad, and of how much, in each reach."""
    bad, whole = parts(rule_, points)
    found = []
    for reach_us in rule_.reaches_us:
        inside = np.isfinite(whole) & (np.arange(len(whole)) >= len(whole) - reach_us // MINUTE_US)
        found.append((float(bad[inside].sum()), float(whole[inside].sum())))
    return found


@pytest.mark.parametrize("judged", [ERRORS, FAST], ids=lambda each: each.name)
@few
@given(pairs=minutes)
def test_sums_of_a_share_are_judged_as_their_points_are(judged, pairs):
    points = told(pairs)
    said = decide(judged, points, NOW_US)
    last_us = last_heard_us(points["requests"], NOW_US)
    is_fresh = last_us is not None and NOW_US - last_us < 3 * MINUTE_US
    assert repr(decide_sums(judged, sums_of(judged, points), NOW_US, is_fresh=is_fresh)) == repr(said)


buckets = st.lists(st.integers(0, 50), min_size=4, max_size=4) | st.none()


@few
@given(st.lists(buckets, min_size=1, max_size=70))
def test_sums_of_slow_answers_are_judged_as_their_points_are(drawn):
    points = data(histogram(*drawn))
    said = decide(LATE, points, NOW_US)
    if said.status is not Status.NO_DATA:
        again = decide_sums(LATE, sums_of(LATE, points), NOW_US, is_fresh=True)
        assert (again.status, again.n) == (said.status, said.n)
        assert again.value == pytest.approx(said.value, nan_ok=True)


@few
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=2, max_size=2), st.floats(1, 100))
def test_twice_as_much_of_both_is_the_same_share(sums, factor):
    one = decide_sums(FAST, sums, NOW_US, is_fresh=True)
    other = decide_sums(FAST, [(bad * factor, n * factor) for bad, n in sums], NOW_US, is_fresh=True)
    assert other.value == pytest.approx(one.value, nan_ok=True)
    assert one.value <= 1 / FAST.budget + 1e-9 or math.isnan(one.value)


def test_sums_that_are_not_fresh_say_nothing_however_bad_they_are():
    said = decide_sums(FAST, [(100.0, 100.0)] * 2, NOW_US, is_fresh=False)
    assert (said.status, said.n) == (Status.NO_DATA, 0.0)
    assert decide_sums(FAST, [(100.0, 100.0)] * 2, NOW_US, is_fresh=True).status is Status.BREACH


def test_one_reach_without_requests_leaves_nothing_to_compare():
    said = decide_sums(FAST, [(50.0, 200.0), (0.0, 0.0)], NOW_US, is_fresh=True)
    assert said.status is Status.INSUFFICIENT
    assert math.isnan(said.value)


def test_the_parts_of_a_share_of_which_the_whole_is_unknown_are_none():
    assert parts(ERRORS, data(counter("server_errors", 3))) is None
    assert parts(LATE, {}) is None


def test_errors_of_which_nothing_was_heard_are_none_and_of_silent_minutes_nothing_is_known():
    bad, whole = parts(ERRORS, told([(10, NAN), (NAN, 4), (20, 5)]))
    assert np.array_equal(bad, [0, NAN, 5], equal_nan=True)
    assert np.array_equal(whole, [10, NAN, 20], equal_nan=True)


# --- onset -----------------------------------------------------------------------------------------------

GOOD, BAD, SILENT = (100, 0), (100, 50), (NAN, NAN)
days = st.lists(st.sampled_from([GOOD, BAD, SILENT]), min_size=1, max_size=15)


def began(*pairs):
    """So many minutes ago; None where the last minute was not bad."""
    at_us = onset_us(ERRORS, told(pairs), NOW_US)
    return None if at_us is None else (NOW_US - at_us) // MINUTE_US


@pytest.mark.parametrize(
    ("story", "ago"),
    [
        ([GOOD, BAD, BAD, BAD], 3),
        ([BAD, GOOD, BAD], 1),
        ([BAD, BAD, GOOD], None),
        ([GOOD, BAD, SILENT, BAD], 3),  # what was not heard says nothing
        ([BAD, SILENT, SILENT], 3),
        ([SILENT], None),
        ([BAD] * 5, 5),  # not more is looked at than there is
    ],
)
def test_a_bad_stretch_began_with_the_first_of_its_last_bad_minutes(story, ago):
    assert began(*story) == ago


@few
@given(days)
def test_a_stretch_began_in_a_bad_minute_after_which_no_good_one_came(story):
    ago = began(*story)
    newest = next((each for each in reversed(story) if each is not SILENT), None)
    assert (ago is None) is (newest is not BAD)
    if ago is not None:
        assert story[-ago] is BAD
        assert GOOD not in story[-ago:]
        before = [each for each in story[:-ago] if each is not SILENT]
        assert not before or before[-1] is GOOD


@few
@given(days)
def test_what_came_before_a_good_minute_does_not_move_a_beginning(story):
    assert began(BAD, BAD, GOOD, *story, BAD) == began(GOOD, *story, BAD)


def test_nothing_began_where_nothing_is_known():
    assert onset_us(ERRORS, {}, NOW_US) is None


def test_the_beginning_of_a_gauge_is_found_as_well():
    near = rule("memory_near_limit", ComponentKind.CONTAINER)
    points = data(gauge("memory_bytes", 50, 99, 99), gauge("memory_limit_bytes", 100, 100, 100))
    assert onset_us(near, points, NOW_US) == NOW_US - 2 * MINUTE_US


# --- what was last heard -----------------------------------------------------------------------------------


@few
@given(st.lists(counts, min_size=1, max_size=20), st.integers(-5, 25))
def test_what_was_last_heard_is_the_newest_point_that_began_before(values, before):
    points = counter("requests", *values)
    before_us = points.start_us + before * MINUTE_US
    known = [at for at, each in enumerate(values) if not math.isnan(each) and at < before]
    expected = points.start_us + (known[-1] + 1) * MINUTE_US if known else None
    assert last_heard_us(points, before_us) == expected


@few
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_stricter_threshold_never_forgives(one, other):
    lenient, strict = max(one, other), min(one, other)
    points = told([(100, 40)] * 5)

    def status(fire):
        return decide(replace(ERRORS, rule=replace(ERRORS.rule, fire=fire, clear=fire / 2)), points, NOW_US).status

    assert status(strict) >= status(lenient)


def test_a_coarse_grid_is_fresh_for_as_long_as_one_of_its_points():
    def said(late_us):
        hour = counter("requests", 500, step_us=HOUR_US, until_us=NOW_US - late_us)
        return decide(replace(ERRORS, reaches_us=(2 * HOUR_US,)), data(hour), NOW_US).status

    assert said(HOUR_US - 1) is Status.OK
    assert said(HOUR_US) is Status.NO_DATA
