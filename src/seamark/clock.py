"""The only reader of time. Everything else takes `now_us` as an argument.

Time inside Seamark is an `int`: microseconds since 1970-01-01T00:00:00Z.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from seamark.errors import InvalidInput

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


def now_us() -> int:
    """The present, in microseconds since the epoch."""
    return time.time_ns() // 1_000


def monotonic_seconds() -> float:
    """A clock for durations; unrelated to the time of day."""
    return time.monotonic()


def to_iso(time_us: int) -> str:
    """`1_700_000_000_000_000` → `2023-11-14T22:13:20Z` (fractions only where there are any)."""
    moment = datetime.fromtimestamp(time_us // SECOND_US, UTC).replace(microsecond=time_us % SECOND_US)
    return moment.isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> int:
    """Parse ISO 8601 **with a zone**; raises InvalidInput for a naive or unreadable time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not a time; write ISO 8601 with a zone, like 2026-11-01T12:00:00Z.", value=text
        ) from None
    if moment.tzinfo is None:
        raise InvalidInput(f"{text!r} has no time zone; add Z or an offset, like 2026-11-01T12:00:00Z.", value=text)
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * SECOND_US + delta.microseconds
