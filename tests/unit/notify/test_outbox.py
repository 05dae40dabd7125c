"""One incident is one thread, and a message is tried until it is delivered or hopeless."""

import json
from dataclasses import dataclass, replace

import pytest

from seamark.clock import DAY_US, HOUR_US, SECOND_US
from seamark.notify.notifier import DeliveryFailed, Message, Notifier, Receiver
from seamark.notify.outbox import attempt, news
from seamark.records.delivery import DeliveryState
from seamark.records.incident import Cause, Incident, IncidentState
from seamark.records.monitor import Priority, Severity
from seamark.records.signals import Layer
from seamark.records.window import Window

NOW_US = 1_700_000_000 * SECOND_US
INCIDENT = Incident(
    id="inc_1",
    project="default",
    model="car loan",
    title="car_value drifted",
    state=IncidentState.OPEN,
    severity=Severity.WARNING,
    priority=Priority.P2,
    layers=(Layer.DATA,),
    alerts=("alt_1",),
    evidence=Window(NOW_US - DAY_US, NOW_US),
    opened_us=NOW_US,
    updated_us=NOW_US,
    onset_us=NOW_US - DAY_US,
    causes=(Cause("feature", "feature.car_value", 1.0, "car_value changed its distribution"),),
)


@dataclass(frozen=True, slots=True)
class NoOptions:
    pass


def spoken(before, after):
    known = {before.id: before} if before else {}
    return [delivery.reason for delivery in news(known, [after], {}, "http://localhost:8420", NOW_US)]


def told(incident=INCIDENT, base_url="http://localhost:8420"):
    """The news of an incident that opens, as if it had been routed and let out."""
    (delivery,) = news({}, [incident], {}, base_url, NOW_US)
    return replace(delivery, receiver="team", state=DeliveryState.PENDING)


def test_opening_and_resolving_are_news():
    assert spoken(None, INCIDENT) == ["opened"]
    assert spoken(INCIDENT, replace(INCIDENT, state=IncidentState.RESOLVED, revision=2)) == ["resolved"]


def test_a_new_member_only_changes_what_was_said():
    assert spoken(INCIDENT, replace(INCIDENT, alerts=("alt_1", "alt_2"), revision=2)) == ["member"]
    assert spoken(replace(INCIDENT, alerts=("alt_1", "alt_2")), replace(INCIDENT, revision=2)) == []


def test_a_higher_priority_is_news_and_a_lower_is_not():
    assert spoken(INCIDENT, replace(INCIDENT, priority=Priority.P1, revision=2)) == ["priority"]
    assert spoken(replace(INCIDENT, priority=Priority.P1), replace(INCIDENT, revision=2)) == []


def test_another_leading_cause_is_news():
    other = Cause("feature", "feature.salary", 1.0, "salary changed its distribution")
    assert spoken(INCIDENT, replace(INCIDENT, causes=(other, *INCIDENT.causes), revision=2)) == ["cause"]
    assert spoken(INCIDENT, replace(INCIDENT, causes=(*INCIDENT.causes, other), revision=2)) == []
    assert spoken(INCIDENT, replace(INCIDENT, causes=(), revision=2)) == []


def test_where_the_leading_feature_drifts_is_news():
    leader = replace(INCIDENT.causes[0], kind="feature")
    before = replace(INCIDENT, causes=(leader,))
    there = replace(leader, summary=f"{leader.summary}, in country=FR only")
    assert spoken(before, replace(before, causes=(there,), revision=2)) == ["cause"]
    better = replace(leader, evidence=("another number",), score=0.7)
    assert spoken(before, replace(before, causes=(better,), revision=2)) == []


def test_the_message_carries_one_link_to_the_screen_at_the_incident():
    delivery = told(base_url="http://localhost:8420/")
    assert json.loads(delivery.payload)["link"] == "http://localhost:8420/?model=car+loan&incident=inc_1"


def tried(failure=None, delivery=None, *, now_us=NOW_US, receivers=("team",)):
    heard: list[Message] = []

    def deliver(_options, message):
        heard.append(message)
        if failure is not None:
            raise failure

    fake = {"fake": Notifier("Fake", NoOptions, deliver)}
    delivery = delivery or told()
    configured = {name: Receiver(name, "fake", NoOptions()) for name in receivers}
    return attempt(delivery, configured, fake, now_us)[0], heard


def test_a_taken_message_is_delivered():
    delivery, heard = tried()
    assert delivery.state is DeliveryState.DELIVERED
    assert (heard[0].title, heard[0].layers, heard[0].key) == ("car_value drifted", ("data",), "inc_1:1")


def test_a_temporary_failure_is_tried_again_later_and_later():
    delivery, waits = None, []
    for _ in range(12):
        delivery, _ = tried(DeliveryFailed("It answered 500."), delivery)
        waits.append((delivery.next_attempt_us - NOW_US) // SECOND_US)
    assert delivery.state is DeliveryState.PENDING
    assert waits[:4] == [15, 30, 60, 120]
    assert max(waits) == HOUR_US // SECOND_US


def test_a_permanent_failure_is_dead_at_once_and_says_why():
    delivery, _ = tried(DeliveryFailed("It answered 404.", permanent=True))
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, "It answered 404.")


def test_three_days_of_failure_are_enough():
    delivery, _ = tried(DeliveryFailed("It answered 500."), now_us=NOW_US + 4 * DAY_US)
    assert delivery.state is DeliveryState.DEAD


def test_a_receiver_that_was_removed_is_a_dead_letter_with_a_sentence():
    delivery, heard = tried(receivers=())
    assert heard == []
    assert delivery.last_error == "Receiver 'team' is not configured."


@pytest.mark.parametrize("bug", [ZeroDivisionError("oops"), KeyError("x")])
def test_a_notifiers_own_bug_does_not_stop_the_outbox(bug):
    delivery, _ = tried(bug)
    assert delivery.state is DeliveryState.PENDING
    assert type(bug).__name__ in delivery.last_error
