"""Slots of the owner's week."""

from datetime import UTC, datetime

import pytest

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.calendar import calendar_of
from seamark.detect.options import check_holiday
from seamark.errors import InvalidInput
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


@pytest.mark.parametrize(("change", "missed", "twice"), [((2026, 3, 29), [2], []), ((2026, 10, 25), [], [2])])
def test_in_the_week_of_a_change_all_other_hours_are_met_once(change, missed, twice):
    """A week of local time has 167 or 169 hours; 9 o'clock stays 9 o'clock on both sides."""
    monday = us(2026, 3, 22, 23) if change[1] == 3 else us(2026, 10, 18, 22)
    hours = 168 - len(missed) + len(twice)
    found = slots(monday, hours, "Europe/Paris").slot.tolist()
    sunday = 6 * 24
    assert sorted(found) == sorted([*(h for h in range(168) if h - sunday not in missed), *(sunday + h for h in twice)])
    assert slots(monday + hours * HOUR_US, 1, "Europe/Paris").slot.tolist() == [0]


def test_a_country_is_all_its_holidays_and_a_part_of_it_has_more():
    epiphany = us(2027, 1, 6, 12)
    assert slots(epiphany, 1, holidays=("DE",)).learn.tolist() == [1]
    found = slots(epiphany, 1, holidays=("DE-BY",))
    assert (found.learn.tolist(), found.slot.tolist()) == ([0], [6 * 24 + 12])


def test_countries_and_dates_of_one_s_own_add_up_over_the_turn_of_a_year():
    free = ("FR", "2026-12-31")
    found = slots(us(2026, 12, 30, 12), 4 * 24, holidays=free).learn
    assert [found[day * 24] for day in range(4)] == [1, 0, 0, 1]


def test_a_holiday_is_one_where_the_owner_lives():
    before_midnight = us(2026, 12, 24, 23, 0)
    assert slots(before_midnight, 1, "Europe/Paris", ("FR",)).learn.tolist() == [0]
    assert slots(before_midnight, 1, "UTC", ("FR",)).learn.tolist() == [1]


@pytest.mark.parametrize("text", ["2026-12-25", "FR", "DE-BY", "US"])
def test_dates_and_countries_are_holidays(text):
    check_holiday(text)


@pytest.mark.parametrize(
    ("text", "said"), [("fr", "Did you mean FR"), ("DE-XX", "it has BB"), ("Christmas", "no holiday")]
)
def test_what_is_none_is_refused_with_what_exists(text, said):
    with pytest.raises(InvalidInput, match=said):
        check_holiday(text)


@pytest.mark.parametrize(("length_us", "a_day"), [(6 * HOUR_US, 4), (DAY_US, 1)])
def test_longer_windows_have_fewer_slots(length_us, a_day):
    found = slots(us(2026, 11, 23), 168, length_us=length_us)
    assert found.slot.tolist() == list(range(7 * a_day))


def test_quarter_hour_zones_put_a_window_where_its_middle_is():
    assert slots(us(2026, 11, 23), 1, "Asia/Kathmandu").slot.tolist() == [6]  # 05:45 to 06:45
