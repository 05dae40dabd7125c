"""Each named pattern is found where it is, and not where one thing speaks against it."""

import pytest
from tests.unit.correlate.alerts import NOON_US, alert, machine, service
from tests.unit.correlate.incidents import (
    FRAUD,
    broken,
    deploy,
    first_cause,
    incident_of,
    late_outcomes,
    traffic,
    worse,
)

from seamark.clock import HOUR_US
from seamark.correlate.signatures import SIGNATURES
from seamark.records.window import Window

GOOD = {FRAUD: Window(NOON_US, NOON_US + 2 * HOUR_US)}
AMOUNT, AGE, TENURE, SCORE = map(alert, ("feature.amount", "feature.age", "feature.tenure", "score"))


def signature(*alerts, **around):
    """Of the likeliest cause; "" where there is no cause or no signature."""
    return next((cause.signature for cause in incident_of(*alerts, **around).causes), "")


def test_every_signature_has_a_file_of_its_own_name():
    assert [each.__module__.rpartition(".")[2] for each in SIGNATURES] == [each.__name__ for each in SIGNATURES]


@pytest.mark.parametrize(
    ("statistic", "said"),
    [
        ("missing_rate", "amount arrives without values"),
        ("mistyped_rate", "amount arrives as another type"),
        ("unseen_rate", "amount has values never seen before"),
        ("out_of_range_rate", "amount is out of its usual range: another unit, perhaps"),
    ],
)
def test_a_feature_that_arrives_broken_is_an_upstream_fault(statistic, said):
    cause = first_cause(broken(statistic=statistic), SCORE)
    assert (cause.signature, cause.kind, cause.subject) == ("upstream_fault", "feature", "feature.amount")
    assert cause.summary == said
    assert cause.confidence == "high"


def test_several_broken_features_of_one_pipeline_are_the_pipelines_fault():
    cause = first_cause(broken("amount", "mistyped_rate"), broken("age"), SCORE)
    assert (cause.kind, cause.subject) == ("component", "feature_pipeline/hourly")
    assert cause.summary == "age and amount arrive broken: all come from hourly"


def test_several_broken_features_of_unknown_origin_name_the_worst():
    cause = first_cause(broken("amount", effect=0.3), broken("tenure", effect=0.9))
    assert cause.subject == "feature.tenure"


def test_a_broken_feature_beside_a_machine_in_alarm_is_not_called_upstream():
    assert signature(broken(), machine("pod/p1", minute=10)) != "upstream_fault"


def test_drift_alone_is_no_fault():
    assert signature(AMOUNT, SCORE) == ""


def test_memory_that_runs_out_with_restarts_and_errors_is_a_memory_loop():
    killed, again = machine("pod/p1", "oom_kills", minute=5), machine("pod/p1", "restart_loop", minute=8)
    cause = first_cause(killed, again, service("service/api", minute=9))
    assert (cause.signature, cause.subject) == ("memory_loop", "pod/p1")
    assert cause.summary == "p1 runs out of memory and starts again"
    assert "Input" not in " ".join(cause.counter_evidence)


def test_short_memory_alone_is_no_loop():
    assert signature(machine("pod/p1", "memory_near_limit")) != "memory_loop"


def test_a_gpu_that_slows_down_and_late_answers_are_hardware():
    cause = first_cause(machine("gpu/n1-0", "gpu_clock", minute=5), service("service/api", "p99", minute=8))
    assert (cause.signature, cause.subject) == ("hardware", "gpu/n1-0")
    assert "Traffic is as usual, so it is not the load." in cause.counter_evidence


def test_late_answers_under_more_traffic_are_a_surge_not_hardware():
    late, full = service("service/api", "p99", minute=8), machine("node/n1", "cpu_saturation", minute=8)
    cause = first_cause(traffic(5000), late, full)
    assert (cause.signature, cause.kind) == ("traffic_surge", "traffic")


def test_less_traffic_is_no_surge():
    assert signature(traffic(10), service("service/api", "p99", minute=8)) != "traffic_surge"


def test_errors_right_after_a_deploy_with_machines_well_are_a_bad_release():
    cause = first_cause(service("service/api", minute=25), changes=[deploy(20)])
    assert (cause.signature, cause.kind, cause.subject) == ("bad_release", "change", "chg_20")
    assert cause.summary == "it began with the deploy of version 2"
    assert cause.evidence[0].startswith("fraud 2 is live, at 2023-11-14T")


def test_what_only_the_new_version_does_is_its_release():
    own = alert("score", version="2", id="alt_v2", hour=1)
    assert signature(own, changes=[deploy(30)]) == "bad_release"
    assert signature(own, changes=[deploy(30, version="3")]) == ""


@pytest.mark.parametrize("minute", [60, -300])
def test_a_deploy_afterwards_or_long_before_is_not_why(minute):
    assert signature(service("service/api", minute=25), changes=[deploy(minute)]) != "bad_release"


def test_a_deploy_beside_a_machine_out_of_memory_is_not_why():
    killed = machine("pod/p1", "oom_kills", minute=25)
    failing = service("service/api", minute=28)
    assert signature(killed, failing, changes=[deploy(20)]) == "memory_loop"


def test_two_deploys_leave_it_open():
    both = [deploy(20), deploy(22, service="api", model=None)]
    assert signature(service("service/api", minute=25), changes=both) != "bad_release"


def test_many_features_and_traffic_are_another_population():
    cause = first_cause(AMOUNT, AGE, TENURE, traffic(2000), SCORE)
    assert (cause.signature, cause.kind, cause.subject) == ("population_shift", "population", "fraud")
    assert "age, amount and tenure moved together" in cause.summary


def test_two_features_are_no_population():
    assert signature(AMOUNT, AGE, traffic(2000)) == ""


def test_worse_quality_of_the_same_inputs_is_concept_drift():
    cause = first_cause(worse())
    assert (cause.signature, cause.subject) == ("concept_drift", "fraud")
    assert "What the model gets has not moved, so it is not the population." in cause.counter_evidence


def test_worse_quality_of_other_inputs_is_not():
    assert signature(worse(), AMOUNT) == ""


def test_outcomes_that_stay_away_are_no_bad_quality():
    cause = first_cause(late_outcomes())
    assert (cause.signature, cause.kind) == ("outcomes_broken", "outcomes")
    assert "quality is unknown" in cause.next_step


def test_inputs_that_moved_while_quality_is_confirmed_are_benign():
    for moved in (AMOUNT, AGE), (traffic(300), AMOUNT):
        cause = first_cause(*moved, SCORE, fine=GOOD)
        assert (cause.signature, cause.kind) == ("benign_shift", "benign")


def test_a_single_feature_is_looked_at_even_if_the_model_copes():
    assert first_cause(AMOUNT, SCORE, fine=GOOD).subject == "feature.amount"


@pytest.mark.parametrize(
    "other",
    [broken(), worse(), service("service/api", minute=20), machine("pod/p1", minute=20)],
    ids=lambda a: a.signal,
)
def test_nothing_that_does_harm_is_benign(other):
    assert signature(AMOUNT, AGE, other, fine=GOOD) != "benign_shift"


def test_quality_of_another_time_confirms_nothing():
    before = {FRAUD: Window(NOON_US - 9 * HOUR_US, NOON_US - 8 * HOUR_US)}
    assert signature(AMOUNT, AGE, SCORE, fine=before) == ""
