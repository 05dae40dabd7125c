"""What an owner may say about how long things are kept (`[retention]` in seamark.toml)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from seamark.clock import DAY_US
from seamark.records.options import require


@dataclass(frozen=True, slots=True)
class RetentionOptions:
    """Days since the time that a thing is about; None keeps it for ever."""

    rows_days: int | None = 400  # predictions, and 90 days longer the outcomes that may still be theirs
    profiles_days: int | None = 800
    evaluations_days: int | None = 800
    incidents_days: int | None = 800  # those that are over, with their alerts and messages

    def __post_init__(self) -> None:
        """Raises InvalidInput for less than a day."""
        for each in fields(self):
            days = getattr(self, each.name)
            require(self, each.name, days is None or days >= 1, "at least 1 day")


KEEP_ALL = RetentionOptions(None, None, None, None)


def moment_before(now_us: int, days: int | None) -> int:
    """The moment before which things are too old; the beginning of time when none are."""
    return 0 if days is None else max(0, now_us - days * DAY_US)
