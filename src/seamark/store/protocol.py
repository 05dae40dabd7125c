"""What every storage backend promises. Nothing above this room knows which one it is.

A store is seven drawers. Each write is one durable transaction: when the call returns, the data
survives `kill -9` and power loss; when it raises, nothing changed. Any number of threads may read;
`log.append`, `slow.commit` and `fast.commit` may each be called by one thread at a time and never
wait for each other longer than one transaction. All writes of `post`, `accounts.put_token` and all of
`metrics` are transactions of their own and may come from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from seamark.records.alert import Alert
from seamark.records.answer import Answer
from seamark.records.blocks import EvaluationBlock, ProfileBlock, RowFile, SlowStep
from seamark.records.delivery import FastStep
from seamark.records.incident import Incident, IncidentState
from seamark.records.log import Change, LogEntry, LoggedEntry, SetAside
from seamark.records.model import (
    Model,
    StoredAttribution,
    StoredBaseline,
    StoredBinSet,
    StoredCalibration,
    StoredMonitorSet,
    StoredScorecard,
)
from seamark.records.token import StoredToken
from seamark.records.window import Window
from seamark.store.drawer_of_age import Forget
from seamark.store.drawer_of_metrics import Metrics
from seamark.store.drawer_of_post import Post

READ_BYTES: Final = 64 << 20  # the most payload that `Log.read` hands over at once, a single entry aside
SCAN_ROWS: Final = 65_536  # the most rows that `Rows.scan` hands over at once
KEY: Final = "key"  # the column of a join index that its rows are found by

Keys = npt.NDArray[np.uint64]

FACTS: Final = (
    "database_bytes",
    "database_free_bytes",
    "disk_free_bytes",
    "log_pending_entries",
    "log_pending_rows",
    "log_set_aside_entries",
    "metric_blocks",
    "metric_refused_series",
    "metric_series",
    "row_file_bytes",
    "row_files",
)


class Log(Protocol):
    """The append-only log of accepted batches."""

    def append(self, entries: Sequence[LogEntry]) -> list[int]:
        """Store all entries in one transaction (group commit); returns their seqs, in order.

        An entry whose idempotency key the same project has used in the last day is not stored
        again: it gets the seq of the first.
        """
        ...

    def read(self, after_seq: int, max_rows: int) -> list[LoggedEntry]:
        """Entries after `after_seq`, in order: as many as hold `max_rows` and READ_BYTES together, at least one.

        An entry without rows counts as one. Predictions, outcomes, references and attributions at or before the
        slow lane's watermark are forgotten; changes and actions stay for ever.
        """
        ...

    def last_seq(self) -> int:
        """The newest seq, 0 when empty."""
        ...

    def pending(self) -> tuple[int, int]:
        """(entries, rows) after the slow lane's watermark."""
        ...

    def set_aside(self) -> list[SetAside]:
        """The entries that could not be accounted for, oldest first; `read` still gives their payload."""
        ...


@dataclass(frozen=True, slots=True)
class JoinIndex:
    """What is kept of each row of some kind, so that it is found by a key and not by reading its file.

    `needs` picks, of the columns a file has, those it is made from. `made` turns such rows into what is kept: the same
    rows in the same order with a column `key` (uint64, any hash). Another `name` makes another index.
    """

    name: str
    needs: Callable[[Sequence[str]], list[str]]
    made: Callable[[pa.Table], pa.Table]


class Rows(Protocol):
    """Row files and their manifest."""

    def decode(self, payload: bytes) -> pa.Table:
        """The Arrow IPC stream of a log entry; Corrupt when it cannot be read."""
        ...

    def write(
        self, kind: str, project: str, model: str, table: pa.Table, last_seq: int, index: JoinIndex | None = None
    ) -> list[RowFile]:
        """Write and fsync one file per UTC day of `time`, or one in all past 64 days.

        They are unlisted until a SlowStep names them. `time` is timestamp[us] without nulls, else InvalidInput.
        With `index`, `find` need not make it later.
        """
        ...

    def files(self, kind: str, project: str, model: str, window: Window | None = None) -> list[RowFile]:
        """Listed files that overlap `window` (all of them when None), oldest first."""
        ...

    def scan(
        self, files: Sequence[RowFile], columns: Sequence[str] | None = None, window: Window | None = None
    ) -> Iterator[pa.Table]:
        """Their rows, at most `SCAN_ROWS` in a table, in the order of `files`; empty tables are left out.

        Columns come as asked for (as stored when None); one that a file lacks is absent from its
        tables, which still count its rows when no column is left. A missing or torn file raises
        Corrupt naming it; one that was dropped after `files` listed it, Unavailable: ask again.
        """
        ...

    def find(self, files: Sequence[RowFile], index: JoinIndex, keys: Keys | None) -> Iterator[pa.Table]:
        """What `index` keeps of the rows with one of the `keys` (ascending, each once; None: of all rows).

        In the order of `files`.

        Rows of one file and key are in the order they were written in. The files may be listed or just written. Costs
        what the keys cost, not what the files hold, unless a file has not been indexed like that yet. Raises as `scan`.
        """
        ...

    def compact(self, files: Sequence[RowFile], index: JoinIndex | None = None) -> list[RowFile]:
        """Merge listed files of one kind, model and UTC day; to be committed with `dropped_files`.

        One new file per distinct schema, so that nothing is added to any row: a column that was
        absent stays absent. The old files leave the disk after the commit that drops them.
        """
        ...


