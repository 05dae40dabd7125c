"""The weekly digest: once a week and receiver, with all that could wait, whatever happens in between."""

from dataclasses import replace

from tests.conformance.stored import ALERT
from tests.unit.notify.office import HOUR, P1, P3, Office, quick

from seamark.clock import DAY_US, from_iso
from seamark.pipeline.digests import sections_of
from seamark.records.delivery import DeliveryState, FastStep

PEOPLE = {"team": {"paced": True}, "boss": {"paced": True}, "hook": {}}


def digests(office, receiver="team"):
    return [message for name, message in office.heard if name == receiver and message.reason == "digest"]


def test_what_could_wait_is_told_on_monday_morning_and_once():
    office = Office(PEOPLE, quick())
    office.until("2026-11-24T10:00:00Z", step=3600)
    office.opens(1, **P3)
    office.resolves(office.opens(2, **P1))
    office.until("2026-11-30T08:59:00Z", step=3600)
    assert digests(office) == []
    office.until("2026-11-30T09:01:00Z")
    [told] = digests(office)
    assert (told.title, told.held_back) == ("2 incidents that could wait", 2)
    assert [(item.incident, item.state) for item in told.items] == [("inc_2", "resolved"), ("inc_1", "open")]
    assert len(digests(office, "boss")) == 1
    assert digests(office, "hook") == []
    office.open()
    office.until("2026-12-01T09:00:00Z", step=3600)
    assert len(digests(office)) == 1
    assert not office.store.post.deliveries(DeliveryState.DIGEST)


def test_what_ends_after_its_digest_is_told_in_the_next_one():
    office = Office(PEOPLE, quick())
    office.until("2026-11-24T10:00:00Z", step=3600)
    incident = office.opens(1, **P3)
    office.until("2026-12-01T09:00:00Z", step=3600)
    office.resolves(incident)
    office.passes(7 * 24 * HOUR, step=3600)
    first, second = digests(office)
    assert [item.state for item in (*first.items, *second.items)] == ["open", "resolved"]
    assert second.thread == "", "each digest is a message of its own"


def test_a_week_in_which_nothing_waited_has_no_digest():
    office = Office(PEOPLE, quick())
    office.passes(15 * 24 * HOUR, step=3600)
    assert office.heard == []


def test_a_server_that_was_down_on_monday_morning_tells_it_when_it_is_back():
    office = Office(PEOPLE, quick())
    office.until("2026-11-24T10:00:00Z", step=3600)
    office.opens(1, **P3)
    office.passes(60)
    office.now_us = from_iso("2026-12-02T12:00:00Z")
    office.open()
    office.passes(60)
    assert len(digests(office)) == 1


def test_a_digest_compares_weeks_and_names_what_alarmed_most():
    office = Office(PEOPLE, quick())
    moment_us = office.now_us
    alarms = [
        replace(ALERT, id=f"alt_{number}", model="fraud", monitor="age:psi", opened_us=moment_us - day * DAY_US)
        for number, day in enumerate((1, 1, 3, 9))
    ]
    once = replace(ALERT, id="alt_9", model="fraud", monitor="score:ks", opened_us=moment_us - DAY_US)
    office.store.fast.commit(FastStep(0, alerts=(*alarms, once)))
    office.opens(1, opened_us=moment_us - DAY_US)
    office.opens(2, opened_us=moment_us - 8 * DAY_US)
    since, noisiest = sections_of(office.store, moment_us)
    assert since.lines == ("1 incident opened this week, 1 the week before.",)
    assert noisiest.lines == ("age:psi of fraud: 3 alarms.",)
    assert noisiest.series == {"age:psi of fraud": (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 2.0)}
