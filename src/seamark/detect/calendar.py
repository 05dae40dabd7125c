"""Which slot of the owner's week a window belongs to, and which days are free."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from seamark.clock import DAY_US, SECOND_US
from seamark.detect.options import is_date, public_holidays
from seamark.records.window import Window
from seamark.stats.seasonal import Calendar

_SUNDAY = 6


def calendar_of(span: Window, length_us: int, time_zone: str, holidays: Collection[str]) -> Calendar:
    """The slots of the windows of `length_us` that fill `span`, by the local time at their middle.

    Where clocks change, an hour of the week is missed or met twice; it is the same hour to the people behind
    the traffic, which is what a season is about. `holidays` are dates and countries.
    """
    zone, a_day = ZoneInfo(time_zone), DAY_US // length_us
    slots, learn = [], []
    for start_us in range(span.start_us, span.end_us, length_us):
        local = datetime.fromtimestamp((start_us + length_us // 2) // SECOND_US, UTC).astimezone(zone)
        free = local.date() in free_days(tuple(holidays), local.year)
        weekday = _SUNDAY if free else local.weekday()
        slots.append(weekday * a_day + (local.hour * 3600 + local.minute * 60) * a_day // 86_400)
        learn.append(not free)
    return Calendar(np.array(slots, dtype=np.int64), np.array(learn, dtype=np.float32), a_day)


@lru_cache(maxsize=256)
def free_days(holidays: tuple[str, ...], year: int) -> frozenset[date]:
    """The days of a year on which people are free."""
    dates = {date.fromisoformat(text) for text in holidays if is_date(text)}
    return frozenset(dates.union(*(public_holidays(text, year) for text in holidays if not is_date(text))))
