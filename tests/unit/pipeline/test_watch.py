"""The fast lane is a function of what is stored: verdicts become alerts, incidents and messages, whenever it looks."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.query.stored import BREACH, ELEVATED, FRAUD, OK, SHOP, Written, hours, monitor

from seamark.clock import DAY_US, HOUR_US, SECOND_US
from seamark.pipeline.watch import watch
from seamark.records.alert import AlertState
from seamark.records.evaluation import Status
from seamark.records.incident import IncidentState
from seamark.records.options import ModelOptions

AMOUNT, AGE, SCORE = monitor("feature.amount"), monitor("feature.age"), monitor("score")
NO_DATA = Status.NO_DATA


class Watched(Written):
    """A model whose fast lane a test runs by hand."""

    def __init__(self, *monitors, **fields):
        super().__init__(*monitors, **fields)
        self.options = ModelOptions()
        self.hour = 0

    def hears(self, *statuses, look=True, **fields):
        """One more window; the lane looks at once unless told not to."""
        self.judge(hours(self.hour, self.hour + 1), *statuses, **fields)
        self.hour += 1
        if look:
            self.look()

    def look(self):
        """What the lane found to do."""
        now_us = hours(0, self.hour).end_us + self.options.lateness_seconds * SECOND_US
        step = watch(self.store, lambda _p, _m: self.options, "http://localhost:8420", now_us)
        if step is not None:
            self.store.fast.commit(step)
        return step

    def states(self):
        """The state of every alert by its signal."""
        return {alert.signal: alert.state for alert in self.store.fast.alerts(SHOP)}

    def said(self):
        """Every message: its reason."""
        return [each.reason for each in self.store.post.deliveries()]


def test_two_breaches_are_an_alert_an_incident_and_a_message():
    watched = Watched(AMOUNT, AGE)
    watched.hears(BREACH, OK)
    assert (watched.states(), watched.said()) == ({"feature.amount": AlertState.PENDING}, [])
    watched.hears(BREACH, OK)
    assert watched.states() == {"feature.amount": AlertState.FIRING}
    [incident] = watched.store.fast.incidents(SHOP)
    [alert] = watched.store.fast.alerts(SHOP)
    assert (alert.incident, incident.alerts) == (incident.id, (alert.id,))
    assert incident.evidence == hours(0, 2)
    assert incident.causes[0].counter_evidence[0] == "Unmoved: age."
    assert watched.said() == ["opened"]


def test_what_has_been_looked_at_is_not_looked_at_again():
    watched = Watched(AMOUNT)
    assert watched.look() is None
    watched.hears(BREACH)
    through = watched.store.fast.evaluations_through()
    assert through > 0
    assert watched.look() is None
    watched.hears(OK)
    assert watched.store.fast.evaluations_through() > through


def test_an_incident_ends_with_its_last_alert_and_says_so():
    watched = Watched(AMOUNT)
    for status in (BREACH, BREACH, OK, OK):
        watched.hears(status)
    [incident] = watched.store.fast.incidents(SHOP)
    assert incident.state is IncidentState.RESOLVED
    assert watched.states() == {"feature.amount": AlertState.RESOLVED}
    assert watched.said() == ["opened", "resolved"]


def test_a_suspicion_that_came_to_nothing_leaves_nothing_behind():
    watched = Watched(AMOUNT)
    for status in (BREACH, OK, OK, OK):
        watched.hears(status)
    assert watched.states() == {}
    assert watched.store.fast.incidents(SHOP) == []


def test_a_message_says_where_to_look():
    watched = Watched(AMOUNT)
    watched.hears(BREACH)
    watched.hears(BREACH)
    [delivery] = watched.store.post.deliveries()
    message = json.loads(delivery.payload)
    assert (message["model"], message["title"]) == (FRAUD, "amount drifted")
    assert message["link"] == f"http://localhost:8420/?model=fraud&incident={message['incident']}"


def test_a_feature_that_follows_joins_the_incident_and_only_changes_what_was_said():
    watched = Watched(AMOUNT, AGE)
    for statuses in ((BREACH, OK), (BREACH, BREACH), (BREACH, BREACH)):
        watched.hears(*statuses, values=[0.4, 0.2])
    [incident] = watched.store.fast.incidents(SHOP)
    assert len(incident.alerts) == 2
    assert watched.said() == ["opened", "member"]


def test_a_monitor_the_owner_takes_away_takes_its_alert_with_it():
    watched = Watched(AMOUNT, AGE)
    watched.hears(BREACH, OK)
    watched.hears(BREACH, OK)
    watched.watch(AGE)
    watched.hears(OK)
    assert watched.states() == {"feature.amount": AlertState.RESOLVED}
    assert watched.store.fast.incidents(SHOP)[0].state is IncidentState.RESOLVED


def test_a_retired_model_has_no_alerts_even_without_another_window():
    watched = Watched(AMOUNT)
    watched.hears(BREACH)
    watched.hears(BREACH)
    watched.options = ModelOptions(retired=True)
    watched.look()
    assert watched.states() == {"feature.amount": AlertState.RESOLVED}
    assert watched.said()[-1] == "resolved"
    assert watched.look() is None


def test_segments_and_versions_are_watched_apart():
    watched = Watched(AMOUNT)
    for _ in range(2):
        watched.judge(hours(watched.hour, watched.hour + 1), OK)
        watched.judge(hours(watched.hour, watched.hour + 1), BREACH, segment="country=FR")
        watched.hears(BREACH, version="2")
    found = {(alert.version, alert.segment): alert.state for alert in watched.store.fast.alerts(SHOP)}
    assert found == {("", "country=FR"): AlertState.FIRING, ("2", ""): AlertState.FIRING}


def test_a_firing_alert_that_hears_nothing_stays_and_says_so():
    watched = Watched(AMOUNT)
    for status in (BREACH, BREACH, NO_DATA, NO_DATA, NO_DATA):
        watched.hears(status)
    [alert] = watched.store.fast.alerts(SHOP)
    assert (alert.state, alert.no_data) == (AlertState.FIRING, True)


def test_history_that_is_filled_in_later_pages_nobody():
    watched = Watched(AMOUNT)
    watched.hour = 24 * 5
    for hour in range(4):
        watched.judge(hours(hour, hour + 1), BREACH, late=True)
    watched.look()
    assert AlertState.FIRING not in watched.states().values()
    assert watched.said() == []


def test_a_condition_that_resolved_is_not_told_again_by_its_own_past():
    watched = Watched(AMOUNT)
    for status in (BREACH, BREACH, BREACH, OK, OK):
        watched.hears(status)
    watched.judge(hours(1, 2), BREACH, late=True)
    watched.judge(hours(0, 1), BREACH, late=True)
    watched.look()
    assert watched.states() == {"feature.amount": AlertState.RESOLVED}
    assert len(watched.store.fast.incidents(SHOP)) == 1


def test_the_same_condition_later_is_another_alert():
    watched = Watched(AMOUNT)
    for status in (BREACH, BREACH, OK, OK, OK, BREACH, BREACH):
        watched.hears(status)
    states = [alert.state for alert in watched.store.fast.alerts(SHOP)]
    assert sorted(states) == [AlertState.FIRING, AlertState.RESOLVED]
    assert len(watched.store.fast.incidents(SHOP)) == 2


def test_an_incident_that_stays_open_keeps_its_revision_while_nothing_changes():
    watched = Watched(AMOUNT)
    watched.hears(BREACH)
    watched.hears(BREACH)
    before = watched.store.fast.incidents(SHOP)
    watched.hears(ELEVATED)
    assert watched.store.fast.incidents(SHOP) == before


def test_a_model_whose_bins_are_gone_has_alerts_without_an_onset():
    watched = Watched(AMOUNT)
    watched.know(bin_set=77, baseline=77)
    watched.hears(BREACH)
    watched.hears(BREACH)
    assert [alert.onset_us for alert in watched.store.fast.alerts(SHOP)] == [None]


stories = st.lists(
    st.tuples(*[st.sampled_from([OK, ELEVATED, BREACH, NO_DATA, Status.INSUFFICIENT])] * 3), min_size=1, max_size=14
)


def told_by(story, looks):
    """The store after a story, with the lane looking where `looks` says and at the end."""
    watched = Watched(AMOUNT, AGE, SCORE)
    for at, statuses in enumerate(story):
        watched.hears(*statuses, look=looks(at))
    while watched.look() is not None:
        pass
    return watched


def alerts_of(watched):
    """What does not depend on when somebody looked."""
    return [
        replace(alert, detected_us=0, updated_us=0, opened_us=None, resolved_us=None, incident=None)
        for alert in sorted(watched.store.fast.alerts(SHOP), key=lambda alert: alert.id)
    ]


@settings(max_examples=60)
@given(stories, st.sets(st.integers(0, 14)))
def test_it_does_not_matter_how_often_the_lane_looks(story, moments):
    always, sometimes = told_by(story, lambda _at: True), told_by(story, moments.__contains__)
    assert alerts_of(always) == alerts_of(sometimes)


@settings(max_examples=60)
@given(stories)
def test_every_alert_that_opened_has_one_incident_and_every_incident_its_alerts(story):
    watched = told_by(story, lambda _at: True)
    alerts = {alert.id: alert for alert in watched.store.fast.alerts(SHOP)}
    incidents = watched.store.fast.incidents(SHOP)
    for alert in alerts.values():
        holders = [each.id for each in incidents if alert.id in each.alerts]
        assert holders == ([alert.incident] if alert.opened_us is not None else [])
    for incident in incidents:
        burning = [alerts[id].state in (AlertState.FIRING, AlertState.RECOVERING) for id in incident.alerts]
        assert (incident.state is IncidentState.OPEN) is any(burning)
        assert incident.layers == tuple(sorted({alerts[id].layer for id in incident.alerts}))


@settings(max_examples=60)
@given(stories)
def test_every_thread_of_messages_begins_with_its_opening_and_ends_with_its_end(story):
    watched = told_by(story, lambda _at: True)
    for incident in watched.store.fast.incidents(SHOP):
        reasons = [each.reason for each in watched.store.post.deliveries(incident=incident.id)]
        assert reasons[0] == "opened"
        assert (reasons[-1] == "resolved") is (incident.state is IncidentState.RESOLVED)


@pytest.mark.parametrize("hours_late", [0, 20, 30])
def test_an_alert_opens_only_about_what_ended_within_a_day(hours_late):
    watched = Watched(AMOUNT)
    watched.judge(hours(0, 1), BREACH)
    watched.judge(hours(1, 2), BREACH)
    watched.hour = 2 + hours_late
    watched.look()
    within = hours_late * HOUR_US <= DAY_US
    assert watched.states()["feature.amount"] is (AlertState.FIRING if within else AlertState.PENDING)
