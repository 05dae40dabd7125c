"""When a team works: the next batch, the next digest, and whether a maintenance window is on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from seamark.clock import DAY_US, SECOND_US
from seamark.notify.options import DAYS, MaintenanceOptions, NotificationOptions

_LONGEST_HOLIDAY_DAYS = 60  # nobody waits for longer, whatever the calendar says


@dataclass(frozen=True, slots=True)
class Calendar:
    """A team's days. `free` tells the days of a year on which it does not work, besides weekends."""

    options: NotificationOptions
    free: Callable[[int], Collection[date]]

    def next_batch_us(self, after_us: int) -> int:
        """The first batch at `after_us` or later."""
        return next(
            at_us
            for day in _days_from(after_us, self.options.time_zone)
            if self._works_on(day, after_us)
            for at_us in _moments(day, self.options.batch_times, self.options.time_zone)
            if at_us >= after_us
        )

    def next_digest_us(self, after_us: int) -> int:
        """The first digest at `after_us` or later."""
        return next(
            at_us
            for day in _days_from(after_us, self.options.time_zone)
            if DAYS[day.weekday()] == self.options.digest_day
            for at_us in _moments(day, [self.options.digest_time], self.options.time_zone)
            if at_us >= after_us
        )

    def newest_digest_us(self, now_us: int) -> int:
        """The last digest at `now_us` or before."""
        moment_us = self.next_digest_us(now_us - 8 * DAY_US)
        while (following_us := self.next_digest_us(moment_us + 1)) <= now_us:
            moment_us = following_us
        return moment_us

    def _works_on(self, day: date, after_us: int) -> bool:
        if (day - _local(after_us, self.options.time_zone).date()).days > _LONGEST_HOLIDAY_DAYS:
            return True
        return DAYS[day.weekday()] in self.options.workdays and day not in self.free(day.year)


def is_on(maintenance: MaintenanceOptions, now_us: int) -> bool:
    """Whether that maintenance window is on."""
    today = _local(now_us, maintenance.time_zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if maintenance.end > maintenance.start else day + timedelta(days=1)
        [start_us] = _moments(day, [maintenance.start], maintenance.time_zone)
        [end_us] = _moments(last, [maintenance.end], maintenance.time_zone)
        if DAYS[day.weekday()] in maintenance.days and start_us <= now_us < end_us:
            return True
    return False


def _local(time_us: int, zone: str) -> datetime:
    return datetime.fromtimestamp(time_us // SECOND_US, UTC).astimezone(ZoneInfo(zone))


def _days_from(after_us: int, zone: str) -> Iterator[date]:
    first = _local(after_us, zone).date()
    return (first + timedelta(days=number) for number in range(_LONGEST_HOLIDAY_DAYS + 10))


def _moments(day: date, times: Iterable[str], zone: str) -> list[int]:
    """A time that clocks skip is that much later; of one they show twice, the first counts."""
    found = [datetime.combine(day, time.fromisoformat(text), ZoneInfo(zone)) for text in sorted(times)]
    return [int(moment.timestamp()) * SECOND_US for moment in found]
