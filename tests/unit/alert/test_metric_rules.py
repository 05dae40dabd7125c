"""What the rules about machines and services become in the alert machine, a minute at a time."""

import math

import numpy as np
import pytest

from seamark.alert.machine import step
from seamark.clock import DAY_US, MINUTE_US
from seamark.detect.metric_defaults import rules_for
from seamark.detect.metric_rules import decide
from seamark.records.alert import AlertState
from seamark.records.evaluation import Evaluation
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.metric_rule import ServiceOptions
from seamark.records.monitor import Monitor, Priority
from seamark.records.window import Window
from seamark.store.stretches import Stretch

API = Component("shop", ComponentKind.SERVICE, "api")
START_US = 20_000 * DAY_US
REQUESTS = 200.0


def counter(metric, values):
    return Stretch(METRICS[metric].of(API, metric), START_US, MINUTE_US, np.array([values], dtype=float))


def latencies(slow):
    """So many of the requests of each minute take between half a second and two."""
    column = [[REQUESTS - each, REQUESTS, REQUESTS] for each in slow]
    series = METRICS["latency_seconds"].of(API, "latency_seconds")
    return Stretch(series, START_US, MINUTE_US, np.array(column).T, (0.5, 2.0, math.inf))


def played(name, data, minutes, **options):
    """The alert after each minute; None where there is none."""
    rule = next(each for each in rules_for(API.kind, data, ServiceOptions(**options)) if each.name == name)
    monitor = Monitor(rule.name, rule.metric, rule.layer, rule.measure.value, rule.rule)
    alert, story = None, []
    for minute in range(5, minutes + 1):
        now_us = START_US + minute * MINUTE_US
        said = decide(rule, data, now_us)
        window = Window(now_us - MINUTE_US, now_us)
        about = Evaluation(
            0, "shop", "", "", "", name, window, said.status, said.value, said.threshold, said.value, said.n
        )
        alert = step(alert, about, monitor, now_us=now_us, opens_after_us=START_US)
        story.append(alert)
        if alert is not None and alert.state is AlertState.RESOLVED:
            alert = None
    return story


def states(story):
    """The states in their order, each told once."""
    told = [None if alert is None else alert.state for alert in story]
    return [state for place, state in enumerate(told) if place == 0 or told[place - 1] is not state]


def errors(*stretches):
    """Minutes and how many of their requests fail; None for silence of everything."""
    failed = [math.nan if few is None else few for minutes, few in stretches for _ in range(minutes)]
    requests = [math.nan if math.isnan(each) else REQUESTS for each in failed]
    return {"requests": counter("requests", requests), "server_errors": counter("server_errors", failed)}


def test_errors_of_the_server_raise_a_p1_at_the_second_evaluation_and_are_over_when_they_are():
    story = played("server_error_rate", errors((10, 0.0), (5, 100.0), (20, 0.0)), 35)
    assert states(story) == [
        None, AlertState.PENDING, AlertState.FIRING, AlertState.RECOVERING, AlertState.RESOLVED, None,
    ]  # fmt: skip  # a story is read in one line
    fired = next(alert for alert in story if alert is not None and alert.state is AlertState.FIRING)
    assert fired.priority is Priority.P1
    assert fired.opened_us == START_US + 12 * MINUTE_US


def test_a_p99_past_what_was_promised_raises_a_p1():
    slow = {"latency_seconds": latencies([0.0] * 10 + [50.0] * 5 + [0.0] * 20)}
    story = played("p99", slow, 35, thresholds={"p99": 0.6})
    fired = [alert for alert in story if alert is not None and alert.state is AlertState.FIRING]
    assert {alert.priority for alert in fired} == {Priority.P1}
    assert states(story)[-2:] == [AlertState.RESOLVED, None]


@pytest.mark.parametrize("name", ["server_error_rate", "error_burn_fast", "error_burn_medium"])
def test_an_exporter_that_stops_while_an_alert_fires_resolves_nothing(name):
    story = played(name, errors((30, 150.0), (400, None)), 430)
    last = story[-1]
    assert last is not None
    assert last.state is AlertState.FIRING
    assert last.no_data


def test_between_the_thresholds_an_alert_stays_as_it_is():
    story = played("server_error_rate", errors((10, 40.0), (60, 6.0)), 70)  # 20 %, then 3 %
    assert states(story) == [AlertState.PENDING, AlertState.FIRING]


def test_a_single_bad_evaluation_wakes_nobody():
    failed = errors((10, 0.0), (1, 60.0), (20, 0.0))  # 6 % of the requests of five minutes, for five minutes
    assert AlertState.FIRING in states(played("server_error_rate", failed, 31))
    failed["server_errors"].values[0, 10] = 45.0  # 4.5 %
    assert states(played("server_error_rate", failed, 31)) == [None]


def test_a_silent_service_has_an_alert_of_its_own_until_it_speaks():
    story = played("no_data", errors((10, 0.0), (10, None), (15, 0.0)), 35)
    assert states(story) == [
        None, AlertState.PENDING, AlertState.FIRING, AlertState.RECOVERING, AlertState.RESOLVED, None,
    ]  # fmt: skip  # likewise


def test_a_service_that_is_well_is_never_spoken_of():
    well = {**errors((120, 0.0)), "latency_seconds": latencies([0.0] * 120)}
    wanted = rules_for(API.kind, well, ServiceOptions(sla_seconds=0.5, thresholds={"p99": 0.6}))
    assert len(wanted) > 7
    for each in wanted:
        assert states(played(each.name, well, 120, sla_seconds=0.5, thresholds={"p99": 0.6})) == [None], each.name
