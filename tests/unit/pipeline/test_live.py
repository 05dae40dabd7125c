"""The alerts of one step, and what the step comes to: nothing is told twice, and nothing that opened is lost."""

import hashlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.alert.test_machine import BREACH, ELEVATED, INSUFFICIENT, MONITOR, NO_DATA, OK, START_US, evaluation

from seamark.alert.identity import alert_id, fingerprint
from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.pipeline.answering import Spent
from seamark.pipeline.components import ComponentPace, ComponentWatch
from seamark.pipeline.deploys import deploys
from seamark.pipeline.live import LiveAlerts, conclude
from seamark.records.alert import AlertState
from seamark.records.evaluation import Evaluation
from seamark.records.incident import IncidentState
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.window import Window
from seamark.store.backends.memory import MemoryStore
from seamark.store.stretches import Stretch

few = settings(max_examples=20, deadline=None)

URL = "http://localhost:8420"
QUIET = {("default", "fraud"): []}
statuses = st.lists(st.sampled_from([OK, ELEVATED, BREACH, BREACH, INSUFFICIENT, NO_DATA]), max_size=14)


def advance(alerts, hour, status):
    now_us = START_US + (hour + 1) * HOUR_US
    spent = Spent(alerts.store)
    alerts.advance(evaluation(hour, status), MONITOR, spent, now_us=now_us, opens_after_us=now_us - DAY_US)


def played(store, hours):
    """One step over some (hour, status), committed."""
    alerts = LiveAlerts.of(store, store.fast.alerts(live=True))
    for hour, status in hours:
        advance(alerts, hour, status)
    last = max((hour for hour, _ in hours), default=0)
    step = conclude(alerts, QUIET, {}, URL, START_US + (last + 1) * HOUR_US)
    store.fast.commit(step)
    return step


def stored(store):
    """All that was written of alerts, but when."""
    return sorted((each.id, each.state, each.evidence, each.opened_us) for each in store.fast.alerts())


@settings(max_examples=20, deadline=None)
@given(statuses)
def test_an_alert_that_was_dropped_is_not_written_and_one_that_is_over_is_not_live(said):
    alerts = LiveAlerts.of(MemoryStore(), [])
    for hour, status in enumerate(said):
        advance(alerts, hour, status)
        assert not alerts.dropped & alerts.touched.keys()
        assert all(each.state is not AlertState.RESOLVED for each in alerts.live.values())
        assert all(each.fingerprint == name for name, each in alerts.live.items())


@settings(max_examples=20, deadline=None)
@given(statuses, st.integers(0, 14))
def test_one_step_or_two_come_to_the_same_alerts(said, cut):
    hours = list(enumerate(said))
    at_once, in_two = MemoryStore(), MemoryStore()
    played(at_once, hours)
    played(in_two, hours[:cut])
    played(in_two, hours[cut:])
    assert stored(at_once) == stored(in_two)


@settings(max_examples=20, deadline=None)
@given(statuses)
def test_every_alert_that_opened_is_in_an_incident_that_is_open_as_long_as_it_lives(said):
    store = MemoryStore()
    for each in enumerate(said):
        played(store, [each])
    by_id = {each.id: each for each in store.fast.incidents()}
    for alert in store.fast.alerts():
        if alert.opened_us is None:
            assert alert.incident is None
        else:
            alive = alert.state is not AlertState.RESOLVED
            assert (by_id[alert.incident].state is IncidentState.OPEN) >= alive


@settings(max_examples=20, deadline=None)
@given(statuses)
def test_opening_and_end_are_news_in_turn(said):
    store = MemoryStore()
    reasons = [one.reason for each in enumerate(said) for one in played(store, [each]).deliveries]
    told = [each for each in reasons if each in ("opened", "resolved")]
    assert all(one != other for one, other in pairwise(told))
    assert told[:1] in ([], ["opened"])


def test_the_past_of_a_resolved_alert_is_not_told_again():
    store = MemoryStore()
    played(store, list(enumerate([BREACH, BREACH, OK, OK])))
    [over] = store.fast.alerts()
    assert over.state is AlertState.RESOLVED
    step = played(store, [(0, BREACH), (1, BREACH)])
    assert (step.alerts, step.incidents, step.deliveries) == ((), (), ())
    assert played(store, [(2, BREACH)]).alerts != (), "what is younger is a story of its own"


def test_the_past_of_an_alert_that_ended_in_the_same_step_is_not_told_again_either():
    alerts = LiveAlerts.of(MemoryStore(), [])
    for hour, status in [*enumerate([BREACH, BREACH, OK, OK]), (0, BREACH), (1, BREACH)]:
        advance(alerts, hour, status)
    assert [each.state for each in alerts.touched.values()] == [AlertState.RESOLVED]
    assert alerts.live == {}


def test_a_suspicion_that_comes_to_nothing_is_dropped_from_the_store():
    store = MemoryStore()
    played(store, [(0, BREACH)])
    [pending] = store.fast.alerts()
    step = played(store, [(1, OK), (2, OK), (3, OK)])
    assert step.dropped_alerts == (pending.id,)
    assert store.fast.alerts() == []


def test_a_condition_that_nobody_watches_any_more_ends():
    store = MemoryStore()
    played(store, list(enumerate([BREACH, BREACH])))
    alerts = LiveAlerts.of(store, store.fast.alerts(live=True))
    [firing] = alerts.live.values()
    alerts.close(firing, START_US + DAY_US)
    step = conclude(alerts, QUIET, {}, URL, START_US + DAY_US)
    assert [each.state for each in step.incidents] == [IncidentState.RESOLVED]
    assert [each.reason for each in step.deliveries] == ["resolved"]


