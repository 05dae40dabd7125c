"""What came true, judged: shares of evidence become verdicts, estimates only warn, and late outcomes are late."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.detect.test_tolerated import OPTIONS, told

from seamark.clock import DAY_US
from seamark.detect.outcomes import EPOCH_US, Gathered, begin_of_evidence, gather, judged, status_of
from seamark.detect.tolerated import (
    LEARNED,
    STATED,
    better_of,
    estimated_monitors,
    is_estimated,
    late_place,
    learned_monitor,
    sequential,
    shape_of,
    stated_tolerance,
    tolerance_from,
    tolerance_monitors,
    watched_metrics,
)
from seamark.records.evaluation import Status
from seamark.records.monitor import Priority, RuleKind, Severity
from seamark.records.options import ModelOptions
from seamark.records.quality import BETTER, BOUNDED, SHARES, QualityOptions
from seamark.records.signals import is_of_outcomes
from seamark.stats.intervals import Metric
from seamark.stats.tolerance import Shape

few = settings(max_examples=20, deadline=None)

MONITORS = tolerance_monitors(["accuracy"], {}, OPTIONS)
LATE = late_place(MONITORS)
options = st.builds(
    lambda quality: ModelOptions(quality={name: QualityOptions(None, priority) for name, priority in quality.items()}),
    st.dictionaries(st.sampled_from(sorted(BETTER)), st.sampled_from(["P1", "P2", "P3"]), max_size=4),
)
tasks = st.sampled_from(["binary", "multiclass", "regression", "ranking", "unknown"])


def missing(share, due=100.0):
    """One window in which such a share of the outcomes that were due has not come."""
    given_ = told([0.95])
    return replace(given_, missing=np.array([share]), due=np.array([due]))


def said_of_late(share, due=100.0):
    window = missing(share, due)
    arrays = judged(MONITORS, window, gather(MONITORS, window, OPTIONS, 1), 0, {})
    return Status(int(arrays["status"][LATE])), float(arrays["value"][LATE]), float(arrays["n"][LATE])


@pytest.mark.parametrize(
    ("share", "status"),
    [
        (0.0, Status.OK),
        (0.39, Status.OK),
        (0.4, Status.ELEVATED),
        (0.49, Status.ELEVATED),
        (0.5, Status.BREACH),
        (1.0, Status.BREACH),
        (math.nan, Status.AWAITED),
    ],
)
def test_outcomes_are_late_where_half_of_those_that_were_due_have_not_come(share, status):
    assert said_of_late(share)[0] is status


def test_of_few_predictions_lateness_says_nothing():
    assert said_of_late(1.0, due=19.0)[0] is Status.INSUFFICIENT
    assert said_of_late(1.0, due=20.0)[0] is Status.BREACH


@few
@given(st.floats(0, 1), st.floats(0, 0.004))
def test_what_is_expected_may_move_a_little_without_a_new_verdict(share, more):
    one, other = said_of_late(round(share, 2)), said_of_late(min(round(share, 2) + more, 1.0))
    assert one == other


@few
@given(st.floats(0, 5), st.floats(0, 5))
def test_more_evidence_is_never_a_milder_verdict(one, other):
    assert (status_of(one) <= status_of(other)) or one > other
    assert (status_of(one) is Status.BREACH) is (one >= 1)
    assert (status_of(one) is Status.OK) is (one < 0.2)


@few
@given(st.integers(2, 900), st.integers(0, EPOCH_US - 1))
def test_evidence_reaches_back_for_four_to_eight_weeks(epoch, into_us):
    start_us = epoch * EPOCH_US + into_us
    begun_us = begin_of_evidence(start_us)
    assert begun_us % EPOCH_US == 0
    assert 28 * DAY_US <= start_us - begun_us < 56 * DAY_US


def test_windows_that_are_not_complete_wait_and_add_no_evidence():
    bad = told([0.5] * 3, complete=[True, False, True])
    found = gather(MONITORS, bad, OPTIONS, 1)
    assert found.share[0, 1] == found.share[0, 0] < found.share[0, 2]
    assert Status(int(judged(MONITORS, bad, found, 1, {})["status"][0])) is Status.AWAITED


def test_what_is_shown_of_an_alarm_is_what_its_windows_say_together():
    bad = told([0.5] * 4)
    found = gather(MONITORS, bad, OPTIONS, 1)
    together = np.array([0.52, 0.5, 0.54, 800.0])
    arrays = judged(MONITORS, bad, found, 3, {0: together})
    assert (arrays["value"][0], arrays["now"][0], arrays["n"][0]) == pytest.approx((0.52, 0.52, 800.0))
    assert int(arrays["span"][0]) == int(found.spans[0, 3]) == 4
    assert arrays["threshold"][0] == pytest.approx(0.9)


def test_a_window_without_the_metric_neither_alarms_nor_reassures():
    window = told([0.95])
    empty = replace(window, figures=np.full_like(window.figures, np.nan))
    arrays = judged(MONITORS, empty, gather(MONITORS, empty, OPTIONS, 1), 0, {})
    assert Status(int(arrays["status"][0])) is Status.INSUFFICIENT
    assert arrays["exceedance"][0] == 0


def test_nobody_is_judged_where_there_is_no_window_or_no_tolerance():
    nothing = gather(MONITORS, told([]), OPTIONS, 1)
    assert nothing.share.shape == (2, 0)
    only_late = gather(MONITORS[LATE:], told([0.1]), OPTIONS, 1)
    assert isinstance(only_late, Gathered)
    assert only_late.share.tolist() == [[0.0]]


def test_more_scopes_share_the_budget_and_each_needs_more_evidence():
    bad = told([0.8] * 2)
    alone, many = (gather(MONITORS, bad, OPTIONS, scopes).share[0, -1] for scopes in (1, 50))
    assert 0 < many < alone


# --- which monitors there are --------------------------------------------------------------------------------


@few
@given(tasks, options)
def test_every_metric_is_watched_once_and_all_that_were_named_are(task, said):
    found = watched_metrics(task, [], said)
    assert len(set(found)) == len(found)
    assert set(said.quality) <= set(found) <= set(BETTER)


@few
@given(tasks, options)
def test_one_monitor_is_about_late_outcomes_and_all_are_of_outcomes(task, said):
    learned = {name: learned_monitor(name, 0.5, said) for name in watched_metrics(task, [], said)}
    monitors = tolerance_monitors(list(learned), learned, said)
    assert [each.rule.kind for each in monitors].count(RuleKind.FIXED) == 1
    assert late_place(monitors) == len(monitors) - 1
    assert [place for place, _ in sequential(monitors)] == list(range(len(monitors) - 1))
    assert all(is_of_outcomes(each.signal) for each in monitors)
    assert len({each.name for each in monitors}) == len(monitors)


@few
@given(options)
def test_an_estimate_is_a_warning_and_never_urgent(said):
    monitors = [learned_monitor(name, 0.5, said) for name in said.quality]
    estimates = estimated_monitors(monitors, list(said.quality))
    assert len(estimates) == len(monitors)
    for estimate, of in zip(estimates, monitors, strict=True):
        assert is_estimated(estimate)
        assert not is_estimated(of)
        assert (estimate.rule.severity, estimate.statistic) == (Severity.WARNING, of.statistic)
        assert estimate.rule.priority == max(of.rule.priority, Priority.P2)
        assert shape_of(estimate, said) is Shape.ESTIMATE


def test_business_is_never_estimated():
    worth = learned_monitor("worth", 1.0, OPTIONS)
    assert estimated_monitors([worth], ["worth"]) == ()


def test_a_stated_tolerance_is_high_and_a_learned_one_a_warning():
    [stated, _] = MONITORS
    learned = learned_monitor("auc", 0.8, OPTIONS, since_us=5)
    assert (stated.baseline, stated.rule.severity) == (STATED, Severity.HIGH)
    assert (learned.baseline, learned.rule.severity, learned.since_us) == (LEARNED, Severity.WARNING, 5)
    assert (stated_tolerance("accuracy", OPTIONS), stated_tolerance("auc", OPTIONS)) == (0.9, None)


@few
@given(st.sampled_from(sorted(BETTER)), st.floats(0.05, 0.95), st.floats(0, 0.05))
def test_a_learned_tolerance_is_worse_than_what_is_usual_and_no_absurd_one(metric, usual, width):
    tolerance = tolerance_from(metric, Metric(usual, usual - width, usual + width, 1000.0), ModelOptions())
    if better_of(metric, ModelOptions()) == "higher":
        assert tolerance < usual - width
    else:
        assert tolerance > usual + width
    if metric in {*SHARES, *BOUNDED}:
        assert abs(tolerance - usual) >= 0.01
