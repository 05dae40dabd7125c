"""Warnings for the host's log: each reason at most once a minute, however many rows it concerns."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from seamark.records.wording import counted

_LOG: Final = logging.getLogger("seamark.client")
_PERIOD_SECONDS: Final = 60.0


class Complaints:
    """Remembers what it has said, and when. Used by the sender's thread alone: a log handler may block."""

    def __init__(self) -> None:
        self._said_at: dict[str, float] = {}
        self._said_rows: dict[str, int] = {}

    def drops(self, why: Mapping[str, str], dropped: Mapping[str, int], now: float) -> list[str]:
        """Warn of each reason in `why` whose minute is over; the reasons now said. `dropped` are totals."""
        due = [reason for reason in why if self._due(reason, now)]
        for reason in due:
            rows = dropped.get(reason, 0) - self._said_rows.get(reason, 0)
            self._said_rows[reason] = dropped.get(reason, 0)
            _warn(f"Seamark dropped {counted(rows, 'row')} ({reason}). {why[reason]}")
        return due

    def trouble(self, why: str, now: float) -> None:
        """Warn that sending fails and goes on being tried."""
        if self._due("unreachable", now):
            _warn(f"Seamark cannot deliver now and will try again. {why}")

    def fault(self, now: float) -> None:
        """Say that an error of our own was met, while it is being handled."""
        if self._due("fault", now):
            _warn("Seamark's sender met an error of its own and goes on.", trace=True)

    def next_in(self, why: Mapping[str, str], now: float) -> float | None:
        """Seconds until one of these reasons may be said again; None without any."""
        waits = [self._said_at.get(reason, now - _PERIOD_SECONDS) + _PERIOD_SECONDS - now for reason in why]
        return max(0.0, min(waits)) if waits else None

    def _due(self, reason: str, now: float) -> bool:
        if now - self._said_at.get(reason, now - _PERIOD_SECONDS) < _PERIOD_SECONDS:
            return False
        self._said_at[reason] = now
        return True


def _warn(sentence: str, *, trace: bool = False) -> None:
    writable = sentence.encode("utf-8", "backslashreplace").decode()  # no log can take half of a surrogate pair
    with suppress(Exception):  # the host's log handlers run here, and a broken one has no log to go to
        _LOG.warning("%s", writable, exc_info=trace)
