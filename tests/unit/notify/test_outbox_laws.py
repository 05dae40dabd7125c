"""What holds of the outbox whatever happens to an incident, and whatever a receiver does."""

import json
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.notify.test_outbox import INCIDENT, NOW_US, spoken, told, tried

from seamark.clock import DAY_US, HOUR_US, SECOND_US, from_iso
from seamark.notify.notifier import DeliveryFailed, Message, Notifier, Receiver
from seamark.notify.notifiers.console import line
from seamark.notify.notifiers.webhook import body_of
from seamark.notify.outbox import attempt, news
from seamark.records.delivery import DeliveryState
from seamark.records.incident import Cause, IncidentState
from seamark.records.monitor import Priority

BASE = "http://localhost:8420"
causes = st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(
    lambda names: tuple(Cause("feature", f"feature.{name}", 1.0, f"{name} changed") for name in names)
)
incidents = st.builds(
    lambda state, priority, found, revision: replace(
        INCIDENT, state=state, priority=priority, causes=found, revision=revision
    ),
    st.sampled_from(IncidentState),
    st.sampled_from(Priority),
    causes,
    st.integers(2, 9),
)


@given(incidents, incidents)
def test_at_most_one_thing_is_said_of_a_change_and_the_weightiest(before, after):
    said = spoken(before, after)
    assert len(said) <= 1
    if before.state is not after.state:
        assert said == ["resolved" if after.state is IncidentState.RESOLVED else "opened"]
    elif said == ["cause"]:
        assert after.priority >= before.priority
        assert after.causes[0] != (before.causes or (None,))[0]
    elif said == ["priority"]:
        assert after.priority < before.priority


@given(incidents)
def test_nothing_is_said_where_nothing_happened(incident):
    assert spoken(incident, incident) == []
    assert spoken(incident, replace(incident, revision=incident.revision + 1, title="other words")) == []


@given(st.lists(incidents, min_size=1, max_size=6))
def test_a_thread_that_opens_and_resolves_says_so_in_turn(story):
    said, before = [], None
    for after in story:
        said += spoken(before, after)
        before = after
    endings = [reason for reason in said if reason in ("opened", "resolved")]
    assert endings[0] == ("opened" if story[0].state is IncidentState.OPEN else "resolved")
    assert all(one != other for one, other in pairwise(endings))


def test_what_changed_for_several_incidents_is_news_of_each_and_waits_for_its_receivers():
    found = news({}, [INCIDENT, replace(INCIDENT, id="inc_2")], {}, BASE, NOW_US)
    assert [(each.incident, each.receiver) for each in found] == [("inc_1", ""), ("inc_2", "")]
    assert all(each.state is DeliveryState.WAITING and each.next_attempt_us == NOW_US for each in found)


texts = st.text(max_size=30)


@given(texts, texts, causes)
def test_a_message_is_delivered_in_the_words_it_was_written_in(title, model, found):
    incident = replace(INCIDENT, title=title, model=model, causes=found)
    delivery = told(incident, BASE)
    _, (message,) = tried(delivery=delivery)
    assert isinstance(message, Message)
    assert (message.title, message.model) == (title, model)
    assert message.causes == tuple(cause.summary for cause in found)
    assert json.loads(body_of(message)) == {
        "version": 1,
        **{
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(message).items()
            if name not in ("thread", "shared")
        },
    }


def test_the_times_of_a_message_are_those_of_its_incident():
    ended = replace(INCIDENT, state=IncidentState.RESOLVED, resolved_us=NOW_US + HOUR_US, onset_us=None)
    delivery = told(ended, BASE)
    _, (message,) = tried(delivery=delivery)
    assert from_iso(message.opened) == INCIDENT.opened_us
    assert from_iso(message.resolved) == NOW_US + HOUR_US
    assert message.onset is None
    assert " · since " not in line(message)


def test_no_more_than_three_causes_are_told():
    found = tuple(Cause("feature", f"feature.{at}", 0.2, f"{at} changed") for at in range(5))
    delivery = told(replace(INCIDENT, causes=found), BASE)
    assert json.loads(delivery.payload)["causes"] == ["0 changed", "1 changed", "2 changed"]


@pytest.mark.parametrize("model", ["a/b", "ü&ö", "a b#c?d=e", "100%"])
def test_a_link_leads_to_the_model_whatever_its_name(model):
    delivery = told(replace(INCIDENT, model=model), "https://host/base///")
    link = urlsplit(json.loads(delivery.payload)["link"])
    assert (link.netloc, link.path) == ("host", "/base/")
    assert parse_qs(link.query) == {"model": [model], "incident": ["inc_1"]}


@dataclass(frozen=True, slots=True)
class NoOptions:
    pass


@given(st.lists(st.sampled_from(["taken", "down", "broken"]), min_size=1, max_size=25), st.integers(1, DAY_US))
def test_a_message_is_tried_until_it_is_taken_or_hopeless_and_every_time_under_one_key(story, pause_us):
    """A receiver that takes a message again can tell by the key that it has it."""
    keys = []
    plan = iter(story)

    def deliver(_options, message):
        keys.append(message.key)
        match next(plan):
            case "down":
                raise DeliveryFailed("It answered 503.")
            case "broken":
                raise RuntimeError("A bug of the notifier.")

    delivery = told()
    receivers = {"team": Receiver("team", "fake", NoOptions())}
    now_us, tries = NOW_US, 0
    while delivery.state is DeliveryState.PENDING and tries < len(story):
        delivery, _ = attempt(delivery, receivers, {"fake": Notifier("Fake", NoOptions, deliver)}, now_us)
        tries += 1
        assert delivery.attempts == tries
        if delivery.state is DeliveryState.PENDING:
            assert 15 * SECOND_US <= delivery.next_attempt_us - now_us <= HOUR_US
            assert delivery.last_error
        now_us = max(now_us + pause_us, delivery.next_attempt_us)
    assert set(keys) == {"inc_1:1"}
    if delivery.state is DeliveryState.DELIVERED:
        assert story[tries - 1] == "taken"
        assert delivery.last_error == ""
    if delivery.state is DeliveryState.DEAD:
        assert now_us - NOW_US > 3 * DAY_US


def test_pauses_grow_without_end_but_never_past_an_hour():
    delivery = told()
    delivery, _ = tried(DeliveryFailed("No."), replace(delivery, attempts=10_000))
    assert delivery.next_attempt_us == NOW_US + HOUR_US


@given(st.sampled_from(["opened", "priority", "cause", "resolved"]), st.none() | st.just("2026-11-01T00:00:00Z"))
def test_the_console_says_any_message_in_one_line(reason, onset):
    delivery = told()
    _, (message,) = tried(delivery=delivery)
    said = line(replace(message, reason=reason, onset=onset))
    assert said.startswith(f"P2 {reason} · car loan · car_value drifted")
    assert said.endswith(message.link)
    assert (onset is not None) is ("since 2026-11-01T00:00:00Z" in said)
    assert "\n" not in said
