"""The way in: bytes → checked batch → log entry → acknowledgement after the commit."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pyarrow as pa

from seamark.errors import NotFound, SeamarkError
from seamark.ingest.counters import Counters
from seamark.ingest.describer import Describer, Learning, describing
from seamark.ingest.features import feature_kinds
from seamark.ingest.measurements import measurements
from seamark.ingest.options import IngestOptions, check_key
from seamark.ingest.privacy import protect
from seamark.ingest.queue import CommitQueue, QueueLimits
from seamark.records.attribution import Explained
from seamark.records.log import Change, EntryKind, LogEntry
from seamark.records.measurement import Measurement
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.store.protocol import Log
from seamark.store.tables import decode
from seamark.wire import arrow, attributions, documents
from seamark.wire.batch import Batch, encode
from seamark.wire.canonical import Request, check_model, finish
from seamark.wire.media import Media
from seamark.wire.refusal import Refusals
from seamark.wire.roles import Roles
from seamark.wire.shapes import nearest
from seamark.wire.submission import Receipt, Submission
from seamark.wire.tabular import reference

_LOG = logging.getLogger(__name__)
_INLINE_BYTES = 1024 * 1024  # a larger body is decoded on a thread, so that others are answered meanwhile
_DECODING_THREADS = 2


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A decoded batch and its log entry; none when every row was refused."""

    batch: Batch
    entry: LogEntry | None
    notes: tuple[str, ...] = ()
    features: Mapping[str, str] = field(default_factory=dict)
    logged: Callable[[], None] = lambda: None  # told once the entry is durable


