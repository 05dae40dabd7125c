"""Time is a whole number of microseconds since 1970 UTC, and its text says the same to everybody."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark import clock
from seamark.errors import InvalidInput

FIRST_US = -62_135_596_800 * clock.SECOND_US  # the beginning of the year 1
LAST_US = 253_402_300_800 * clock.SECOND_US - 1  # the last microsecond of the year 9999
moments = st.integers(FIRST_US, LAST_US)
offsets = st.integers(-23 * 60, 23 * 60)


@given(moments)
def test_a_moment_written_and_read_is_the_same_moment(time_us):
    assert clock.from_iso(clock.to_iso(time_us)) == time_us


@given(moments, moments)
def test_whole_seconds_sort_as_their_texts_do(first, second):
    texts = [clock.to_iso(each // clock.SECOND_US * clock.SECOND_US) for each in sorted((first, second))]
    assert texts == sorted(texts)


@given(st.integers(FIRST_US + clock.DAY_US, LAST_US - clock.DAY_US), offsets)
def test_a_zone_changes_how_a_moment_is_written_and_not_when_it_is(time_us, minutes):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    assert clock.from_iso(moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()) == time_us


@pytest.mark.parametrize(
    ("time_us", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000_000_000, "2023-11-14T22:13:20Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (500_000, "1970-01-01T00:00:00.500000Z"),
        (FIRST_US, "0001-01-01T00:00:00Z"),
        (LAST_US, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_a_fraction_where_there_is_one(time_us, text):
    assert clock.to_iso(time_us) == text


@pytest.mark.parametrize(
    ("text", "time_us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01 00:00:00+00:00", 0),
        ("1970-01-01T01:00+01:00", 0),
        ("19700101T000000Z", 0),
        ("1970-01-01T00:00:00.5Z", 500_000),
        ("2024-02-29T00:00:00-12:00", 1_709_208_000_000_000),
    ],
)
def test_the_usual_forms_of_iso_8601_are_read(text, time_us):
    assert clock.from_iso(text) == time_us


@pytest.mark.parametrize("text", ["2026-11-01T12:00:00", "2026-11-01", "20261101"])
def test_a_time_without_a_zone_is_refused_and_told_what_to_add(text):
    with pytest.raises(InvalidInput, match="has no time zone; add Z or an offset") as refused:
        clock.from_iso(text)
    assert refused.value.value == text


@pytest.mark.parametrize("text", ["", "now", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "1700000000", "12:00Z"])
def test_what_is_no_time_is_refused_with_an_example_of_one(text):
    with pytest.raises(InvalidInput, match="is not a time; write ISO 8601 with a zone, like 2026-11-01T12:00:00Z"):
        clock.from_iso(text)


def test_a_day_is_made_of_its_parts():
    assert clock.DAY_US == 24 * clock.HOUR_US == 24 * 60 * clock.MINUTE_US == 86_400 * clock.SECOND_US


def test_the_present_is_one_this_code_could_have_been_run_in():
    assert clock.from_iso("2024-01-01T00:00:00Z") < clock.now_us() < LAST_US
    assert clock.monotonic_seconds() <= clock.monotonic_seconds()
