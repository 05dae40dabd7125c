"""Which rules there are for a component, and what its owner may change."""

import pytest

from seamark.detect.metric_defaults import NAMES, rules_for
from seamark.errors import InvalidInput
from seamark.records.metric import METRICS, ComponentKind, MetricKind
from seamark.records.metric_rule import Measure, ServiceOptions
from seamark.records.monitor import Priority

ALL = ServiceOptions(sla_seconds=0.3, thresholds={"p50": 0.1, "p95": 0.2, "p99": 0.5})
RULES = rules_for(ComponentKind.SERVICE, METRICS, ALL)


def names(kind, metrics, **options):
    return {each.name for each in rules_for(kind, metrics, ServiceOptions(**options))}


def one(name, **options):
    return next(
        each for each in rules_for(ComponentKind.SERVICE, METRICS, ServiceOptions(**options)) if each.name == name
    )


def test_all_rules_have_names_of_their_own():
    assert sorted(each.name for each in RULES) == list(NAMES)


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.name)
def test_a_rule_is_about_metrics_there_are_and_clears_below_where_it_fires(each):
    assert each.metrics <= set(METRICS)
    assert each.rule.clear < each.rule.fire
    assert each.rule.min_n >= 1
    assert 1 <= each.rule.breaches <= each.rule.of


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.name)
def test_what_a_rule_measures_is_of_the_kind_it_measures(each):
    kinds = {METRICS[name].kind for name in each.metrics}
    if each.measure in (Measure.SHARE, Measure.GROWTH):
        assert kinds == {MetricKind.COUNTER}
    elif each.measure in (Measure.SLOWER, Measure.QUANTILE):
        assert kinds == {MetricKind.HISTOGRAM}
    elif each.measure is Measure.GROWTH_WHILE:
        assert METRICS[each.metric].kind is MetricKind.COUNTER
    else:
        assert kinds <= {MetricKind.GAUGE}


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.name)
def test_what_wakes_a_person_is_seen_twice_in_a_row_and_what_can_wait_three_times_of_five(each):
    seen = (each.rule.breaches, each.rule.of)
    assert seen == ((2, 2) if each.rule.priority is Priority.P1 else (3, 5))


@pytest.mark.parametrize("promise", ["error", "latency", "availability"])
def test_a_promise_has_the_three_usual_burn_rates(promise):
    minutes = {each.name: [us // 60_000_000 for us in each.reaches_us] for each in RULES}
    fires = {each.name: (each.rule.fire, each.rule.priority) for each in RULES}
    assert minutes[f"{promise}_burn_fast"] == [60, 5]
    assert minutes[f"{promise}_burn_medium"] == [360, 30]
    assert minutes[f"{promise}_burn_slow"] == [4320, 360]
    assert fires[f"{promise}_burn_fast"] == (14.4, Priority.P1)
    assert fires[f"{promise}_burn_medium"] == (6.0, Priority.P1)
    assert fires[f"{promise}_burn_slow"] == (1.0, Priority.P2)


def test_only_what_is_measured_is_judged():
    assert names(ComponentKind.CONTAINER, {"memory_bytes"}) == set()
    assert names(ComponentKind.CONTAINER, {"memory_bytes", "memory_limit_bytes"}) == {"memory_near_limit"}
    assert names(ComponentKind.NODE, {"cpu_seconds", "cpu_available_seconds"}) == {"cpu_saturation", "no_data"}
    assert "server_error_rate" not in names(ComponentKind.SERVICE, {"requests"})


def test_without_a_promise_latency_is_not_judged():
    judged = names(ComponentKind.SERVICE, METRICS)
    assert not [name for name in judged if name.startswith(("latency", "p50", "p95", "p99"))]


@pytest.mark.parametrize("kind", [ComponentKind.POD, ComponentKind.CONTAINER, ComponentKind.PROCESS])
def test_what_comes_and_goes_may_fall_silent(kind):
    assert "no_data" not in names(kind, METRICS)
    assert "no_data" in names(ComponentKind.SERVICE, METRICS)


def test_an_owner_may_leave_rules_out():
    assert "saturation" not in names(ComponentKind.SERVICE, METRICS, ignored=("saturation",))


def test_the_threshold_to_clear_moves_with_the_one_to_fire():
    rule = one("server_error_rate", thresholds={"server_error_rate": 0.01}).rule
    assert (rule.fire, rule.clear) == (0.01, pytest.approx(0.004))


def test_the_least_traffic_is_about_requests_only():
    asked = {"min_requests": 7, "sla_seconds": 1.0, "thresholds": {"p99": 1.0}}
    for name in ("server_error_rate", "client_error_rate", "error_burn_fast", "latency_burn_slow", "p99"):
        assert one(name, **asked).rule.min_n == 7
    for name in ("availability_burn_fast", "unavailable", "saturation", "restart_loop"):
        assert one(name, **asked).rule.min_n == one(name).rule.min_n


def test_a_stricter_objective_leaves_a_smaller_budget():
    assert one("error_burn_fast", objective=0.999).budget == pytest.approx(0.001)
    assert one("latency_burn_fast", sla_seconds=0.2, latency_objective=0.95).budget == pytest.approx(0.05)
    assert one("latency_burn_fast", sla_seconds=0.2).at == 0.2


@pytest.mark.parametrize(
    "options",
    [
        {"objective": 1.0},
        {"objective": 0.0},
        {"latency_objective": 1.5},
        {"sla_seconds": 0.0},
        {"sla_seconds": float("inf")},
        {"min_requests": 0},
        {"thresholds": {"p99": 0.0}},
        {"thresholds": {"p99": float("nan")}},
    ],
)
def test_what_no_service_can_promise_is_refused(options):
    with pytest.raises(InvalidInput, match=f"{next(iter(options))} must be"):
        ServiceOptions(**options)
