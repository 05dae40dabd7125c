"""Alerts that a topology and their times bring together are one incident, in whatever order they come."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert, machine, service
from tests.unit.correlate.incidents import late_outcomes, worse

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.correlate.incidents import Known, correlate
from seamark.records.alert import AlertState
from seamark.records.incident import EventKind, IncidentEvent, IncidentState
from seamark.records.signals import Layer
from seamark.records.topology import Edge, Place, Topology
from seamark.records.window import Window

CHAIN = ("node/n1", "pod/p1", "service/api", "model/fraud")


def topology(*paths, places=()):
    pairs = {(cause, effect) for path in paths for cause, effect in pairwise(path)}
    return Topology(tuple(Edge("default", *pair) for pair in sorted(pairs)), places)


FRAUD = topology(CHAIN, ("data_source/lake", "feature_pipeline/hourly", "feature/fraud/amount"))


class Correlated:
    """Incidents as alerts come, batch by batch."""

    def __init__(self, known=FRAUD):
        self.known = known
        self.incidents, self.alerts = {}, {}
        self.now_us = NOON_US + DAY_US

    def hears(self, *alerts, **options):
        for each in alerts:
            before = self.alerts.get(each.id)
            self.alerts[each.id] = replace(each, incident=before.incident if before else each.incident)
        self.now_us += MINUTE_US
        models = {(each.project, each.model): [] for each in self.alerts.values()}
        known = Known(self.known, **options)
        incidents, alerts = list(self.incidents.values()), list(self.alerts.values())
        changed, joined = correlate(incidents, alerts, models, known=known, now_us=self.now_us)
        self.incidents |= {each.id: each for each in changed}
        self.alerts |= {each.id: each for each in joined}
        return self

    @property
    def groups(self):
        homes = {each.incident for each in self.alerts.values()}
        return {frozenset(a.id for a in self.alerts.values() if a.incident == home) for home in homes}

    @property
    def open(self):
        return [each for each in self.incidents.values() if each.state is IncidentState.OPEN]


def groups_of(*alerts, known=FRAUD):
    return Correlated(known).hears(*alerts).groups


def are_one(*alerts, known=FRAUD):
    return len(groups_of(*alerts, known=known)) == 1


THROTTLED = machine("node/n1", minute=20)
ERRORS = service("service/api", minute=25)
INPUT, ANSWERS = alert("feature.amount"), alert("score", hour=0)


def test_infrastructure_and_input_drift_and_prediction_drift_of_one_model_in_one_window_are_one_incident():
    """The mission's own sentence."""
    correlated = Correlated().hears(THROTTLED, INPUT, ANSWERS)
    [incident] = correlated.open
    assert set(incident.alerts) == {THROTTLED.id, INPUT.id, ANSWERS.id}
    assert incident.layers == (Layer.DATA, Layer.INFRASTRUCTURE, Layer.MODEL)
    assert incident.model == "fraud"
    assert incident.nodes == ("feature/fraud/amount", "model/fraud", "node/n1")


def test_another_machine_is_another_incident():
    assert not are_one(machine("node/n2", minute=20), INPUT)


def test_what_serves_another_model_is_another_incident():
    other = topology(CHAIN, ("service/shop", "model/churn"))
    assert not are_one(service("service/shop", minute=20), INPUT, known=other)


def test_drift_that_began_long_before_is_not_the_machines():
    assert not are_one(THROTTLED, alert("feature.amount", hour=-30, hours=40))


def test_drift_an_hour_after_an_outage_still_belongs_to_it():
    assert are_one(replace(ERRORS, state=AlertState.RECOVERING), alert("score", hour=1, hours=2))
    assert not are_one(ERRORS, alert("score", hour=9, hours=2))


def test_errors_follow_their_machine_within_ten_minutes():
    assert are_one(THROTTLED, service("service/api", minute=40))
    assert not are_one(THROTTLED, service("service/api", minute=60))


def test_the_answers_follow_the_inputs_within_a_day():
    assert are_one(alert("feature.amount", hours=2), alert("score", hour=20))
    assert not are_one(alert("feature.amount", hours=2), alert("score", hour=30))


def test_quality_follows_drift_by_the_time_of_its_predictions_however_late_it_is_known():
    def bad(hour):
        return worse(hour=hour, opened_us=NOON_US + 12 * DAY_US)

    assert are_one(ANSWERS, bad(20))
    assert not are_one(ANSWERS, bad(30))


def test_late_outcomes_are_no_consequence_of_drift():
    assert not are_one(ANSWERS, late_outcomes(hour=1))


