"""What ingest has seen since the start, for /metrics."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from seamark.errors import InvalidInput, Malformed, NotFound, Overloaded, SeamarkError, TooLarge, Unavailable
from seamark.records.log import EntryKind
from seamark.wire.batch import Batch

_MAX_SENDERS = 1_000
_MAX_REASONS = 100
_REASONS = (
    (Malformed, "malformed"),
    (TooLarge, "too_large"),
    (InvalidInput, "invalid"),
    (NotFound, "unknown_model"),
    (Overloaded, "overloaded"),
    (Unavailable, "unavailable"),
)


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts since the start. Keys of the first three are entry kinds, of the others reasons."""

    batches: Mapping[str, int]
    rows: Mapping[str, int]
    body_bytes: Mapping[str, int]
    refused_batches: Mapping[str, int]
    refused_rows: Mapping[str, int]
    dropped_by_clients: Mapping[str, int]
    shortened_texts: int


class Counters:
    """Counts from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._refused_batches: Counter[str] = Counter()
        self._refused_rows: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._senders: OrderedDict[str, dict[str, int]] = OrderedDict()
        self._shortened = 0

    def accepted(self, kind: EntryKind, rows: int, body_bytes: int) -> None:
        """One entry is durable."""
        with self._lock:
            self._batches[kind.value] += 1
            self._rows[kind.value] += rows
            self._bytes[kind.value] += body_bytes

    def decoded(self, batch: Batch) -> None:
        """What a batch says beside its rows: refused rows, shortened texts, and what its sender has dropped."""
        if not (batch.refused or batch.shortened or batch.client):
            return
        with self._lock:
            self._refused_rows.update(refusal.field.partition(".")[0] for refusal in batch.refused)
            self._shortened += batch.shortened
            if batch.client is not None and batch.client.dropped:
                self._heard(batch.client.instance, batch.client.dropped)

    def refused(self, error: SeamarkError) -> None:
        """One batch was refused whole."""
        reason = next((name for kind, name in _REASONS if isinstance(error, kind)), "other")
        with self._lock:
            self._refused_batches[reason] += 1

    def totals(self) -> Totals:
        """A consistent snapshot."""
        with self._lock:
            return Totals(
                dict(self._batches),
                dict(self._rows),
                dict(self._bytes),
                dict(self._refused_batches),
                dict(self._refused_rows),
                dict(self._dropped),
                self._shortened,
            )

    def _heard(self, instance: str, dropped: Mapping[str, int]) -> None:
        """A sender's totals since it began; only growth counts, so a batch that comes again or late adds nothing."""
        highest = self._senders.pop(instance, {})
        for reason, count in dropped.items():
            if reason in self._dropped or len(self._dropped) < _MAX_REASONS:
                self._dropped[reason] += max(0, count - highest.get(reason, 0))
                highest[reason] = max(count, highest.get(reason, 0))
        self._senders[instance] = highest
        if len(self._senders) > _MAX_SENDERS:
            self._senders.popitem(last=False)
