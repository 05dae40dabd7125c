"""What a thread remembers of what was said, who keeps quiet and why, and which receivers a route takes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.notify.test_business import calendar, moments, zones
from tests.unit.notify.test_webhook import MESSAGE

from seamark.clock import DAY_US, HOUR_US, from_iso
from seamark.errors import InvalidInput
from seamark.notify.business import is_on
from seamark.notify.desk import Notice, in_order, thread_after
from seamark.notify.mutes import Mutes
from seamark.notify.options import DAYS, MaintenanceOptions, NotificationOptions, RouteOptions
from seamark.notify.outbox import MOST_ALERTS, read, written
from seamark.notify.routing import Routing
from seamark.pipeline.posting import words_of
from seamark.records.delivery import HELD, SETTLED, Delivery, DeliveryState
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement, Matcher, Silence

few = settings(max_examples=20, deadline=None)

NOW_US = from_iso("2026-11-27T22:30:00Z")  # a Friday
FRAUD = {"model": "fraud", "layer": "data"}
SAID = replace(MESSAGE, alerts=(FRAUD,))


def notice(reason="opened", revision=1, *, priority="P2", state="open", at_us=0, **fields):
    message = replace(MESSAGE, reason=reason, revision=revision, priority=priority, state=state)
    given_ = Delivery("inc_1", revision, "team", reason, written(message), at_us, priority=Priority(priority))
    return Notice(replace(given_, **fields), message)


notices = st.builds(
    notice,
    st.sampled_from(["opened", "priority", "cause", "member", "reminder", "acknowledged"]),
    st.integers(1, 9),
    priority=st.sampled_from(["P1", "P2", "P3"]),
    state=st.sampled_from(["open", "open", "resolved"]),
    at_us=st.integers(0, 100),
)


def thread_of(story):
    thread = None
    for now_us, each in enumerate(story, start=1):
        thread = thread_after(thread, each, now_us)
    return thread


@few
@given(st.lists(notices, min_size=1, max_size=8))
def test_a_thread_is_open_exactly_as_long_as_the_last_word_was_not_that_it_is_over(story):
    thread = thread_of(story)
    assert thread.open is not story[-1].is_over
    assert (thread.priority, thread.told_us) == (Priority(story[-1].message.priority), len(story))


@few
@given(st.lists(notices, min_size=1, max_size=8))
def test_a_thread_counts_what_was_said_since_it_opened(story):
    over = [at for at, each in enumerate(story[:-1]) if each.is_over]
    since = story[over[-1] + 1 :] if over else story
    thread = thread_of(story)
    assert thread.reminders == sum(each.message.reason == "reminder" for each in since)
    assert thread.acknowledged is any(each.message.reason == "acknowledged" for each in since)
    assert thread.revision == max(each.delivery.revision for each in since)
    urgent = [at for at, each in enumerate(story, start=1) if each.message.priority == "P1" and each in since]
    assert bool(thread.alarmed_us) is bool(urgent)


def test_the_first_message_is_known_by_its_reference_after_the_end_as_well():
    known = replace(thread_after(None, notice(), 1), reference="C1/17.5", shared=True)
    over = thread_after(known, notice("resolved", 2, state="resolved"), 2)
    again = thread_after(over, notice("opened", 3), 3)
    assert (over.reference, over.shared, again.reference, again.shared) == ("C1/17.5", True, "C1/17.5", True)


def test_a_thread_without_a_reference_is_shared_as_its_newest_message_is():
    first = thread_after(None, notice(), 1, shared=True)
    assert first.shared
    assert not thread_after(first, notice("cause", 2), 2).shared


@few
@given(st.permutations([notice(revision=r, at_us=at) for r in (1, 2, 3) for at in (5, 6)]))
def test_messages_of_one_incident_stand_in_the_order_of_their_revisions(shuffled):
    assert [(each.delivery.revision, each.delivery.created_us) for each in in_order(shuffled)] == [
        (revision, at) for revision in (1, 2, 3) for at in (5, 6)
    ]


def test_another_reason_is_written_into_the_words_that_will_be_sent():
    said = notice("member").saying("opened")
    assert (said.delivery.reason, said.message.reason, read(said.delivery.payload).reason) == ("opened",) * 3
    same = notice()
    assert same.saying("opened") is same


def test_what_is_held_or_told_elsewhere_says_why():
    held = notice().held(7, "It waits.", DeliveryState.BATCHED)
    assert (held.state, held.next_attempt_us, held.note) == (DeliveryState.BATCHED, 7, "It waits.")
    assert notice().folded("Told with revision 2.").state is DeliveryState.FOLDED


def test_every_state_of_a_delivery_is_held_let_out_or_settled():
    assert not set(HELD) & set(SETTLED)
    assert set(DeliveryState) - {*HELD, *SETTLED} == {DeliveryState.DIGEST, DeliveryState.PENDING}


# --- silence ---------------------------------------------------------------------------------------------


def silence(value="fraud", *, project="default", from_us=NOW_US - 1, to_us=NOW_US + 1, **fields):
    given_ = {"by": "ana", "comment": "known", "at_us": 0, **fields}
    return Silence("sil_1", project, (Matcher("model", "=", value),), from_us, to_us, **given_)


def muted(*silences, message=SAID, maintenance=None, still_open=(), now_us=NOW_US):
    return Mutes(now_us, silences, maintenance or {}, set(still_open))(message)


def test_a_silence_says_whose_it_is_until_when_and_why():
    said = muted(silence(to_us=NOW_US + HOUR_US))
    assert said == "Silenced by ana until 2026-11-27T23:30:00Z (sil_1): known."
    assert muted(silence(to_us=NOW_US + HOUR_US, by="", comment="")) == "Silenced until 2026-11-27T23:30:00Z (sil_1)."


@few
@given(st.integers(-5, 5), st.integers(-5, 5))
def test_a_silence_holds_from_its_beginning_until_before_its_end(from_, to):
    said = muted(silence(from_us=NOW_US + from_, to_us=NOW_US + to))
    assert bool(said) is (from_ <= 0 < to)


@pytest.mark.parametrize("other", [silence("churn"), silence(project="other")])
def test_a_silence_of_another_model_or_project_is_none(other):
    assert muted(other) == ""


def test_a_silence_has_to_fit_every_alert_and_there_has_to_be_one():
    assert muted(silence(), message=replace(SAID, alerts=(FRAUD, {"model": "churn"}))) == ""
    assert muted(silence(), message=replace(SAID, alerts=())) == ""


def test_an_incident_of_more_alerts_than_a_message_carries_is_never_silent():
    alerts = tuple({**FRAUD, "signal": str(at)} for at in range(MOST_ALERTS))
    assert muted(silence(), message=replace(SAID, alerts=alerts)) == ""
    assert muted(silence(), message=replace(SAID, alerts=alerts[1:])) != ""


def test_what_follows_from_an_incident_is_quiet_while_that_is_open():
    late = replace(SAID, aftermath_of="inc_0")
    assert muted(message=late, still_open=["inc_0"]) == "It seems to follow from inc_0, which is open."
    assert muted(message=late) == ""
    assert muted(message=SAID, still_open=["inc_0"]) == ""


def test_maintenance_says_its_name_and_its_end():
    window = MaintenanceOptions(("model=fraud",), "22:00", "02:30", ("fri",))
    assert muted(maintenance={"deploys": window}) == "Maintenance 'deploys' is on until 02:30 (UTC)."
    assert muted(maintenance={"deploys": replace(window, match=("model=churn",))}) == ""
    assert muted(maintenance={"deploys": window}, now_us=NOW_US + 4 * HOUR_US) == ""


@pytest.mark.parametrize(
    ("by", "comment", "said"),
    [
        ("ana", "looking at it.", "Acknowledged by ana: looking at it."),
        ("ana", "", "Acknowledged by ana."),
        ("", "", "Acknowledged."),
    ],
)
def test_an_acknowledgement_is_said_in_words(by, comment, said):
    assert words_of(Acknowledgement("inc_1", "default", by, comment, 0)) == said


# --- routes and calendars --------------------------------------------------------------------------------

NAMES = ("a", "b", "c")
routes = st.dictionaries(
    st.sampled_from(["one", "two"]),
    st.builds(
        RouteOptions,
        st.sampled_from([("model=fraud",), ("model=churn",), ("layer=data", "model=fraud")]),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
    ),
)


@few
@given(routes)
def test_whatever_the_routes_somebody_is_told(drawn):
    assert Routing(NAMES, drawn)(SAID)
    assert Routing(NAMES, drawn)(replace(SAID, alerts=()))


@few
@given(routes)
def test_every_receiver_of_a_route_that_fits_is_told_and_of_no_other_route(drawn):
    taken = [each for each in drawn.values() if "model=churn" not in each.match]
    if taken:
        assert Routing(NAMES, drawn)(SAID) == {name for each in taken for name in each.receivers}


def test_a_message_without_alerts_is_routed_by_how_urgent_it_is():
    pager = {"pager": RouteOptions(("priority=P1",), ("a",))}
    urgent = replace(SAID, alerts=(), priority="P1")
    assert Routing(NAMES, pager)(urgent) == {"a"}
    assert Routing(NAMES, pager)(replace(urgent, priority="P2")) == {"b", "c"}


@few
@given(moments, zones, st.sampled_from(DAYS))
def test_the_newest_digest_is_the_last_one_before_the_next(now_us, zone, day):
    team = calendar(time_zone=zone, digest_day=day)
    newest_us = team.newest_digest_us(now_us)
    assert newest_us <= now_us < team.next_digest_us(newest_us + 1)
    assert now_us - newest_us <= 7 * DAY_US + HOUR_US
    assert team.next_digest_us(newest_us) == newest_us


@few
@given(moments, zones)
def test_maintenance_from_an_hour_to_the_same_hour_is_on_all_day(now_us, zone):
    assert is_on(MaintenanceOptions(("model=fraud",), "06:00", "06:00", time_zone=zone), now_us)


@few
@given(moments, zones, st.sampled_from(DAYS))
def test_maintenance_of_one_day_and_of_the_others_is_that_of_every_day(now_us, zone, day):
    def on(days):
        return is_on(MaintenanceOptions(("model=fraud",), "20:00", "05:00", days, zone), now_us)

    assert on(DAYS) is (on((day,)) or on(tuple(each for each in DAYS if each != day)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MaintenanceOptions((), "02:00", "03:00"), "match must be a list of 1 to 20 matchers"),
        (lambda: MaintenanceOptions(("a=b",), "24:00", "03:00"), "start must be a time of day"),
        (lambda: MaintenanceOptions(("a=b",), "02:00", "03:00", ()), "days must be among mon, tue"),
        (lambda: MaintenanceOptions(("a=b",), "02:00", "03:00", ("Mon",)), "days must be among"),
        (lambda: MaintenanceOptions(("a=b",), "02:00", "03:00", time_zone="../x"), "time_zone must be a name"),
        (lambda: NotificationOptions(batch_times=()), "batch_times must be one to three"),
        (lambda: NotificationOptions(group_wait_seconds=601), "group_wait_seconds must be between 0 and 600"),
    ],
)
def test_what_no_calendar_has_is_refused_in_a_sentence(make, words):
    with pytest.raises(InvalidInput, match=words):
        make()
