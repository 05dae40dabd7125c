"""One log entry that cannot be absorbed must not stop all that come after it.

A slice that fails is tried again entry by entry. The entry that fails alone for the third time, for a reason of its
own, is set aside: it stays in the log, and everything after it goes on. What is the machine's trouble (a full disk,
a busy database, no memory) sets nothing aside, however long it lasts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from seamark.errors import Unavailable
from seamark.profile.absorb import Absorber
from seamark.records.blocks import SlowStep
from seamark.records.log import LoggedEntry, SetAside
from seamark.store.protocol import Store

_ATTEMPTS = 3
_REASON_CHARS = 500
_PASSING = (OSError, MemoryError, Unavailable)
_LOG = logging.getLogger("seamark.pipeline")


class Containment:
    """Remembers, for one slow lane, which part of the log is suspect; losing that costs only attempts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._suspect_through = 0  # up to here entries are taken one by one
        self._failed = (0, 0)  # (entry, how often it failed alone)

    def absorb(self, absorber: Absorber, commit: Callable[[SlowStep], None], now_us: int) -> bool:
        """Account for the next slice; False when there is nothing new. Raises what made it fail."""
        alone = self._store.slow.watermark() < self._suspect_through
        step = None
        try:
            step = absorber.absorb(now_us, alone=alone)
            if step is not None:
                commit(step)
        except _PASSING:
            raise
        except Exception as failure:
            if alone and self._is_hopeless():
                commit(self._without(failure, now_us))
            self._suspect_through = max(self._suspect_through, self._store.log.last_seq())
            raise
        return step is not None

    def _is_hopeless(self) -> bool:
        seq = self._next().seq
        before, times = self._failed
        self._failed = (seq, times + 1 if before == seq else 1)
        return self._failed[1] >= _ATTEMPTS

    def _without(self, failure: Exception, now_us: int) -> SlowStep:
        """The step that leaves the next entry behind."""
        logged = self._next()
        entry = logged.entry
        _LOG.error(
            "Log entry %d (%s, %d rows of model %r, project %r) cannot be accounted for and is set aside: %r",
            *(logged.seq, entry.kind.value, entry.rows, entry.model, entry.project, failure),
        )
        aside = SetAside(logged.seq, now_us, repr(failure)[:_REASON_CHARS])
        return SlowStep(watermark_seq=logged.seq, set_aside=(aside,))

    def _next(self) -> LoggedEntry:
        return self._store.log.read(self._store.slow.watermark(), 1)[0]


def retry(store: Store) -> int:
    """Put every entry that was set aside at the end of the log, as after an upgrade; returns how many.

    No lane may run meanwhile. A crash halfway repeats a batch, whose rows are recognised.
    """
    numbers = [each.seq for each in store.log.set_aside()]
    for seq in numbers:
        [logged] = store.log.read(seq - 1, 1)
        store.log.append([replace(logged.entry, idempotency_key=None)])
        store.slow.commit(SlowStep(watermark_seq=store.slow.watermark(), retried=(seq,)))
    return len(numbers)
