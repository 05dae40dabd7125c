"""What every backend lets go of when it is too old."""

from __future__ import annotations

from typing import Protocol


class Forget(Protocol):
    """Each deletes at most so many, the oldest first, in one transaction; returns how many are gone."""

    def profiles(self, before_us: int, most: int) -> int:
        """Blocks whose hour starts before that moment."""
        ...

    def evaluations(self, before_us: int, most: int) -> int:
        """Those whose window ended before it; those that the fast lane has yet to see stay."""
        ...

    def incidents(self, before_us: int, most: int) -> int:
        """Those that are over, whose evidence ended before it, and that have no message pending.

        With them go their messages, and their alerts unless one is live or belongs to another incident.
        """
        ...
