"""Machines and services in the fast lane: what is measured becomes alerts, whenever the lane looks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.pipeline.components import ComponentPace, ComponentWatch
from seamark.query.answerable import answerable_alert
from seamark.records.alert import AlertState
from seamark.records.answer import AnswerKind
from seamark.records.blocks import SlowStep
from seamark.records.evaluation import Status
from seamark.records.metric import METRICS, Component, ComponentKind, MetricKind
from seamark.records.metric_rule import ServiceOptions
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.store.backends.memory import MemoryStore
from seamark.store.stretches import Stretch
from seamark.store.verdicts import NOT_JUDGED, from_bytes

START_US = 20_000 * DAY_US + 12 * HOUR_US
API = Component("shop", ComponentKind.SERVICE, "api")
POD = Component("shop", ComponentKind.CONTAINER, "default/api-0/api")
BOUNDS = (0.1, 0.5, 1.0, np.inf)
FIRING, RECOVERING, RESOLVED, ANSWERED = (
    AlertState.FIRING,
    AlertState.RECOVERING,
    AlertState.RESOLVED,
    AlertState.ANSWERED,
)


class Running:
    """A store whose components a test tells of, minute by minute."""

    def __init__(self, store=None, **options):
        self.store = store or MemoryStore()
        self.options = ServiceOptions(**options)
        self.minute = 0
        self.restart()

    def restart(self):
        """The lane begins anew with what is stored."""
        pace = ComponentPace(lambda _name: self.options)
        self.watch = ComponentWatch(self.store, pace, "http://localhost:8420")

    @property
    def now_us(self):
        return START_US + self.minute * MINUTE_US

    def tell(self, component, minute=None, **values):
        """One minute of a component: counters by their increase, histograms by the requests in each bucket."""
        start_us = START_US + (self.minute if minute is None else minute) * MINUTE_US
        stretches = []
        for name, value in values.items():
            series = METRICS[name].of(component, name)
            histogram = series.kind is MetricKind.HISTOGRAM
            column = np.cumsum(value) if histogram else [value, 1, value, value][: 4 if series.kind == "gauge" else 1]
            grid = np.array([column], dtype=float).T
            stretches.append(Stretch(series, start_us, MINUTE_US, grid, BOUNDS if histogram else ()))
        self.store.metrics.add(stretches)

    def look(self, seconds=0):
        """What the lane found to do."""
        step = self.watch.step(self.now_us + seconds * 1_000_000)
        if step is not None:
            self.store.fast.commit(step)
        return step

    def passes(self, minutes=1, component=API, **values):
        """So many minutes, alike; the lane looks after each."""
        for _ in range(minutes):
            if values:
                self.tell(component, **values)
            self.minute += 1
            self.look()

    def states(self):
        """rule → state of its newest alert."""
        ordered = sorted(self.store.fast.alerts("shop"), key=lambda each: each.detected_us)
        return {alert.monitor: alert.state for alert in ordered}

    def said(self):
        return [each.reason for each in self.store.post.deliveries()]

    def verdicts(self, rule, component=API):
        """What was said of a rule in each minute of the first hour."""
        [block] = self.store.metrics.verdicts("shop", Window(START_US, START_US + 1), components=[component])
        found = from_bytes(block.payload)
        return found.status[found.rules.index(rule)]


WELL = {"requests": 200, "server_errors": 0}
ILL = {"requests": 200, "server_errors": 100}


def test_two_minutes_of_errors_are_an_alert_an_incident_and_a_message():
    running = Running()
    running.passes(5, **WELL)
    assert running.states() == {}
    running.passes(1, **ILL)
    assert running.states()["server_error_rate"] is AlertState.PENDING
    assert running.said() == []
    running.passes(1, **ILL)
    assert running.states()["server_error_rate"] is FIRING
    [incident] = running.store.fast.incidents("shop")
    assert (incident.model, incident.priority) == ("", "P1")
    assert incident.title.startswith("error rate of api 20 %, threshold 5 %")
    assert running.said() == ["opened"]


def test_an_alert_ends_with_hysteresis_and_after_it_has_been_quiet_for_a_while():
    running = Running(ignored=("error_burn_fast", "error_burn_medium", "error_burn_slow"))
    running.passes(5, **WELL)
    running.passes(2, **ILL)
    running.passes(2, requests=100_000, server_errors=3_000)  # 3 %: below the threshold, above what clears
    assert running.states() == {"server_error_rate": FIRING}
    running.passes(5, requests=1_000_000, server_errors=0)
    assert running.states() == {"server_error_rate": RECOVERING}
    running.passes(1, requests=1_000_000, server_errors=0)
    assert running.states() == {"server_error_rate": RESOLVED}
    assert running.said() == ["opened", "resolved"]


def test_silence_is_an_alert_of_its_own_and_ends_no_other():
    running = Running()
    running.passes(5, **WELL)
    running.passes(2, **ILL)
    running.passes(30)
    states = running.states()
    assert states["server_error_rate"] is FIRING
    assert states["no_data"] is FIRING
    [alert] = [each for each in running.store.fast.alerts("shop") if each.monitor == "server_error_rate"]
    assert alert.no_data
    running.passes(20, **WELL)
    assert running.states()["no_data"] is RESOLVED


def test_each_minute_is_judged_once_however_often_the_lane_looks():
    running = Running()
    running.passes(3, **WELL)
    assert [running.look(seconds) for seconds in (0, 15, 59)] == [None, None, None]


def test_what_was_said_is_kept_by_the_minute():
    running = Running()
    running.passes(5, **WELL)
    running.passes(2, **ILL)
    running.passes(1, **WELL)
    status = running.verdicts("server_error_rate").tolist()
    assert status[:8] == [Status.OK] * 5 + [Status.BREACH] * 3
    assert set(status[8:]) == {NOT_JUDGED}


def test_a_restart_changes_nothing():
    going, restarted = Running(), Running()
    for minute in range(30):
        for each in (going, restarted):
            each.passes(1, **(ILL if 5 < minute < 12 else WELL))
        restarted.restart()
    assert going.store.fast.alerts() == restarted.store.fast.alerts()
    assert going.store.fast.incidents() == restarted.store.fast.incidents()


def test_history_that_is_filled_in_later_pages_nobody():
    running = Running()
    for minute in range(-600, -20):
        running.tell(API, minute=minute, **ILL)
    running.passes(10)
    assert running.states() == {}, "what is over, and what fell silent before anybody looked, is no news"
    running.passes(10, **WELL)
    assert "server_error_rate" not in running.states()


def test_a_service_that_is_gone_for_good_is_no_longer_judged():
    running = Running(gone_seconds=3600)
    running.passes(5, **WELL)
    running.passes(2, **ILL)
    running.passes(62)
    assert set(running.states().values()) == {RESOLVED}
    before = running.look()
    running.passes(60)
    assert before is None
    assert running.store.fast.alerts(live=True) == []


def test_a_pod_that_goes_is_no_news_and_is_forgotten_after_an_hour():
    running = Running()
    running.passes(5, POD, restarts=1)
    assert running.states() == {"restart_loop": FIRING}
    running.passes(30)
    assert running.states() == {"restart_loop": FIRING}
    running.passes(31)
    assert running.states() == {"restart_loop": RESOLVED}


def test_alerts_of_a_rule_that_is_switched_off_end():
    running = Running()
    running.passes(5, **WELL)
    running.passes(2, **ILL)
    running.options = replace(running.options, ignored=("server_error_rate",))
    running.passes(1, **ILL)
    assert running.states()["server_error_rate"] is RESOLVED


def test_a_clock_that_was_set_back_is_believed():
    running = Running()
    running.passes(5, **WELL)
    running.minute += 60
    running.passes(2, **ILL)
    running.minute -= 62
    running.passes(1, **WELL)
    assert running.store.metrics.judged_us() == running.now_us


def test_a_minute_that_comes_late_is_counted_with_the_next_look():
    running = Running(min_requests=10)
    running.passes(3, **WELL)
    running.minute += 1
    running.look()
    running.tell(API, minute=running.minute - 1, **ILL)
    running.passes(2, **ILL)
    assert running.states()["server_error_rate"] is FIRING


def test_p99_past_what_was_promised_is_urgent():
    running = Running(thresholds={"p99": 0.5})
    running.passes(5, requests=200, latency_seconds=(200, 0, 0, 0))
    running.passes(2, requests=200, latency_seconds=(100, 0, 100, 0))
    [incident] = running.store.fast.incidents("shop")
    assert incident.priority == "P1"
    assert incident.title == "p99 of api 975 ms, promised 500 ms"


@pytest.mark.parametrize("days", [2, 91])
def test_verdicts_are_forgotten_with_the_metrics(days):
    running = Running()
    running.passes(2, **WELL)
    running.minute += days * 24 * 60
    running.passes(2, **WELL)
    first = running.store.metrics.verdicts("shop", Window(START_US, START_US + HOUR_US))
    assert bool(first) is (days == 2)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([WELL, ILL, {}]), min_size=1, max_size=40))
def test_every_alert_that_opened_has_one_incident_and_silence_never_ends_one(story):
    running = Running()
    for values in story:
        before = running.states()
        running.passes(1, **values)
        if not values:
            ended = [rule for rule, state in running.states().items() if state is RESOLVED]
            assert all(before.get(rule) in (RESOLVED, RECOVERING) for rule in ended)
    incidents = {each.id: each for each in running.store.fast.incidents()}
    for alert in running.store.fast.alerts():
        if alert.opened_us is not None:
            assert alert.id in incidents[alert.incident].alerts
            assert (alert.component, alert.model) == ("service/api", "")


def test_what_people_answer_is_heard_at_once_and_the_alert_stays_silent_until_it_is_over():
    running = Running()
    running.passes(5, **WELL)
    running.passes(2, **ILL)
    [alert] = [each for each in running.store.fast.alerts("shop") if each.monitor == "server_error_rate"]
    said = answerable_alert(running.store, "shop", alert.id, AnswerKind.DISMISS)[0]
    answer = replace(said, id="ans_1", at_us=running.now_us)
    running.store.slow.commit(SlowStep(running.store.slow.watermark(), answers=(answer,)))
    assert running.look(15) is not None
    assert running.states()["server_error_rate"] is ANSWERED
    running.passes(3, **ILL)
    assert running.states()["server_error_rate"] is ANSWERED
    running.passes(12, requests=1_000_000, server_errors=0)
    assert running.states()["server_error_rate"] is RESOLVED


def test_projects_do_not_hear_of_each_other():
    running = Running()
    elsewhere = replace(API, project="bank")
    for _ in range(7):
        running.tell(elsewhere, **ILL)
        running.passes(1, **WELL)
    assert running.states() == {}
    assert [each.project for each in running.store.fast.incidents()] == ["bank"]


def test_an_alert_says_when_it_began():
    running = Running()
    running.passes(9, **WELL)
    running.passes(3, requests=200, server_errors=2)
    running.passes(4, **ILL)
    [alert] = [each for each in running.store.fast.alerts("shop") if each.monitor == "server_error_rate"]
    assert alert.onset_us == START_US + 12 * MINUTE_US
    [incident] = running.store.fast.incidents("shop")
    assert incident.onset_us == alert.onset_us


API_DEPLOYMENT = Component("shop", ComponentKind.DEPLOYMENT, "default/api")


def changes(running):
    return running.store.fast.changes("shop", Window(0, 2**62))


def test_a_deployment_whose_generation_grows_is_a_deploy_told_once():
    running = Running()
    running.passes(5, API_DEPLOYMENT, deployment_generation=3)
    assert changes(running) == [], "what was there before anybody looked is no news"
    running.passes(10, API_DEPLOYMENT, deployment_generation=4)
    [change] = changes(running)
    assert (change.kind, change.time_us, change.service) == ("deploy", START_US + 5 * MINUTE_US, "default/api")
    assert change.summary == "default/api was deployed (generation 4)"
    assert change.model is None
    running.passes(1)
    running.passes(5, API_DEPLOYMENT, deployment_generation=5)
    assert [each.summary[-2] for each in changes(running)] == ["4", "5"]


def test_a_deploy_is_about_the_only_model_that_rests_on_it():
    running = Running()
    made = tuple(Model("shop", name, START_US) for name in ("fraud", "churn"))
    running.store.slow.commit(SlowStep(running.store.slow.watermark(), models=made))
    running.store.metrics.see([("shop", API_DEPLOYMENT.label, "model/fraud")], START_US)
    for generation in (1, 2):
        running.passes(3, API_DEPLOYMENT, deployment_generation=generation)
    assert [change.model for change in changes(running)] == ["fraud"]


def test_minutes_that_are_old_become_the_worst_of_their_hour():
    running = Running()
    running.passes(60, **WELL)
    running.passes(10, **ILL)
    running.passes(50, **WELL)
    running.minute += 7 * 24 * 60 - 180
    running.passes(121, **WELL)
    blocks = running.store.metrics.verdicts("shop", Window(START_US, START_US + 2 * HOUR_US))
    said = [from_bytes(block.payload) for block in blocks]
    assert [each.status.shape[1] for each in said] == [1, 60]
    running.passes(60, **WELL)
    blocks = running.store.metrics.verdicts("shop", Window(START_US, START_US + 2 * HOUR_US))
    told = [from_bytes(block.payload) for block in blocks]
    assert [int(each.status[each.rules.index("server_error_rate"), 0]) for each in told] == [Status.OK, Status.BREACH]
