"""A time means one instant or is refused with a sentence; on the wire it is ISO 8601 with a zone."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.client.reasons import Reason, Refused
from seamark.client.times import iso_times, moment_us, seconds_of
from seamark.clock import from_iso

NOON = datetime(2026, 11, 1, 12, 0, 0, 7, tzinfo=UTC)
NOON_US = 1_793_534_400_000_007
NAIVE = NOON.replace(tzinfo=None)


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=-5))),
        NOON.astimezone(ZoneInfo("Asia/Kolkata")),
        pd.Timestamp(NOON),
        "2026-11-01T12:00:00.000007Z",
        "2026-11-01T13:00:00.000007+01:00",
    ],
    ids=repr,
)
def test_one_instant_has_one_number(value):
    assert moment_us(value, None) == NOON_US


def test_seconds_since_1970_are_a_time_as_python_counts_it():
    assert moment_us(1_793_534_400, None) == NOON_US - 7
    assert moment_us(1_793_534_400.5, None) == NOON_US - 7 + 500_000
    assert moment_us(np.float64(1_793_534_400.5), None) == NOON_US - 7 + 500_000
    assert moment_us(np.int64(1_793_534_400), None) == NOON_US - 7


FIRST, LAST = (datetime(year, 1, 2, tzinfo=UTC).replace(tzinfo=None) for year in (1970, 9999))


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_no_microsecond_is_lost_in_any_zone(moment):
    assert moment_us(moment, None) == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "value", [NAIVE, "2026-11-01T12:00:00.000007", pd.Timestamp(NAIVE), np.datetime64(NAIVE)], ids=repr
)
def test_a_time_without_a_zone_is_refused_unless_the_owner_names_one(value):
    with pytest.raises(Refused, match="no time zone") as refused:
        moment_us(value, None)
    assert refused.value.reason is Reason.INVALID_TIME
    assert moment_us(value, UTC) == NOON_US
    assert moment_us(value, ZoneInfo("Europe/Paris")) == NOON_US - 3_600_000_000


def test_the_assumed_zone_does_not_touch_times_that_have_their_own():
    assert moment_us(NOON, ZoneInfo("Asia/Tokyo")) == NOON_US
    assert moment_us("2026-11-01T12:00:00.000007Z", ZoneInfo("Asia/Tokyo")) == NOON_US


@pytest.mark.parametrize("zone", [None, UTC])
@pytest.mark.parametrize(
    "value",
    [
        *("yesterday", "", "12:00", "2026-13-01T00:00:00Z", date(2026, 11, 1), True, [NOON], object(), b"2026", 2 + 1j),
        *(float("nan"), float("inf"), -1, -0.1, 1_793_534_400_000, 10**30, "1969-12-31T23:59:59Z"),
        *(np.datetime64("NaT"), pd.NaT, np.float64("nan")),
    ],
)
def test_what_is_no_time_is_refused_and_never_crashes(value, zone):
    with pytest.raises(Refused) as refused:
        moment_us(value, zone)
    assert refused.value.reason is Reason.INVALID_TIME
    assert refused.value.why.endswith(".")


@given(st.lists(st.integers(0, 253_402_300_799_999_999)))
def test_times_on_the_wire_read_back_exactly(times):
    texts = iso_times(times)
    assert [from_iso(text) for text in texts] == times
    assert all(text.endswith("Z") and len(text) == 27 for text in texts)


def test_a_wall_clock_counts_seconds_as_if_it_were_utc():
    assert seconds_of(NAIVE) == seconds_of(NOON) == NOON_US / 1e6