def test_a_step_in_which_nothing_happened_leaves_everything_where_it_is():
    store = MemoryStore()
    step = conclude(LiveAlerts.of(store, []), {}, {}, URL, START_US)
    assert step.evaluations_through == store.fast.evaluations_through()
    assert (step.alerts, step.incidents, step.deliveries, step.dropped_alerts) == ((), (), (), ())


# --- who an alert is -----------------------------------------------------------------------------------------

words = st.text(max_size=6)
identities = st.fixed_dictionaries(
    dict.fromkeys(("project", "model", "version", "segment", "monitor", "component"), words)
)


def of(labels, **fields) -> Evaluation:
    return replace(evaluation(0, BREACH), **labels, **fields)


@few
@given(identities, identities)
def test_alerts_of_different_labels_are_different_alerts(one, other):
    assert (fingerprint(of(one)) == fingerprint(of(other))) is (one == other)


@few
@given(identities, st.floats(0, 9), st.integers(0, 10**6))
def test_neither_value_nor_time_nor_status_is_who_an_alert_is(labels, value, start_us):
    later = of(labels, value=value, window=Window(start_us, start_us + HOUR_US), status=OK, late=True)
    assert fingerprint(later) == fingerprint(of(labels))


def test_the_alerts_of_models_have_kept_the_names_they_had_before_there_were_components():
    known = replace(evaluation(0, BREACH), monitor="score:psi")
    expected = (
        "v1:"
        + hashlib.sha256(
            b'{"model":"fraud","monitor":"score:psi","project":"default","segment":"","version":""}'
        ).hexdigest()
    )
    assert fingerprint(known) == expected


@few
@given(identities, st.integers(0, 10**15), st.integers(0, 10**15))
def test_the_same_condition_in_another_window_is_another_alert(labels, one, other):
    name = fingerprint(of(labels))
    assert (alert_id(name, one) == alert_id(name, other)) is (one == other)


# --- deploys -------------------------------------------------------------------------------------------------

WEB = Component("shop", ComponentKind.DEPLOYMENT, "default/web")


def generations(*values, component=WEB, until_us=START_US):
    one = np.array(values, dtype=float)
    grid = np.stack([one, np.where(np.isnan(one), np.nan, 1.0), one, one])
    series = METRICS["deployment_generation"].of(component, "deployment_generation")
    return {component: {"deployment_generation": Stretch(series, until_us - len(values) * MINUTE_US, MINUTE_US, grid)}}


def told(*values):
    """(minutes ago, generation) of each deploy that is told."""
    found = deploys(MemoryStore(), generations(*values), START_US)
    return [((START_US - each.time_us) // MINUTE_US, int(each.summary.split()[-1][:-1])) for each in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((3, 3, 3), []),
        ((3, 3, 4), [(1, 4)]),
        ((3, 4, 5), [(2, 4), (1, 5)]),
        ((4, 3, 3), []),  # made anew: whoever did that will count up from there
        ((3, np.nan, 4), [(1, 4)]),
        ((np.nan, np.nan, 4), []),  # it may be as old as one likes
        ((3, 4, 4, 4, 4, 4, 4), []),  # told minutes ago
        ((3, 3, 4, 4, 4, 4, 4), [(5, 4)]),
    ],
)
def test_a_generation_that_grows_is_a_deploy_of_the_last_minutes(values, expected):
    assert told(*values) == expected


@few
@given(st.lists(st.integers(1, 4), min_size=1, max_size=15))
def test_a_deploy_that_is_told_again_a_minute_later_has_the_same_name(values):
    points = generations(*values)
    first, again = (deploys(MemoryStore(), points, START_US + late * MINUTE_US) for late in (0, 1))
    names = {each.time_us: each.id for each in first}
    assert all(names[each.time_us] == each.id for each in again)
    assert {(each.kind, each.service, each.project) for each in first} <= {("deploy", "default/web", "shop")}


def test_deployments_of_the_same_name_in_two_projects_are_two_deploys():
    other = Component("other", ComponentKind.DEPLOYMENT, "default/web")
    found = deploys(MemoryStore(), generations(1, 2) | generations(1, 2, component=other), START_US)
    assert len({each.id for each in found}) == 2


# --- how often components are judged -------------------------------------------------------------------------


def watch(every_us=MINUTE_US):
    store = MemoryStore()
    points = np.array([[200.0] * 10])
    series = METRICS["requests"].of(Component("shop", ComponentKind.SERVICE, "api"), "requests")
    store.metrics.add([Stretch(series, START_US - 10 * MINUTE_US, MINUTE_US, points)])
    return store, ComponentWatch(store, ComponentPace(every_us=every_us), URL)


def test_a_moment_is_judged_once_and_a_clock_that_was_set_back_is_believed():
    store, lane = watch()
    for now_us, is_judged in [
        (START_US, True),
        (START_US + 59_000_000, False),
        (START_US + MINUTE_US, True),
        (START_US, False),  # by a second or a minute, clocks differ
        (START_US - 5 * MINUTE_US, True),
    ]:
        step = lane.step(now_us)
        assert (step is not None) is is_judged
        if step is not None:
            store.fast.commit(step)


def test_a_slower_pace_judges_whole_steps_of_it():
    store, lane = watch(every_us=5 * MINUTE_US)
    step = lane.step(START_US + 299_000_000)
    assert step.judged_us % (5 * MINUTE_US) == 0
    store.fast.commit(step)
    assert store.metrics.judged_us() == step.judged_us


def test_where_nothing_is_measured_nothing_is_judged():
    assert ComponentWatch(MemoryStore(), ComponentPace(), URL).step(START_US) is None
