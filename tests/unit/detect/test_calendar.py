"""Slots of the owner's week."""

from datetime import UTC, datetime

import pytest

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.calendar import calendar_of
from seamark.records.window import Window


def us(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000


def slots(start, hours, zone="UTC", holidays=(), length_us=HOUR_US):
    return calendar_of(Window(start, start + hours * HOUR_US), length_us, zone, holidays)


def test_a_week_begins_on_monday_and_repeats():
    found = slots(us(2026, 11, 23), 2 * 168)
    assert found.slot.tolist() == list(range(168)) * 2
    assert found.a_day == 24


def test_the_owner_s_midnight_counts():
    assert slots(us(2026, 11, 23, 4), 1, "America/New_York").slot.tolist() == [6 * 24 + 23]  # still Sunday there


def test_clocks_that_change_skip_an_hour_and_meet_one_twice():
    spring = slots(us(2026, 3, 29), 4, "Europe/Paris").slot.tolist()
    assert spring == [6 * 24 + 1, 6 * 24 + 3, 6 * 24 + 4, 6 * 24 + 5]
    autumn = slots(us(2026, 10, 24, 23), 4, "Europe/Paris").slot.tolist()
    assert autumn == [6 * 24 + 1, 6 * 24 + 2, 6 * 24 + 2, 6 * 24 + 3]


def test_a_holiday_is_a_sunday_that_teaches_nothing():
    found = slots(us(2026, 12, 24, 23), 3, holidays=("2026-12-25",))
    assert found.slot.tolist() == [3 * 24 + 23, 6 * 24, 6 * 24 + 1]
    assert found.learn.tolist() == [1, 0, 0]


@pytest.mark.parametrize(("length_us", "a_day"), [(6 * HOUR_US, 4), (DAY_US, 1)])
def test_longer_windows_have_fewer_slots(length_us, a_day):
    found = slots(us(2026, 11, 23), 168, length_us=length_us)
    assert found.slot.tolist() == list(range(7 * a_day))


def test_quarter_hour_zones_put_a_window_where_its_middle_is():
    assert slots(us(2026, 11, 23), 1, "Asia/Kathmandu").slot.tolist() == [6]  # 05:45 to 06:45
