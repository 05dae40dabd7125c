"""What joining asks of an alert: what it is about, since when, how finely, and where."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert, machine, service
from tests.unit.correlate.incidents import late_outcomes, traffic, worse

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.correlate.components import title_of_components
from seamark.correlate.items import Aspect, Item, node_of
from seamark.correlate.labels import label_of
from seamark.correlate.lags import after_change, follows, lag
from seamark.records.alert import Outcome
from seamark.records.evaluation import Status
from seamark.records.monitor import Priority
from seamark.records.signals import Layer
from seamark.records.topology import Place
from seamark.records.window import Window

few = settings(max_examples=20, deadline=None)

AMOUNT, SCORE, NODE = alert("feature.amount"), alert("score"), machine("node/n1")
KINDS = [AMOUNT, SCORE, NODE, service("service/api"), traffic(10), worse(), late_outcomes()]
kinds = st.sampled_from(KINDS)
times = st.tuples(st.integers(-3 * DAY_US, 3 * DAY_US), st.integers(1, 2 * DAY_US))


def at(given_, when):
    start_us, length_us = when
    return Item(replace(given_, evidence=Window(NOON_US + start_us, NOON_US + start_us + length_us), recent=()))


@pytest.mark.parametrize(
    ("about", "node"),
    [
        (NODE, "node/n1"),
        (AMOUNT, "feature/fraud/amount"),
        (replace(AMOUNT, version="2"), "feature/fraud/amount"),
        (SCORE, "model/fraud"),
        (replace(SCORE, version="2"), "version/fraud/2"),
        (traffic(10), "model/fraud"),
        (worse(), "outcome/fraud"),
        (replace(worse(), version="2"), "outcome/fraud"),
        (late_outcomes(), "outcome/fraud"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.signal,
)
def test_an_alert_is_at_a_node_of_the_topology(about, node):
    assert node_of(about) == Item(about).node == node


def test_what_tells_groups_apart_is_about_answers_whatever_its_layer():
    assert Item(alert("fairness.country", layer=Layer.BUSINESS)).aspect is Aspect.PREDICTION
    assert Item(alert("business.worth", layer=Layer.BUSINESS)).aspect is Aspect.BUSINESS


def test_ranks_never_fall_from_the_machine_to_the_business():
    ranks = [each.rank for each in sorted(Aspect)]
    assert ranks == sorted(ranks)
    assert Aspect.TRAFFIC.rank == Aspect.DATA.rank == Aspect.PREDICTION.rank


@few
@given(st.integers(-HOUR_US, 3 * HOUR_US))
def test_the_time_of_an_alert_begins_with_its_onset_where_that_is_within_its_evidence(after_us):
    evidence = AMOUNT.evidence
    window = Item(replace(AMOUNT, onset_us=evidence.start_us + after_us)).window
    inside = 0 < after_us < evidence.length_us
    assert window == (Window(evidence.start_us + after_us, evidence.end_us) if inside else evidence)


@few
@given(st.integers(1, 10 * DAY_US), st.integers(1, 10 * DAY_US))
def test_the_interval_is_the_newest_windows_and_a_day_at_most(length_us, evidence_us):
    evidence = Window(NOON_US, NOON_US + evidence_us)
    recent = (Outcome(Window(0, 5), Status.OK), Outcome(Window(NOON_US, NOON_US + length_us), Status.BREACH))
    assert Item(replace(AMOUNT, evidence=evidence, recent=recent)).interval_us == min(length_us, DAY_US)
    assert Item(replace(AMOUNT, evidence=evidence, recent=())).interval_us == min(evidence_us, DAY_US)


def test_only_labels_that_are_known_are_carried():
    assert Item(SCORE).labels == {}
    placed = Item(replace(AMOUNT, version="2", segment="country=FR"), Place("default", "x", "production", ""))
    assert placed.labels == {
        "environment": "production",
        "version": "2",
        "segment": "country=FR",
        "feature": "amount",
    }


@few
@given(kinds, times, kinds, times)
def test_the_lag_of_two_alerts_is_the_same_from_either_side(one, when, other, then):
    first, second = at(one, when), at(other, then)
    assert lag(first, second) == lag(second, first)
    assert lag(first, second) in (0.0, 1.0)


@few
@given(kinds, times, kinds, times, st.integers(-DAY_US, DAY_US))
def test_what_follows_what_does_not_depend_on_the_date(one, when, other, then, shift_us):
    later = [(start_us + shift_us, length_us) for start_us, length_us in (when, then)]
    assert follows(at(one, when), at(other, then)) is follows(at(one, later[0]), at(other, later[1]))


@few
@given(kinds, times, kinds, times)
def test_two_that_follow_from_each_other_are_of_neighbouring_ranks_or_overlap(one, when, other, then):
    first, second = at(one, when), at(other, then)
    if follows(first, second) and first.aspect is not Aspect.TRAFFIC:
        assert first.aspect <= second.aspect


@few
@given(kinds, times, st.integers(-5 * DAY_US, 5 * DAY_US))
def test_a_change_that_shows_came_at_most_a_day_before_and_an_interval_after(given_, when, after_us):
    item = at(given_, when)
    if after_change(NOON_US + after_us, item):
        before_us = item.window.start_us - (NOON_US + after_us)
        assert -item.interval_us - 5 * MINUTE_US <= before_us <= DAY_US


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ("feature.car_value", "car_value"),
        ("quality.accuracy", "accuracy"),
        ("business.worth", "worth"),
        ("estimated.auc", "estimated auc"),
        ("fairness.country", "groups of country"),
        ("service/check/out", "check/out"),
        ("gpu/n1-0", "n1-0"),
        ("score", "score"),
        ("servicelike/x", "servicelike/x"),
    ],
)
def test_signals_are_called_what_people_call_them(signal, said):
    assert label_of(signal) == said


def test_a_title_of_machines_says_the_most_urgent_first_and_what_lasts_last():
    late = service("service/api", "p99", value=1.8, threshold=0.5, minute=3)
    burning = service("service/api", "latency_burn_fast", value=20.0, threshold=14.4)
    throttled = machine("node/n1", value=0.5, threshold=0.25, priority=Priority.P2, minute=-5)
    assert title_of_components([throttled, burning, late]) == "p99 of api 1.8 s, promised 500 ms; and 2 more"
    assert title_of_components([throttled]) == "throttled processor periods of n1 50 %, threshold 25 %"


@few
@given(st.permutations([service("service/a"), service("service/b"), machine("node/c"), machine("node/d", minute=2)]))
def test_a_title_does_not_depend_on_the_order_of_its_alerts(alerts):
    assert title_of_components(alerts) == title_of_components(sorted(alerts, key=lambda each: each.id))
