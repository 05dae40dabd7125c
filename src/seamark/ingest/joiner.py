"""Brings the two halves of an exchange together, in whichever order they come, within bounds of memory and time."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Final

from seamark.clock import SECOND_US
from seamark.wire.halves import Half

_OVERHEAD_BYTES: Final = 1_000  # of a half that waits, besides its payload


@dataclass(frozen=True, slots=True)
class Arrived:
    """A half, whose project it is, and when it came."""

    project: str
    half: Half
    at_us: int

    @property
    def size(self) -> int:
        """About how many bytes it holds in memory."""
        return len(self.half.payload.body) + _OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class Joined:
    """A request and its response."""

    request: Arrived
    response: Arrived


class Joiner:
    """Halves that wait for their other half. The oldest go first: after `seconds`, or when there is no room."""

    def __init__(self, max_bytes: int, seconds: float) -> None:
        self._max_bytes = max_bytes
        self._patience_us = int(seconds * SECOND_US)
        self._waiting: OrderedDict[tuple[str, ...], Arrived] = OrderedDict()
        self._bytes = 0
        self._fates: Counter[str] = Counter()
        self._turn = threading.Lock()

    def join(self, arrived: Arrived) -> Joined | None:
        """The exchange this half completes; None when it has to wait for the other."""
        with self._turn:
            return self._join(arrived)

    def expire(self, now_us: int) -> None:
        """Let go of what has waited too long."""
        with self._turn:
            while self._waiting and next(iter(self._waiting.values())).at_us <= now_us - self._patience_us:
                self._leave("expired")

    def state(self) -> tuple[int, int, Counter[str]]:
        """How many halves wait, about how many bytes they hold, and what became of all others."""
        with self._turn:
            return len(self._waiting), self._bytes, self._fates.copy()

    def _join(self, arrived: Arrived) -> Joined | None:
        key = (arrived.project, *arrived.half.key)
        other = self._waiting.pop(key, None)
        if other is not None:
            self._bytes -= other.size
            if other.half.is_request is not arrived.half.is_request:
                self._fates["joined"] += 2
                return Joined(arrived, other) if arrived.half.is_request else Joined(other, arrived)
            self._fates["repeated"] += 1
        self._waiting[key] = arrived
        self._bytes += arrived.size
        while self._bytes > self._max_bytes and self._waiting:
            self._leave("no_room")
        return None

    def _leave(self, why: str) -> None:
        _, oldest = self._waiting.popitem(last=False)
        self._bytes -= oldest.size
        self._fates[f"{'request' if oldest.half.is_request else 'response'}_{why}"] += 1