class Door:
    """Takes batches from any number of callers; `options_for` and `known_models` are asked per (project, model).

    Without a `describer` embeddings and texts are logged as they come. `hurry` is called when people have asked for
    something, once that is logged.
    """

    def __init__(
        self,
        log: Log,
        options: IngestOptions,
        *,
        now_us: Callable[[], int],
        options_for: Callable[[str, str], ModelOptions],
        known_models: Callable[[str], Collection[str]],
        describer: Describer | None = None,
        hurry: Callable[[], None] = lambda: None,
    ) -> None:
        self.options = options
        self._limits = options.limits
        self._now_us = now_us
        self._options_for = options_for
        self._known_models = known_models
        self._describer = describer
        self._hurry = hurry
        self._key = options.hash_key.reveal().encode() if options.hash_key else None
        self._counters = Counters()
        self._queue = CommitQueue(
            log.append,
            QueueLimits(
                options.queue_rows, options.queue_bytes, options.commit_rows, options.commit_interval_ms / 1_000
            ),
        )
        self._decoders = ThreadPoolExecutor(_DECODING_THREADS, "seamark-decode")

    async def submit(self, submission: Submission) -> Receipt:
        """Decode, log and acknowledge one batch of predictions or outcomes.

        Raises InvalidInput (Malformed, TooLarge), NotFound, Overloaded or Unavailable; then nothing was stored.
        """
        return await self._through(submission, self._prepare)

    async def baseline(self, submission: Submission) -> Receipt:
        """Log a reference data set (`submission.kind` is REFERENCE); says its features, and what was inferred."""
        return await self._through(submission, self._prepare_reference)

    async def attributions(self, submission: Submission, fits: Callable[[pa.Table], Sequence[str]]) -> Receipt:
        """Log attributions (`submission.kind` is ATTRIBUTIONS) for the slow lane to put on the model's bins.

        `fits` is asked whether they belong to the model: it raises for the whole, and notes on parts.
        """

        def prepare(submission: Submission) -> _Prepared:
            limits = replace(self._limits, max_rows=self.options.max_baseline_rows)
            name = check_model(submission.model, limits)
            explained = submission.explained or Explained()
            batch, notes = attributions.read(submission.media, submission.body, name, explained, limits)
            entry = self._entry(batch, submission.project, submission.idempotency_key)
            return _Prepared(batch, entry, (*notes, *fits(decode(entry.payload))))

        return await self._through(submission, prepare, asks_store=True)

    async def change(self, project: str, body: bytes, idempotency_key: str | None = None) -> Change:
        """Log one change; its id is its place in the log."""
        now_us = self._now_us()
        change = documents.change(body, project, now_us, self._limits)
        fields = {name: getattr(change, name) for name in ("kind", "time_us", "summary", "service", "version", "url")}
        entry = LogEntry(
            EntryKind.CHANGE, project, change.model or "", now_us, 0, json.dumps(fields).encode(), idempotency_key
        )
        seq = await self._queue.append(entry)
        self._hurry()
        return replace(change, id=f"chg_{seq}")

    async def baseline_from_traffic(self, project: str, model: str, body: bytes) -> tuple[Window, int]:
        """Log the wish for a baseline made of stored traffic."""
        now_us = self._now_us()
        check_model(model, self._limits)
        if not self.options.auto_create:
            _check_known(model, self._known_models(project))
        window, version = documents.baseline_window(body, now_us, self._limits)
        wish = {"action": "baseline", "from_us": window.start_us, "to_us": window.end_us, "version": version}
        entry = LogEntry(EntryKind.ACTION, project, model, now_us, 0, json.dumps(wish).encode())
        seq = await self._queue.append(entry)
        self._hurry()
        return window, seq

    async def say(self, entry: LogEntry) -> int:
        """Log what a person said, and have it acted on soon; its place in the log."""
        seq = await self._queue.append(entry)
        self._hurry()
        return seq

    def table_blocking(self, project: str, kind: EntryKind, model: str, table: pa.Table) -> Receipt:
        """Log a canonical table that was decoded elsewhere, for a program without an event loop."""
        entry = self._entry(Batch(kind, model, table), project, None)
        return Receipt(entry.rows, self._queue.append_blocking(entry))

    def batches_blocking(self, batches: Sequence[tuple[str, Batch]]) -> int:
        """Log (project, batch) that were read elsewhere, for a thread; how many rows are durable.

        Their texts may be longer than the limit, and embeddings and texts be themselves. A batch that is refused is
        counted and told, and leaves the others alone. Raises Overloaded or Unavailable; then some may be stored, and
        all may come again: rows count once.
        """
        entries: list[LogEntry] = []
        for project, batch in batches:
            self._counters.decoded(batch)
            if not batch.table.num_rows:
                continue
            try:
                request = Request(
                    batch.kind, batch.model, self._now_us(), describe=describing(self._describer, project)
                )
                settled = finish(_columns(batch.table), Refusals(), request, self._limits)
                entries.append(self._entry(settled, project, None))
            except SeamarkError as error:
                self._counters.refused(error)
                _LOG.error("%d rows of %.80r are refused: %s", batch.table.num_rows, batch.model, error.message)
        self._queue.append_all_blocking(entries)
        for entry in entries:
            self._counters.accepted(entry.kind, entry.rows, len(entry.payload))
        return sum(entry.rows for entry in entries)

    def measurements(self) -> list[Measurement]:
        """What has come in since the start and what waits for the store now."""
        return measurements(self._counters.totals(), self._queue.state())

    def drain(self) -> bool:
        """Take nothing more and commit what waits; whether that took less than `drain_seconds`."""
        self._decoders.shutdown(wait=True)
        return self._queue.drain(self.options.drain_seconds)

    async def _through(
        self, submission: Submission, prepare: Callable[[Submission], _Prepared], *, asks_store: bool = False
    ) -> Receipt:
        """Prepare (large bodies, and what asks the store, on a thread), append, count."""
        try:
            if asks_store:
                prepared = await asyncio.to_thread(prepare, submission)
            elif len(submission.body) < _INLINE_BYTES:
                prepared = prepare(submission)
            else:
                prepared = await asyncio.get_running_loop().run_in_executor(self._decoders, prepare, submission)
            seq = None if prepared.entry is None else await self._queue.append(prepared.entry)
        except SeamarkError as error:
            self._counters.refused(error)
            raise
        if seq is not None:
            prepared.logged()
        batch = prepared.batch
        self._counters.decoded(batch)
        if seq is not None:
            self._counters.accepted(batch.kind, batch.table.num_rows, len(submission.body))
        return Receipt(batch.table.num_rows, seq, batch.refused, prepared.notes, prepared.features)

    def _prepare(self, submission: Submission) -> _Prepared:
        describe = describing(self._describer, submission.project)
        request = replace(_request(submission, self._now_us()), describe=describe)
        if submission.media is Media.ARROW:
            batch = arrow.decode(submission.body, request, self._limits)
        elif submission.kind is EntryKind.OUTCOMES:
            batch = documents.outcomes(submission.body, request, self._limits)
        else:
            batch = documents.predictions(submission.body, request, self._limits)
        if batch.table.num_rows == 0:
            return _Prepared(batch, None)
        return _Prepared(batch, self._entry(batch, submission.project, submission.idempotency_key))

    def _prepare_reference(self, submission: Submission) -> _Prepared:
        limits = replace(self._limits, max_rows=self.options.max_baseline_rows)
        check_model(submission.model, limits)
        roles = submission.roles or Roles()
        learning = Learning(self._describer, submission.project)
        request = replace(_request(submission, self._now_us()), describe=learning.describe)
        batch, notes = reference(submission.media, submission.body, roles, request, limits)
        kinds = feature_kinds(batch.table, self._options_for(submission.project, batch.model).features)
        batch = replace(batch, table=learning.noted_on(batch.table))
        entry = self._entry(batch, submission.project, submission.idempotency_key)
        return _Prepared(batch, entry, (*notes, *learning.notes), learning.kinds(kinds), learning.remember)

    def _entry(self, batch: Batch, project: str, idempotency_key: str | None) -> LogEntry:
        if not self.options.auto_create:
            _check_known(batch.model, self._known_models(project))
        features = self._options_for(project, batch.model).features
        check_key(features, self._key, batch.model)
        table = protect(batch.table, features, self._key) if features else batch.table
        return LogEntry(
            batch.kind, project, batch.model, self._now_us(), table.num_rows, encode(table), idempotency_key
        )


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    """Of a table, each in one piece."""
    return {name: table.column(name).combine_chunks() for name in table.column_names}


def _check_known(model: str, known: Collection[str]) -> None:
    """Raise NotFound for a new model where models are not created by their traffic."""
    if model not in known:
        listed = sorted(known)
        hint = nearest(model, listed)
        raise NotFound(
            f"There is no model {model[:80]!r}{f'; the nearest one is {hint!r}' if hint else ''}."
            f" Known are: {', '.join(listed[:10]) or 'none yet'}."
            " New ones are not created, because ingest.auto_create is false."
        )


def _request(submission: Submission, now_us: int) -> Request:
    return Request(submission.kind, submission.model, now_us, submission.version, partial=submission.partial)
