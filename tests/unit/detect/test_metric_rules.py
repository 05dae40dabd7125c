"""When a machine or a service breaks a rule."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.detect.metric_defaults import rules_for
from seamark.detect.metric_rules import decide
from seamark.records.evaluation import Status
from seamark.records.metric import METRICS, Component, ComponentKind, MetricKind
from seamark.records.metric_rule import Measure, MetricRule, Need, ServiceOptions
from seamark.records.monitor import Rule, RuleKind
from seamark.records.signals import Layer
from seamark.store.backends.memory import BACKEND
from seamark.store.stretches import Stretch, together

NOW_US = 1_800_000_000 * 1_000_000 // DAY_US * DAY_US
API = Component("shop", ComponentKind.SERVICE, "api")
POD = Component("shop", ComponentKind.CONTAINER, "default/api-0/api")
NAN = math.nan
BOUNDS = (0.1, 0.5, 1.0, math.inf)


def counter(metric, *values, step_us=MINUTE_US, component=API, until_us=NOW_US):
    """Its increases at the last points before `until_us`."""
    grid = np.array([values], dtype=float)
    return Stretch(METRICS[metric].of(component, metric), until_us - len(values) * step_us, step_us, grid)


def gauge(metric, *values, component=POD):
    """Two samples in each minute, of the same value."""
    one = np.array(values, dtype=float)
    grid = np.stack([2 * one, np.where(np.isnan(one), NAN, 2.0), one, one])
    start_us = NOW_US - len(values) * MINUTE_US
    return Stretch(METRICS[metric].of(component, metric), start_us, MINUTE_US, grid)


def histogram(*minutes, bounds=BOUNDS):
    """How many requests there were in each bucket of each minute; None for silence."""
    columns = [[NAN] * len(bounds) if each is None else np.cumsum(each) for each in minutes]
    start_us = NOW_US - len(minutes) * MINUTE_US
    grid = np.array(columns, dtype=float).T
    return Stretch(METRICS["latency_seconds"].of(API, "latency_seconds"), start_us, MINUTE_US, grid, tuple(bounds))


def data(*stretches):
    return {each.series.metric: each for each in stretches}


def rule(name, kind=ComponentKind.SERVICE, **options):
    found = {each.name: each for each in rules_for(kind, METRICS, ServiceOptions(**options))}
    return found[name]


def judged(name, *stretches, now_us=NOW_US, kind=ComponentKind.SERVICE, **options):
    return decide(rule(name, kind, **options), data(*stretches), now_us)


@pytest.mark.parametrize(
    ("errors", "status"),
    [(0, Status.OK), (4, Status.OK), (5, Status.ELEVATED), (9, Status.ELEVATED), (10, Status.BREACH)],
)
def test_between_the_clear_and_the_fire_threshold_nothing_is_said(errors, status):
    said = judged("server_error_rate", counter("requests", *[40] * 5), counter("server_errors", 0, 0, 0, 0, errors))
    assert said.status is status
    assert said.value == errors / 200
    assert (said.threshold, said.n) == (0.05, 200)


def test_one_failure_of_three_requests_says_nothing():
    said = judged("server_error_rate", counter("requests", 0, 0, 1, 1, 1), counter("server_errors", 0, 0, 0, 0, 1))
    assert said.status is Status.INSUFFICIENT
    assert said.n == 3


def test_a_service_without_traffic_is_neither_well_nor_ill():
    assert judged("server_error_rate", counter("requests", *[0] * 5)).status is Status.INSUFFICIENT


def test_errors_that_were_never_heard_of_are_none():
    said = judged("server_error_rate", counter("requests", *[100] * 5))
    assert (said.status, said.value) == (Status.OK, 0.0)


def test_errors_of_a_minute_without_requests_do_not_count():
    said = judged(
        "server_error_rate",
        counter("requests", 100, 100, NAN, 100, 100),
        counter("server_errors", NAN, NAN, 50, NAN, NAN),
    )
    assert (said.value, said.n) == (0.0, 400)


def test_a_share_is_never_more_than_all():
    said = judged("server_error_rate", counter("requests", *[100] * 5), counter("server_errors", *[101] * 5))
    assert said.value == 1.0


@pytest.mark.parametrize("name", ["server_error_rate", "error_burn_fast", "error_burn_medium"])
def test_a_stopped_exporter_is_no_data_however_bad_it_was(name):
    bad = [100.0] * 355 + [NAN] * 5
    said = judged(name, counter("requests", *bad), counter("server_errors", *bad))
    assert said.status is Status.NO_DATA
    assert math.isnan(said.value)


@pytest.mark.parametrize(("silent", "status"), [(0, Status.BREACH), (2, Status.BREACH), (3, Status.NO_DATA)])
def test_three_silent_minutes_are_no_data(silent, status):
    minutes = [100.0] * (5 - silent) + [NAN] * silent
    assert (
        judged("server_error_rate", counter("requests", *minutes), counter("server_errors", *minutes)).status is status
    )


@pytest.mark.parametrize("name", ["error_burn_fast", "restart_loop", "memory_near_limit", "oom_restarts"])
def test_a_component_of_which_nothing_was_read_is_no_data(name):
    assert judged(name).status is Status.NO_DATA


def burning(minutes, share, before=6 * 60):
    """So many minutes at the end in which this share of requests fails."""
    requests = [1000.0] * before
    errors = [0.0] * (before - minutes) + [1000.0 * share] * minutes
    return counter("requests", *requests), counter("server_errors", *errors)


def test_a_fast_burn_needs_both_the_hour_and_the_five_minutes():
    objective = {"objective": 0.999}
    assert judged("error_burn_fast", *burning(2, 0.1), **objective).status is not Status.BREACH  # the hour is at 3.3
    long = judged("error_burn_fast", *burning(10, 0.1), **objective)  # the hour at 16.7, five minutes at 100
    assert long.status is Status.BREACH
    assert long.value == pytest.approx(0.1 * 10 / 60 / 0.001)


def test_a_fast_burn_ends_five_minutes_after_the_errors_do():
    requests, errors = burning(20, 0.1)
    errors.values[0, -5:] = 0.0
    said = judged("error_burn_fast", requests, errors, objective=0.999)
    assert (said.status, said.value) == (Status.OK, 0.0)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.15, {"fast", "medium", "slow"}),
        (0.07, {"medium", "slow"}),
        (0.011, {"slow"}),
        (0.007, set()),
    ],
)
def test_the_slower_the_burn_the_longer_it_takes_to_be_told(share, expected):
    metrics = {"requests", "server_errors"}
    wanted = [r for r in rules_for(ComponentKind.SERVICE, metrics, ServiceOptions()) if "burn" in r.name]
    breached = set()
    for each in wanted:
        step_us = Need.of(each, NOW_US).step_us
        points = max(each.reaches_us) // step_us
        requests = counter("requests", *[1000.0] * points, step_us=step_us)
        errors = counter("server_errors", *[1000.0 * share] * points, step_us=step_us)
        if decide(each, data(requests, errors), NOW_US).status is Status.BREACH:
            breached.add(each.name.removeprefix("error_burn_"))
    assert breached == expected


def test_the_least_traffic_is_that_of_the_shortest_reach():
    requests = counter("requests", *[1000.0] * 55, *[5.0] * 5)
    errors = counter("server_errors", *[1000.0] * 55, *[5.0] * 5)
    assert judged("error_burn_fast", requests, errors).status is Status.INSUFFICIENT
    assert judged("error_burn_fast", requests, errors, min_requests=25).status is Status.BREACH


def test_a_late_service_burns_its_promise_of_latency():
    slow = histogram(*[[50, 30, 10, 10]] * 60)
    said = judged("latency_burn_fast", slow, sla_seconds=0.5, latency_objective=0.99)
    assert said.value == pytest.approx(0.2 / 0.01)
    assert (said.status, said.n) == (Status.BREACH, 500)
    assert judged("latency_burn_fast", slow, sla_seconds=0.5, latency_objective=0.9).status is Status.OK


def test_p99_past_its_threshold_breaches_and_below_it_recovers():
    def said(*buckets):
        return judged("p99", histogram(*[buckets] * 5), thresholds={"p99": 0.6})

    assert said(900, 0, 100, 0).status is Status.BREACH
    assert said(980, 15, 5, 0).status is Status.OK
    assert said(985, 0, 15, 0).value == pytest.approx(0.5 + 0.5 * 5 / 15)


@pytest.mark.parametrize("name", ["p50", "p95", "p99"])
@pytest.mark.parametrize("threshold", [0.1, 0.12, 0.5, 0.6, 1.0])
def test_a_quantile_clears_when_all_requests_are_below_its_threshold_however_wide_the_buckets(name, threshold):
    all_below = [1000 if bound <= threshold else 0 for bound in BOUNDS]
    said = judged(name, histogram(*[all_below] * 5), thresholds={name: threshold})
    assert said.status is Status.OK


def test_p99_of_few_requests_says_nothing():
    assert judged("p99", histogram([0, 0, 0, 3]), thresholds={"p99": 0.6}).status is Status.INSUFFICIENT


def test_silent_minutes_do_not_count_in_a_quantile():
    full, gaps = histogram(*[[90, 0, 10, 0]] * 5), histogram([90, 0, 10, 0], None, [90, 0, 10, 0], None, [90, 0, 10, 0])
    one, other = (judged("p95", each, thresholds={"p95": 0.6}) for each in (full, gaps))
    assert one.value == pytest.approx(other.value)
    assert (one.n, other.n) == (500, 300)


def test_instances_with_other_buckets_are_judged_together():
    both = together([histogram(*[[500, 0, 0, 0]] * 5), histogram(*[[0, 0, 500]] * 5, bounds=(0.5, 2.0, math.inf))])
    said = decide(rule("p99", thresholds={"p99": 0.6}), data(*both), NOW_US)
    assert (said.status, said.n) == (Status.BREACH, 5000)


@pytest.mark.parametrize(("restarts", "status"), [(0, Status.OK), (2, Status.ELEVATED), (3, Status.BREACH)])
def test_three_restarts_in_a_quarter_of_an_hour_are_a_loop(restarts, status):
    minutes = [0.0] * 15
    minutes[3 : 3 + restarts] = [1.0] * restarts
    assert judged("restart_loop", counter("restarts", *minutes)).status is status


def test_restarts_before_the_quarter_of_an_hour_are_over():
    assert judged("restart_loop", counter("restarts", 5, 5, 5, *[0] * 15)).value == 0


def test_one_kill_for_want_of_memory_is_told():
    assert judged("oom_kills", counter("oom_kills", *[0] * 10, 1, *[0] * 4)).status is Status.BREACH
    assert judged("oom_kills", counter("oom_kills", *[0] * 15)).status is Status.OK


def test_a_restart_counts_as_a_kill_only_while_memory_was_the_reason():
    restarts = counter("restarts", 0, 0, 1, 0, 0)
    assert judged("oom_restarts", restarts, gauge("oom_terminated", 0, 0, 1, 1, 1)).status is Status.BREACH
    assert judged("oom_restarts", restarts, gauge("oom_terminated", 0, 0, 0, 0, 0)).status is Status.OK
    assert judged("oom_restarts", restarts, gauge("oom_terminated", 1, 1, 0, 0, 0)).status is Status.OK
    assert judged("oom_restarts", restarts, gauge("oom_terminated", *[NAN] * 5)).status is Status.NO_DATA


def test_a_container_that_waits_in_a_crash_loop_is_told_even_between_its_attempts():
    assert judged("crash_loop", gauge("crash_loop", 0, 1, 0, 0, 0)).status is Status.BREACH
    assert judged("crash_loop", gauge("crash_loop", 0, 0, 0, 0, 0)).status is Status.OK


def test_throttled_periods_are_a_share_of_periods():
    periods = counter("cpu_periods", *[600] * 15)
    assert judged("throttling", periods, counter("cpu_throttled_periods", *[300] * 15)).status is Status.BREACH
    assert judged("throttling", periods, counter("cpu_throttled_periods", *[30] * 15)).status is Status.OK


@pytest.mark.parametrize(("used", "status"), [(50, Status.OK), (87, Status.ELEVATED), (92, Status.BREACH)])
def test_memory_near_its_limit_is_told(used, status):
    limit = gauge("memory_limit_bytes", *[100] * 5)
    assert judged("memory_near_limit", gauge("memory_bytes", *[used] * 5), limit).status is status


def test_a_container_without_a_limit_is_not_near_it():
    said = judged("memory_near_limit", gauge("memory_bytes", *[50] * 5), gauge("memory_limit_bytes", *[0] * 5))
    assert said.status is Status.INSUFFICIENT


def test_a_node_is_short_of_memory_when_little_is_available():
    total = gauge("memory_total_bytes", *[100] * 5)
    assert judged("node_memory", gauge("memory_available_bytes", *[3] * 5), total).status is Status.BREACH
    assert judged("node_memory", gauge("memory_available_bytes", *[40] * 5), total).value == pytest.approx(0.6)


def test_a_gpu_is_full_when_little_is_free():
    used, free = gauge("gpu_memory_bytes", *[99] * 5), gauge("gpu_memory_free_bytes", *[1] * 5)
    assert judged("gpu_memory", used, free).status is Status.BREACH


def test_a_saturated_service_is_told_only_when_it_lasts():
    assert judged("saturation", gauge("saturation", 0.95, 0.95, 0.95, 0.95, 0.95)).status is Status.BREACH
    assert judged("saturation", gauge("saturation", 0.1, 0.1, 0.1, 0.1, 1.0)).status is Status.OK
    assert judged("saturation", gauge("saturation", NAN, NAN, NAN, 1.0, 1.0)).status is Status.INSUFFICIENT


@pytest.mark.parametrize(
    ("silent", "status"), [(0, Status.OK), (2, Status.OK), (3, Status.BREACH), (14, Status.BREACH), (40, Status.BREACH)]
)
def test_silence_is_a_condition_of_its_own(silent, status):
    minutes = [1.0] * 5 + [NAN] * silent
    said = judged("no_data", counter("requests", *minutes), gauge("saturation", *minutes))
    assert said.status is status
    assert said.value == min(silent, 15) * 60


def test_a_component_is_not_silent_while_any_of_its_series_speaks():
    said = judged("no_data", counter("requests", *[NAN] * 9), gauge("saturation", *[NAN] * 8, 0.0))
    assert said.status is Status.OK


def test_a_component_that_said_nothing_at_all_is_silent_for_as_long_as_one_looks():
    assert judged("no_data").value == 15 * 60


def test_what_comes_later_is_not_looked_at():
    requests = counter("requests", *[100.0] * 10, until_us=NOW_US + 5 * MINUTE_US)
    errors = counter("server_errors", *[0.0] * 5, *[100.0] * 5, until_us=NOW_US + 5 * MINUTE_US)
    said = judged("server_error_rate", requests, errors)
    assert (said.value, said.n) == (0.0, 500)


def test_the_evidence_is_the_longest_reach():
    said = judged("error_burn_medium", *burning(5, 0.1))
    assert (said.evidence.start_us, said.evidence.end_us) == (NOW_US - 6 * HOUR_US, NOW_US)


@pytest.mark.parametrize(
    ("name", "reach_us", "step_us"),
    [
        ("error_burn_fast", HOUR_US, MINUTE_US),
        ("error_burn_medium", 6 * HOUR_US, MINUTE_US),
        ("error_burn_slow", 3 * DAY_US, 5 * MINUTE_US),
        ("restart_loop", 15 * MINUTE_US, MINUTE_US),
    ],
)
def test_a_rule_needs_its_longest_reach_in_points_that_fit(name, reach_us, step_us):
    need = Need.of(rule(name), NOW_US)
    assert (need.window.start_us, need.window.end_us, need.step_us) == (NOW_US - reach_us, NOW_US, step_us)


@pytest.mark.parametrize("name", ["error_burn_fast", "error_burn_slow", "server_error_rate"])
def test_what_a_rule_needs_is_what_a_store_gives(name, tmp_path):
    store = BACKEND.open(tmp_path)
    minutes = [100.0] * 240
    store.metrics.add([counter("requests", *minutes), counter("server_errors", *minutes), gauge("saturation", 0.5)])
    wanted = rule(name)
    need = Need.of(wanted, NOW_US)
    found = store.metrics.read(API.project, need.window, need.step_us, components=[API])
    said = decide(wanted, data(*[each for each in found if each.series.metric in need.metrics]), NOW_US)
    assert said.status is Status.BREACH
    assert said.value == pytest.approx(1.0 if name == "server_error_rate" else 100.0)
    store.close()


def fixed(measure, metric, *wholes, at=0.5):
    return MetricRule("any", Layer.SERVING, measure, metric, Rule(RuleKind.FIXED, 0.5, 0.25, min_n=1), wholes, at=at)


ANY = [
    fixed(Measure.SHARE, "server_errors", "requests"),
    fixed(Measure.GROWTH, "restarts"),
    fixed(Measure.GROWTH_WHILE, "restarts", "crash_loop"),
    fixed(Measure.MEAN, "saturation"),
    fixed(Measure.PEAK, "saturation"),
    fixed(Measure.RATIO, "memory_bytes", "memory_limit_bytes"),
    fixed(Measure.REMAINDER, "memory_available_bytes", "memory_total_bytes"),
    fixed(Measure.SLOWER, "latency_seconds"),
    fixed(Measure.QUANTILE, "latency_seconds"),
    fixed(Measure.SILENCE, "saturation"),
]
SAMPLES = st.floats(0, 1e9) | st.sampled_from([0.0, NAN, math.inf, -math.inf])


def anything(metric, values):
    kind = METRICS[metric].kind
    if kind is MetricKind.HISTOGRAM:
        steps = [None if not math.isfinite(each) else [each, 0.0, each, each] for each in values]
        return histogram(*steps)
    return gauge(metric, *values) if kind is MetricKind.GAUGE else counter(metric, *values)


@pytest.mark.parametrize("each", ANY, ids=lambda each: each.measure.value)
@given(values=st.lists(st.lists(SAMPLES, min_size=6, max_size=6), min_size=3, max_size=3))
def test_whatever_is_stored_a_rule_has_an_answer(each, values):
    given_ = data(*[anything(name, column) for name, column in zip(sorted(each.metrics), values, strict=False)])
    with np.errstate(all="ignore"):
        said = decide(each, given_, NOW_US)
    assert said.status in Status
    assert math.isnan(said.value) <= (said.status in (Status.NO_DATA, Status.INSUFFICIENT))
    if said.status is Status.BREACH:
        assert said.value >= 0.5
    if said.status is Status.OK:
        assert said.value <= 0.25


@pytest.mark.parametrize("each", [r for r in ANY if r.measure is not Measure.SILENCE], ids=lambda each: each.measure)
@given(values=st.lists(st.floats(0, 1e6), min_size=5, max_size=5))
def test_no_rule_says_ok_or_breach_of_what_fell_silent(each, values):
    silent = [*values, NAN, NAN, NAN]
    said = decide(each, data(*[anything(name, silent) for name in each.metrics]), NOW_US)
    assert said.status is Status.NO_DATA


@given(st.lists(st.integers(1, 1000), min_size=5, max_size=5), st.data())
def test_more_errors_never_look_better(requests, draw):
    errors = [draw.draw(st.integers(0, each)) for each in requests]
    more = [draw.draw(st.integers(few, each)) for few, each in zip(errors, requests, strict=True)]
    each = fixed(Measure.SHARE, "server_errors", "requests")
    one, other = (
        decide(each, data(counter("requests", *requests), counter("server_errors", *e)), NOW_US) for e in (errors, more)
    )
    assert one.value <= other.value
    assert one.status <= other.status


@given(st.lists(st.integers(0, 50), min_size=60, max_size=60))
def test_a_burn_is_the_smaller_of_the_burns_of_its_reaches(errors):
    given_ = data(counter("requests", *[50] * 60), counter("server_errors", *errors))
    both = rule("error_burn_fast")
    apart = [decide(replace(both, reaches_us=(reach_us,)), given_, NOW_US).value for reach_us in both.reaches_us]
    assert decide(both, given_, NOW_US).value == pytest.approx(min(apart))
