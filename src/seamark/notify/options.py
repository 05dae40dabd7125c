"""What an owner may say about being told; every field has a default."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from seamark.records.options import require
from seamark.records.silence import matchers_of

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TIME_ACCEPTED: Final = 'a time of day like "09:00"'
_DAYS_ACCEPTED: Final = f"among {', '.join(DAYS)}"
_ZONE_ACCEPTED: Final = "a name of the IANA time zone database, like Europe/Paris"


@dataclass(frozen=True, slots=True)
class NotificationOptions:
    """When people are told what, `[notifications]`."""

    time_zone: str = "UTC"  # of the team
    workdays: tuple[str, ...] = DAYS[:5]
    holidays: tuple[str, ...] = ()  # dates (2026-12-25), countries (FR, DE-BY)
    batch_times: tuple[str, ...] = ("09:00", "13:00", "16:30")  # of workdays, when P2 is told; at most three
    digest_day: str = "mon"
    digest_time: str = "09:00"
    group_wait_seconds: int = 30  # after an incident opens, for what belongs to it
    storm_after: int = 5  # messages of priority P1 an hour and receiver; beyond it, one summary
    reminder_seconds: tuple[int, ...] = (1800, 14_400)  # after P1 was told, until somebody acknowledges; then as last
    at_once: tuple[str, ...] = ()  # receivers that are told everything at once

    def __post_init__(self) -> None:
        """Raises InvalidInput for what no calendar has."""
        require(self, "time_zone", _is_zone(self.time_zone), _ZONE_ACCEPTED)
        fine = bool(self.workdays) and set(self.workdays) <= set(DAYS)
        require(self, "workdays", fine, _DAYS_ACCEPTED)
        fine = 1 <= len(self.batch_times) <= 3 and all(map(_TIME.fullmatch, self.batch_times))
        require(self, "batch_times", fine, 'one to three times of day like "09:00"')
        require(self, "digest_day", self.digest_day in DAYS, _DAYS_ACCEPTED)
        require(self, "digest_time", bool(_TIME.fullmatch(self.digest_time)), _TIME_ACCEPTED)
        require(self, "group_wait_seconds", 0 <= self.group_wait_seconds <= 600, "between 0 and 600")
        require(self, "storm_after", self.storm_after >= 1, "1 or more")
        fine = all(each >= 60 for each in self.reminder_seconds)
        require(self, "reminder_seconds", fine, "a list of 60 or more each; an empty one reminds nobody")


@dataclass(frozen=True, slots=True)
class RouteOptions:
    """Who is told of which incidents, `[routes.NAME]`."""

    match: tuple[str, ...]  # matchers of labels, all of which one of its alerts has to fit
    receivers: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no matcher."""
        matchers_of(self.match, "match")
        require(self, "receivers", bool(self.receivers), "a list of names of [receivers.NAME]")


@dataclass(frozen=True, slots=True)
class MaintenanceOptions:
    """When nobody is told, again and again, `[maintenance.NAME]`."""

    match: tuple[str, ...]
    start: str  # time of day
    end: str  # of the next day, if it is not after `start`
    days: tuple[str, ...] = DAYS  # on which it starts
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        """Raises InvalidInput for what no calendar has."""
        matchers_of(self.match, "match")
        require(self, "start", bool(_TIME.fullmatch(self.start)), _TIME_ACCEPTED)
        require(self, "end", bool(_TIME.fullmatch(self.end)), _TIME_ACCEPTED)
        require(self, "days", bool(self.days) and set(self.days) <= set(DAYS), _DAYS_ACCEPTED)
        require(self, "time_zone", _is_zone(self.time_zone), _ZONE_ACCEPTED)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