def test_two_models_that_share_a_node_are_one_incident_when_the_node_is_in_it():
    shared = topology(CHAIN, ("node/n1", "pod/p2", "service/shop", "model/churn"))
    churn = alert("score", model="churn")
    assert are_one(THROTTLED, ANSWERS, churn, known=shared)
    assert not are_one(ANSWERS, churn, known=shared)


def test_a_hub_brings_nothing_together():
    busy = topology(*(("node/n1", f"pod/p{at}", f"service/s{at}", f"model/m{at}") for at in range(25)))
    one, other = alert("score", model="m1"), alert("score", model="m2")
    assert not are_one(machine("node/n1", minute=20), one, other, known=busy)
    assert not are_one(machine("pod/p1", minute=20), machine("pod/p2", minute=20), known=busy)


@pytest.mark.parametrize("field", ["environment", "region"])
def test_another_environment_or_region_is_another_incident(field):
    def placed(one, other):
        known = (Place("default", "node/n1", **{field: one}), Place("default", "service/api", **{field: other}))
        return are_one(THROTTLED, ERRORS, known=topology(CHAIN, places=known))

    assert placed("eu", "eu")
    assert not placed("eu", "us")


def test_two_hops_are_enough_only_where_labels_do_not_differ():
    pipeline = topology(*(("feature_pipeline/hourly", f"feature/{m}/{f}") for m in "ab" for f in ("amount", "age")))
    amount, age = alert("feature.amount", model="a"), alert("feature.age", model="b")
    assert not are_one(amount, age, known=pipeline)
    assert are_one(amount, alert("feature.amount", model="b"), known=pipeline)


def test_a_fault_that_shares_an_effect_with_another_one_is_an_incident_of_its_own():
    old = alert("feature.amount", hour=-50, hours=60)
    assert groups_of(old, THROTTLED, ANSWERS) == {frozenset({old.id}), frozenset({THROTTLED.id, ANSWERS.id})}


def test_no_more_than_three_hops_from_member_to_member():
    services = [f"service/s{at}" for at in range(6)]
    called = topology(services)
    alerts = [service(each, minute=at) for at, each in enumerate(services)]
    assert {len(group) for group in groups_of(*alerts, known=called)} <= {1, 2, 3, 4}
    assert are_one(*alerts[:3], known=called)


def test_a_late_bridge_merges_two_incidents_and_says_so():
    known = topology(CHAIN, ("node/n1", "pod/p2", "service/shop", "model/churn"))
    correlated = Correlated(known).hears(ANSWERS).hears(alert("score", model="churn"))
    assert len(correlated.open) == 2
    correlated.hears(THROTTLED)
    [incident] = correlated.open
    [gone] = [each for each in correlated.incidents.values() if each.merged_into]
    assert gone.merged_into == incident.id
    assert gone.ended == f"It is part of incident {incident.id}."
    assert [event.kind for event in incident.history] == [event.kind for event in gone.history] == [EventKind.MERGED]
    assert len(incident.alerts) == 3


def test_what_a_person_took_apart_stays_apart():
    correlated = Correlated().hears(INPUT, ANSWERS)
    [incident] = correlated.open
    split = IncidentEvent(NOON_US, EventKind.SPLIT, "inc_other", (ANSWERS.id,), by="ana")
    correlated.incidents[incident.id] = replace(incident, history=(split,))
    correlated.hears(alert("feature.age"))
    assert not any({INPUT.id, ANSWERS.id} <= group for group in correlated.groups)


def resolved(correlated, *alerts, at_us):
    correlated.now_us = at_us - MINUTE_US
    for each in alerts:
        correlated.alerts[each.id] = replace(correlated.alerts[each.id], state=AlertState.RESOLVED)
    return correlated.hears()


def test_a_resolved_incident_takes_in_what_tells_of_its_time_until_it_is_settled():
    late = alert("score", hour=0, hours=1)

    def outage():
        return resolved(Correlated().hears(ERRORS), ERRORS, at_us=NOON_US + 40 * MINUTE_US)

    judged = {("default", "fraud"): Window(NOON_US, NOON_US + HOUR_US)}
    settled = {("default", "fraud"): Window(NOON_US + 3 * HOUR_US, NOON_US + 4 * HOUR_US)}
    taken = outage().hears(late, judged=judged)
    assert len(taken.groups) == 1
    assert [event.kind for event in taken.open[0].history] == [EventKind.REOPENED]
    assert len(outage().hears(late, judged=settled).groups) == 2
    assert len(outage().hears(alert("score", hour=2), judged=judged).groups) == 2