class Slow(Protocol):
    """What the slow lane keeps: models, bin sets, baselines, profile and evaluation blocks."""

    def watermark(self) -> int:
        """The seq of the last log entry accounted for."""
        ...

    def commit(self, step: SlowStep) -> None:
        """Apply a step; Conflict when it contradicts what is stored, and then nothing changes.

        `dirty` is applied before `cleaned`. An evaluation replaces the one of the same model, version,
        segment and window under a new seq. Log payloads up to the watermark are
        forgotten, but for those that are set aside.
        """
        ...

    def next_id(self) -> int:
        """A number no bin set, baseline, scorecard or monitor set has yet; another at every call."""
        ...

    def models(self, project: str | None = None) -> list[Model]:
        """All models, by project and name."""
        ...

    def model(self, project: str, name: str) -> Model | None:
        """One model."""
        ...

    def bin_sets(self, project: str, model: str) -> list[StoredBinSet]:
        """Oldest first."""
        ...

    def baselines(self, project: str, model: str) -> list[StoredBaseline]:
        """Oldest first."""
        ...

    def attributions(self, project: str, model: str) -> list[StoredAttribution]:
        """By bin set, target and source."""
        ...

    def calibration(self, project: str, model: str, *, payload: bool = True) -> StoredCalibration | None:
        """The model's newest; without its payload, which may be a megabyte, all else of it is read much sooner."""
        ...

    def scorecards(self, project: str, model: str) -> list[StoredScorecard]:
        """Oldest first."""
        ...

    def monitor_set(self, id: int) -> StoredMonitorSet | None:
        """One monitor set."""
        ...

    def profiles(
        self,
        project: str,
        model: str,
        bin_set: int,
        window: Window,
        *,
        version: str | None = None,
        segment: str = "",
    ) -> list[ProfileBlock]:
        """Blocks whose hour starts inside `window`, by hour then version (all versions when None)."""
        ...

    def traffic(self, project: str, model: str, window: Window) -> dict[int, int]:
        """Rows of each hour that starts inside `window` in the active bin set, all versions together.

        Hours without a block are absent.
        """
        ...

    def dirty(self) -> list[tuple[str, str, int]]:
        """(project, model, hour_us) that changed since they were last evaluated."""
        ...

    def evaluations(
        self,
        project: str,
        model: str,
        window: Window,
        *,
        version: str = "",
        segment: str = "",
        of_outcomes: bool = False,
    ) -> list[EvaluationBlock]:
        """The newest evaluation of each window that overlaps `window`, by start: what predictions or outcomes said."""
        ...


class Fast(Protocol):
    """What the fast lane keeps (alerts, incidents), and what it looks up: changes and answers."""

    def evaluations_through(self) -> int:
        """The evaluation seq accounted for."""
        ...

    def new_evaluations(self, after_seq: int, limit: int) -> list[EvaluationBlock]:
        """Evaluation blocks after `after_seq`, by seq. Superseded ones may be missing."""
        ...

    def commit(self, step: FastStep) -> None:
        """Apply a step. A delivery whose identity exists is left as it is."""
        ...

    def alerts(self, project: str | None = None, *, model: str | None = None, live: bool = False) -> list[Alert]:
        """All alerts, or with `live` those not resolved; by id."""
        ...

    def alert(self, id: str) -> Alert | None:
        """One alert."""
        ...

    def members(self, incidents: Sequence[Incident]) -> dict[str, Alert]:
        """The alerts of some incidents, by id."""
        ...

    def told_through(self, fingerprint: str) -> int | None:
        """The end of the newest evidence of this condition's resolved alerts; None when there is none."""
        ...

    def incidents(
        self,
        project: str | None = None,
        *,
        model: str | None = None,
        state: IncidentState | None = None,
        window: Window | None = None,
    ) -> list[Incident]:
        """Incidents whose evidence overlaps `window`, newest first."""
        ...

    def incident(self, id: str) -> Incident | None:
        """One incident."""
        ...

    def changes(self, project: str, window: Window, model: str | None = None) -> list[Change]:
        """Changes in `window`, by time; with `model`, those of that model or of none."""
        ...

    def answers(self, project: str, model: str | None = None) -> list[Answer]:
        """What people said about alerts, oldest first."""
        ...


class Accounts(Protocol):
    """Who may knock."""

    def put_token(self, token: StoredToken) -> None:
        """Add or replace a token by id."""
        ...

    def tokens(self) -> list[StoredToken]:
        """All tokens, oldest first."""
        ...


class Store(Protocol):
    """The seven drawers of one backend."""

    @property
    def log(self) -> Log:
        """What arrived."""
        ...

    @property
    def rows(self) -> Rows:
        """Row files."""
        ...

    @property
    def slow(self) -> Slow:
        """What the slow lane keeps."""
        ...

    @property
    def fast(self) -> Fast:
        """What the fast lane keeps."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Who may knock."""
        ...

    @property
    def metrics(self) -> Metrics:
        """Series of the two lower layers."""
        ...

    @property
    def post(self) -> Post:
        """Messages, and who wants which."""
        ...

    @property
    def forget(self) -> Forget:
        """What is too old."""
        ...

    def facts(self) -> dict[str, float]:
        """The numbers named in `FACTS`, for `doctor` and `/metrics`; cheap enough for every scrape."""
        ...

    def check(self) -> list[str]:
        """What is wrong with the stored data, a sentence each; empty means healthy. May take minutes."""
        ...

    def close(self) -> None:
        """Finish writing and release every file; a closed store answers Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """What a file in `backends/` exposes as `BACKEND`.

    `open` takes the store's folder, which it makes when it is missing; Conflict when another server
    has it open. What is `durable` is there again after the next `open` of the same folder.
    """

    open: Callable[[Path], Store]
    durable: bool
