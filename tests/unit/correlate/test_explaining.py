"""The likeliest cause explains the rest, began first and stands lower; what speaks against it is said as well."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert, machine, service
from tests.unit.correlate.incidents import FRAUD, broken, deploy, first_cause, incident_of, incidents_of, traffic, worse

from seamark.clock import HOUR_US, MINUTE_US, to_iso
from seamark.correlate.explaining import MOST_CAUSES
from seamark.correlate.incidents import models_asked_for
from seamark.records.alert import AlertState
from seamark.records.signals import Layer
from seamark.records.topology import Topology

THROTTLED = machine("node/n1", "throttling", minute=5, effect=0.5, threshold=0.25)
SLOW = service("service/api", "server_error_rate", minute=12)
AMOUNT, SCORE = alert("feature.amount"), alert("score")


def test_the_machine_under_everything_is_the_likeliest_cause():
    incident = incident_of(THROTTLED, SLOW, SCORE)
    cause = incident.causes[0]
    assert (cause.kind, cause.subject) == ("component", "node/n1")
    assert "100% of what else is in alarm may follow from it." in cause.evidence
    assert cause.score > 0.8
    assert [each.subject for each in incident.causes] == ["node/n1", "service/api"]


def test_what_may_come_from_another_says_so():
    _, failing = incident_of(THROTTLED, SLOW, SCORE).causes
    assert "It may come from n1 itself." in failing.counter_evidence
    assert failing.confidence == "low"


def test_who_began_clearly_first_is_credited():
    early = replace(THROTTLED, onset_us=NOON_US - 3 * HOUR_US)
    late = replace(SLOW, onset_us=NOON_US)
    cause = first_cause(early, late)
    assert f"It began first, about {to_iso(NOON_US - 3 * HOUR_US)}." in cause.evidence
    together = first_cause(replace(THROTTLED, onset_us=NOON_US), late)
    assert not any("It began first" in each for each in together.evidence)


def test_input_drift_alone_says_which_machines_are_well():
    cause = first_cause(AMOUNT, SCORE, watched={"default": ["node/n1", "service/api", "service/other"]})
    assert cause.subject == "feature.amount"
    assert "Normal: api and n1, so not infrastructure." in cause.counter_evidence


def test_a_change_near_a_suspect_is_evidence():
    cause = first_cause(SLOW, machine("pod/p1", "restart_loop", minute=10), changes=[deploy(2, service="api")])
    assert any(each.endswith("fraud 2 is live.") for each in cause.evidence)


def test_changes_that_may_belong_to_an_incident_are_its_members():
    incident = incident_of(SLOW, changes=[deploy(5), deploy(-200), deploy(6, model="churn")])
    assert incident.changes == ("chg_5",)


def test_drift_may_follow_a_change_of_yesterday():
    assert incident_of(AMOUNT, changes=[deploy(-20 * 60)]).changes == ("chg_-1200",)
    assert incident_of(AMOUNT, changes=[deploy(-25 * 60)]).changes == ()


def test_a_change_alone_opens_nothing():
    assert incidents_of(changes=[deploy()]) == []


def test_a_gpu_explains_the_pod_that_runs_on_it():
    pod, gpu = machine("pod/p1", "throttling", minute=5), machine("gpu/n1-0", "gpu_clock", minute=5)
    assert [each.subject for each in incident_of(pod, gpu).causes] == ["gpu/n1-0", "pod/p1"]


def test_no_clear_cause_names_those_that_are_as_likely():
    both = [alert(f"feature.{name}", effect=0.3) for name in ("amount", "age")]
    incident = incident_of(*both, worse())
    assert incident.causes[0].kind == "none"
    assert incident.causes[0].summary == "No clear cause: age and amount are as likely"
    assert {each.subject for each in incident.causes[1:]} == {"feature.amount", "feature.age"}


def test_at_most_three_causes_are_told():
    features = [alert(f"feature.f{at}", effect=0.1 + at / 10) for at in range(6)]
    assert len(incident_of(*features, worse()).causes) <= MOST_CAUSES


def test_all_of_it_in_one_version_is_said():
    new = [alert(signal, version="2", id=f"alt_{signal}", hour=1) for signal in ("score", "feature.amount")]
    cause = first_cause(*new, changes=[deploy(30)])
    assert "All of it is in version 2." in cause.evidence


def test_traffic_that_fell_in_an_outage_did_not_cause_it():
    cause = first_cause(traffic(10), machine("node/n1", "node_memory", minute=5), SLOW)
    assert cause.subject == "node/n1"


def test_a_resolved_machine_stays_the_cause_of_drift_that_burns():
    repaired = replace(THROTTLED, state=AlertState.RESOLVED)
    assert first_cause(repaired, SCORE).subject == "node/n1"


def test_without_a_topology_the_incident_says_so():
    known = incident_of(AMOUNT, SCORE)
    assert known.grounds == "All of it is fraud at one time."
    assert "No topology is known" in incident_of(AMOUNT, SCORE, topology=Topology()).grounds
    assert incident_of(AMOUNT).grounds == ""
    assert "bears on fraud in what is known of the topology" in incident_of(THROTTLED, SCORE).grounds
    named = incident_of(service("service/fraud", minute=10), SCORE, topology=Topology())
    assert "own name" in named.grounds


def test_models_of_incidents_that_something_new_may_join_are_asked_for():
    [incident] = incidents_of(AMOUNT)
    member = replace(AMOUNT, incident=incident.id)
    assert models_asked_for([incident], [member]) == set()
    assert models_asked_for([incident], [member, THROTTLED]) == {FRAUD}


ALERTS = [
    THROTTLED,
    SLOW,
    AMOUNT,
    SCORE,
    broken("age"),
    traffic(4000),
    machine("pod/p1", "oom_kills", minute=7),
    service("service/api", "p99", minute=11),
    worse(),
]


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, len(ALERTS) - 1), min_size=1), st.randoms(use_true_random=False))
def test_causes_do_not_depend_on_the_order_of_alerts(drawn, rng: random.Random):
    alerts = [ALERTS[at] for at in sorted(drawn)]
    shuffled = rng.sample(alerts, len(alerts))
    by_id = sorted(incidents_of(*alerts), key=lambda each: each.id)
    assert sorted(incidents_of(*shuffled), key=lambda each: each.id) == by_id


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, len(ALERTS) - 1), min_size=1))
def test_scores_are_between_nothing_and_one_the_likeliest_first(drawn):
    for incident in incidents_of(*(ALERTS[at] for at in drawn)):
        scores = [cause.score for cause in incident.causes]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert len({(cause.kind, cause.subject) for cause in incident.causes}) == len(scores)


@pytest.mark.parametrize("layer", [Layer.INFRASTRUCTURE, Layer.SERVING])
def test_an_incident_of_a_machine_alone_is_about_no_model_by_itself(layer):
    incident = incident_of(machine("node/n1", minute=5, layer=layer))
    assert incident.model == ""
    assert incident.nodes == ("node/n1",)
    assert incident.onset_us is None or incident.onset_us <= NOON_US + 5 * MINUTE_US
