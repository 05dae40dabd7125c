"""Ingest's counters as metrics."""

from __future__ import annotations

from collections.abc import Mapping

from seamark.ingest.counters import Totals
from seamark.ingest.queue import QueueState
from seamark.records.measurement import Measurement, MeasurementKind

_COUNTER, _GAUGE = MeasurementKind.COUNTER, MeasurementKind.GAUGE


def measurements(totals: Totals, queue: QueueState) -> list[Measurement]:
    """What /metrics shows about ingest."""
    return [
        _per("kind", "seamark_ingest_batches", "Batches accepted and durable.", totals.batches),
        _per("kind", "seamark_ingest_rows", "Rows accepted and durable.", totals.rows),
        _per("kind", "seamark_ingest_body_bytes", "Bytes of accepted bodies, decompressed.", totals.body_bytes),
        _per("reason", "seamark_ingest_refused_batches", "Batches refused whole.", totals.refused_batches),
        _per("field", "seamark_ingest_refused_rows", "Rows refused from partial batches.", totals.refused_rows),
        _per("reason", "seamark_client_dropped_rows", "Rows clients say they dropped.", totals.dropped_by_clients),
        _one(_COUNTER, "seamark_ingest_shortened_texts", "Texts cut to the limit.", totals.shortened_texts),
        _one(_COUNTER, "seamark_ingest_commits", "Transactions committed.", queue.commits),
        _one(_COUNTER, "seamark_ingest_committed_entries", "Batches in those transactions.", queue.committed_entries),
        _one(_COUNTER, "seamark_ingest_failed_commits", "Transactions that failed.", queue.failed_commits),
        _one(_COUNTER, "seamark_ingest_commit_seconds", "Seconds spent in transactions.", queue.commit_seconds),
        _one(_GAUGE, "seamark_ingest_queue_entries", "Batches waiting for a transaction.", queue.waiting_entries),
        _one(_GAUGE, "seamark_ingest_queue_rows", "Rows waiting or being committed.", queue.waiting_rows),
        _one(_GAUGE, "seamark_ingest_queue_bytes", "Bytes waiting or being committed.", queue.waiting_bytes),
    ]


def _per(label: str, name: str, text: str, counts: Mapping[str, int]) -> Measurement:
    samples = tuple(((value,), float(count)) for value, count in sorted(counts.items()))
    return Measurement(name, text, _COUNTER, (label,), samples)


def _one(kind: MeasurementKind, name: str, text: str, value: float) -> Measurement:
    return Measurement(name, text, kind, (), (((), float(value)),))
