"""Batches, digests and maintenance keep to a team's days, where clocks change as well."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, from_iso, to_iso
from seamark.errors import InvalidInput
from seamark.notify.business import Calendar, is_on
from seamark.notify.options import DAYS, MaintenanceOptions, NotificationOptions, RouteOptions

moments = st.integers(from_iso("2026-01-01T00:00:00Z"), from_iso("2027-12-31T00:00:00Z"))
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])


def calendar(free=(), **fields):
    return Calendar(NotificationOptions(**fields), lambda _: free)


def local(time_us, zone):
    return datetime.fromtimestamp(time_us // SECOND_US, UTC).astimezone(ZoneInfo(zone))


@pytest.mark.parametrize(
    ("after", "batch"),
    [
        ("2026-11-23T07:59:59Z", "2026-11-23T08:00:00Z"),  # a Monday, nine o'clock in Berlin
        ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z"),
        ("2026-11-23T08:00:00.000001Z", "2026-11-23T12:00:00Z"),
        ("2026-11-23T15:31:00Z", "2026-11-24T08:00:00Z"),
        ("2026-11-27T15:31:00Z", "2026-11-30T08:00:00Z"),  # over the weekend
        ("2026-12-24T15:31:00Z", "2026-12-28T08:00:00Z"),  # over Christmas, a Friday
        ("2026-03-27T16:00:00Z", "2026-03-30T07:00:00Z"),  # over the night when clocks change
    ],
)
def test_the_next_batch_is_on_the_next_working_day(after, batch):
    team = calendar([date(2026, 12, 25)], time_zone="Europe/Berlin")
    assert to_iso(team.next_batch_us(from_iso(after))) == batch


@given(moments, zones)
def test_a_batch_is_at_one_of_its_times_and_not_before(after_us, zone):
    team = calendar([date(2026, 5, 1), date(2027, 1, 1)], time_zone=zone)
    batch_us = team.next_batch_us(after_us)
    assert after_us <= batch_us <= after_us + 5 * DAY_US
    moment = local(batch_us, zone)
    assert moment.strftime("%H:%M") in team.options.batch_times
    assert DAYS[moment.weekday()] in team.options.workdays
    assert moment.date() not in (date(2026, 5, 1), date(2027, 1, 1))
    assert team.next_batch_us(batch_us) == batch_us


@given(moments, zones, st.sampled_from(DAYS))
def test_a_digest_comes_once_a_week_on_its_day(after_us, zone, day):
    team = calendar(time_zone=zone, digest_day=day)
    first_us = team.next_digest_us(after_us)
    second_us = team.next_digest_us(first_us + 1)
    assert after_us <= first_us <= after_us + 7 * DAY_US + HOUR_US
    assert abs(second_us - first_us - 7 * DAY_US) <= HOUR_US
    assert {DAYS[local(each, zone).weekday()] for each in (first_us, second_us)} == {day}


def test_a_calendar_on_which_every_day_is_free_lets_people_know_all_the_same():
    class Always:
        def __contains__(self, _):
            return True

    team = Calendar(NotificationOptions(), lambda _: Always())
    after_us = from_iso("2026-11-23T00:00:00Z")
    assert after_us + 60 * DAY_US < team.next_batch_us(after_us) < after_us + 63 * DAY_US


NIGHT = MaintenanceOptions(("model=fraud",), "22:00", "02:30", ("fri",), "Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ("2026-11-27T20:59:59Z", False),
        ("2026-11-27T21:00:00Z", True),
        ("2026-11-28T01:29:00Z", True),  # it began on Friday
        ("2026-11-28T01:30:00Z", False),
        ("2026-11-28T22:00:00Z", False),  # a Saturday
        ("2026-11-27T00:30:00Z", False),  # it would have begun on Thursday
    ],
)
def test_maintenance_past_midnight_belongs_to_the_day_it_starts_on(now, on):
    assert is_on(NIGHT, from_iso(now)) is on


@given(moments, zones)
def test_maintenance_of_every_day_is_on_as_long_as_it_says(now_us, zone):
    daily = MaintenanceOptions(("model=fraud",), "04:00", "06:00", time_zone=zone)
    minute = local(now_us, zone)
    assert is_on(daily, now_us) is (4 <= minute.hour < 6)
    assert is_on(daily, now_us) is is_on(daily, now_us // MINUTE_US * MINUTE_US)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"time_zone": "Mars"}, "time_zone must be a name of the IANA time zone database"),
        ({"workdays": ()}, "workdays must be among mon, tue"),
        ({"batch_times": ("09:00",) * 4}, "batch_times must be one to three times of day"),
        ({"batch_times": ("24:00",)}, "batch_times must be"),
        ({"digest_day": "monday"}, "digest_day must be among"),
        ({"digest_time": "9"}, "digest_time must be"),
        ({"group_wait_seconds": -1}, "group_wait_seconds must be between 0 and 600"),
        ({"storm_after": 0}, "storm_after must be 1 or more"),
        ({"reminder_seconds": (5,)}, "reminder_seconds must be a list of 60 or more"),
    ],
)
def test_what_no_team_can_have_is_refused_in_a_sentence(wrong, words):
    with pytest.raises(InvalidInput, match=words):
        NotificationOptions(**wrong)


def test_a_route_needs_matchers_and_somebody_to_tell():
    with pytest.raises(InvalidInput, match="match must be a list of 1 to 20 matchers"):
        RouteOptions((), ("team",))
    with pytest.raises(InvalidInput, match=r"receivers must be a list of names of \[receivers.NAME\], not \(\)"):
        RouteOptions(("model=fraud",), ())
    with pytest.raises(InvalidInput, match="end must be a time of day"):
        MaintenanceOptions(("model=fraud",), "02:00", "2 o'clock")