def test_the_same_condition_within_half_an_hour_reopens_the_incident():
    def again(minutes):
        correlated = resolved(Correlated().hears(ERRORS), ERRORS, at_us=NOON_US + 40 * MINUTE_US)
        correlated.now_us = NOON_US + (40 + minutes) * MINUTE_US
        back = service("service/api", minute=40 + minutes)
        return correlated.hears(back)

    assert len(again(20).groups) == 1
    assert len(again(20).open) == 1
    assert len(again(45).groups) == 2


def test_what_comes_true_later_is_the_aftermath_of_what_is_settled():
    settled = {("default", "fraud"): Window(NOON_US + 9 * HOUR_US, NOON_US + 10 * HOUR_US)}
    correlated = resolved(Correlated().hears(INPUT, ANSWERS), INPUT, ANSWERS, at_us=NOON_US + 4 * HOUR_US)
    [past] = correlated.incidents.values()
    correlated.hears(worse(hour=1, opened_us=NOON_US + 5 * DAY_US), judged=settled)
    [present] = correlated.open
    assert present.aftermath_of == past.id
    assert present.causes[0].summary == "a late consequence of: amount drifted, and so did the score"


def test_what_came_after_the_repair_is_no_aftermath():
    settled = {("default", "fraud"): Window(NOON_US + 9 * HOUR_US, NOON_US + 10 * HOUR_US)}
    correlated = resolved(Correlated().hears(INPUT, ANSWERS), INPUT, ANSWERS, at_us=NOON_US + 4 * HOUR_US)
    correlated.hears(worse(hour=20), judged=settled)
    assert correlated.open[0].aftermath_of == ""


def test_a_service_named_as_a_model_serves_it_where_no_topology_is_known():
    assert are_one(service("service/fraud", minute=20), ANSWERS, known=Topology())
    assert not are_one(service("service/api", minute=20), ANSWERS, known=Topology())


# three models, two of which share a node; faults that are hours apart, so that no skew of clocks decides
SHARED = topology(
    CHAIN, ("node/n1", "pod/p2", "service/shop", "model/churn"), ("node/n3", "pod/p3", "service/web", "model/price")
)
KINDS = [
    lambda at: machine("node/n1", minute=at),
    lambda at: machine("node/n3", minute=at),
    lambda at: service("service/api", minute=at),
    lambda at: service("service/web", minute=at),
    lambda at: alert("feature.amount", hour=at / 60),
    lambda at: alert("score", hour=at / 60),
    lambda at: alert("feature.age", hour=at / 60, model="churn"),
    lambda at: alert("score", hour=at / 60, model="price"),
]
faults = st.lists(
    st.tuples(st.integers(0, 3), st.sets(st.integers(0, len(KINDS) - 1), min_size=1)), min_size=1, max_size=4
)


def alerts_of(drawn):
    found = [KINDS[kind](fault * 24 * 60 + 30) for fault, kinds in drawn for kind in kinds]
    return list({each.id: each for each in found}.values())


@settings(max_examples=60, deadline=None)
@given(faults, st.randoms(use_true_random=False), st.integers(1, 4))
def test_neither_the_order_of_arrival_nor_duplicates_matter(drawn, rng, at_once):
    alerts = alerts_of(drawn)
    known = groups_of(*alerts, known=SHARED)
    arriving = [*alerts, *rng.sample(alerts, len(alerts) // 2)]
    rng.shuffle(arriving)
    one_by_one = Correlated(SHARED)
    for at in range(0, len(arriving), at_once):
        one_by_one.hears(*arriving[at : at + at_once])
    assert one_by_one.groups == known


@settings(max_examples=60, deadline=None)
@given(faults, st.data())
def test_clocks_that_are_five_minutes_off_do_not_matter(drawn, data):
    alerts = alerts_of(drawn)

    def off(each):
        skew_us = data.draw(st.integers(-5 * MINUTE_US, 5 * MINUTE_US))
        if not each.component:
            return each  # windows of predictions are cut by one clock
        return replace(each, evidence=Window(each.evidence.start_us + skew_us, each.evidence.end_us + skew_us))

    assert groups_of(*map(off, alerts), known=SHARED) == groups_of(*alerts, known=SHARED)


def test_a_view_over_days_is_about_the_time_since_its_onset():
    days = {"hour": -96, "hours": 98}  # of the statistic; the input moved in its last hours only
    assert not are_one(THROTTLED, alert("feature.amount", **days))
    assert are_one(THROTTLED, alert("feature.amount", **days, onset_us=NOON_US + 30 * MINUTE_US))
    assert not are_one(THROTTLED, alert("feature.amount", **days, onset_us=NOON_US - 90 * HOUR_US))
