"""What the server needs from the rest of the house; `app` hands it in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from seamark.records.answer import Answer as Given
from seamark.records.answer import AnswerKind, Subject
from seamark.records.log import Change
from seamark.records.measurement import Measurement
from seamark.records.silence import Acknowledgement, Silence
from seamark.records.token import StoredToken
from seamark.records.window import Window
from seamark.wire.halves import Half
from seamark.wire.readings import Book, Readings
from seamark.wire.submission import Receipt, Submission

Answer = Mapping[str, Any]
"""A question's answer: JSON-ready, columns out (ARCHITECTURE.md, "the screen's questions")."""


class Bounds(Protocol):
    """How much of a request is read, and for how long."""

    @property
    def max_body_bytes(self) -> int:
        """Of one request, as sent."""
        ...

    @property
    def max_decompressed_bytes(self) -> int:
        """Of one request, after its compression is taken off."""
        ...

    @property
    def body_timeout_seconds(self) -> int:
        """To receive one request."""
        ...


class Door(Protocol):
    """The way in. Each call returns after its entry is durable."""

    async def submit(self, submission: Submission) -> Receipt:
        """Take predictions or outcomes."""
        ...

    async def baseline(self, submission: Submission) -> Receipt:
        """Take a reference data set."""
        ...

    async def baseline_from_traffic(self, project: str, model: str, body: bytes) -> tuple[Window, int]:
        """Take the wish for a baseline of stored traffic."""
        ...

    async def attributions(self, submission: Submission, fits: Callable[[Any], Sequence[str]]) -> Receipt:
        """Take attributions that `fits` lets pass."""
        ...

    async def change(self, project: str, body: bytes, idempotency_key: str | None = None) -> Change:
        """Take one change."""
        ...


class Sayings(Protocol):
    """The way in for what people say. Each call returns after its entry is durable."""

    async def answer(
        self, project: str, given: Sequence[Given], body: bytes, *, by: str, idempotency_key: str | None = None
    ) -> tuple[int, str]:
        """Take what a person said about alerts; when that was, and the comment in `body`."""
        ...

    async def silence(self, project: str, body: bytes, *, by: str, idempotency_key: str | None = None) -> Silence:
        """Take a silence; it has an id."""
        ...

    async def end_silence(self, project: str, id: str, *, by: str) -> int:
        """Take the end of one; when that is."""
        ...

    async def acknowledge(
        self, project: str, incident: str, body: bytes, *, by: str, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Take that somebody is at an incident."""
        ...


class PostQuestions(Protocol):
    """What may be asked about being told."""

    def silences(self, project: str, *, now_us: int) -> Answer:
        """GET /v1/silences."""
        ...

    def check_silence(self, project: str, id: str, *, now_us: int) -> None:
        """Raises NotFound for a silence that is none, or over."""
        ...

    def check_acknowledgeable(self, project: str, incident: str) -> None:
        """Raises NotFound for an incident that does not exist, Conflict for one that is over."""
        ...


class Taken(Protocol):
    """What became of the samples of one request."""

    @property
    def accepted(self) -> int:
        """How many were taken."""
        ...

    @property
    def rejected(self) -> int:
        """How many were not, and should not be sent again."""
        ...

    @property
    def message(self) -> str:
        """Why."""
        ...


class MetricsDoor(Protocol):
    """The way in for metrics; returns before they are written."""

    async def submit(self, project: str, body: bytes, decode: Callable[[bytes, Book], Readings]) -> Taken:
        """Take one request; raises Malformed, or Unavailable for what should be sent again."""
        ...


class InferenceLog(Protocol):
    """The way in for what serving stacks log; returns before it is read."""

    def take(self, project: str, halves: Sequence[Half]) -> None:
        """Take requests and responses; raises Overloaded or Unavailable for what is lost."""
        ...


class Questions(Protocol):
    """The screen's questions. Raise NotFound for a model, segment, monitor, signal or incident that does not exist.

    `window` None means the question's own default range; `version` and `segment` "" mean all.
    """

    def models(self, project: str, *, now_us: int) -> Answer:
        """GET /v1/models."""
        ...

    def overview(
        self,
        project: str,
        model: str,
        *,
        window: Window | None,
        version: str,
        segment: str,
        packed: bool,
        now_us: int,
    ) -> Answer:
        """GET /v1/overview."""
        ...

    def incidents(
        self, project: str, *, model: str | None, state: str | None, window: Window | None, now_us: int
    ) -> Answer:
        """GET /v1/incidents."""
        ...

    def incident(self, project: str, id: str, *, now_us: int) -> Answer:
        """GET /v1/incidents/{id}."""
        ...

    def series(
        self,
        project: str,
        model: str,
        monitor: str,
        *,
        window: Window | None,
        version: str,
        segment: str,
        versions: bool,
        now_us: int,
    ) -> Answer:
        """GET /v1/series."""
        ...

    def distribution(
        self, project: str, model: str, signal: str, *, window: Window, version: str, segment: str, now_us: int
    ) -> Answer:
        """GET /v1/distribution."""
        ...

    def reference(self, project: str, model: str) -> Answer:
        """What a new reference would replace: `query.reference.notes_on` makes sentences of it."""
        ...

    def impact(
        self, project: str, model: str, *, window: Window, version: str, target: str | None, top: int, now_us: int
    ) -> Answer:
        """GET /v1/impact; `target` None means the one that moved furthest."""
        ...

    def versions(self, project: str, model: str, *, window: Window, now_us: int) -> Answer:
        """GET /v1/versions."""
        ...

    def quality(
        self, project: str, model: str, *, window: Window | None, version: str, segment: str, now_us: int
    ) -> Answer:
        """GET /v1/quality."""
        ...

    def groups(self, project: str, model: str, dimension: str, *, window: Window, selected: str, now_us: int) -> Answer:
        """GET /v1/groups; `selected` "" means the class that says yes."""
        ...

    def slices(self, project: str, model: str, *, window: Window, target: str | None, top: int, now_us: int) -> Answer:
        """GET /v1/slices; `target` None means the one that moved furthest."""
        ...

    def answerable(self, project: str, subject: Subject, id: str, kind: AnswerKind) -> Sequence[Given]:
        """What the door takes for an answer about an alert, or about the open alerts of an incident.

        Raises NotFound, or Conflict where it cannot be said of this alert.
        """
        ...

    def attributable(self, project: str, model: str, table: Any) -> Sequence[str]:
        """Notes on attributions (the canonical table); raises Conflict or InvalidInput for what does not fit."""
        ...

    def rows(self, project: str, model: str, *, window: Window | None, version: str, limit: int, now_us: int) -> Answer:
        """GET /v1/rows: the newest stored predictions, as columns."""
        ...


class MetricQuestions(Protocol):
    """What may be asked about machines and services."""

    def components(self, project: str) -> Answer:
        """GET /v1/components."""
        ...

    def component_rules(self, project: str, kind: str, name: str, *, window: Window | None, now_us: int) -> Answer:
        """What is one machine or service held to, and does it hold?"""
        ...

    def component_metrics(self, project: str, kind: str, name: str, *, window: Window | None, now_us: int) -> Answer:
        """GET /v1/components/{kind}/metrics."""
        ...


class Running(Protocol):
    """What goes on beside the requests."""

    def trouble(self) -> str | None:
        """Why requests cannot be served now, as a sentence; None when all is well."""
        ...

    def start(self) -> None:
        """Begin the work beside the requests."""
        ...

    def stop(self) -> None:
        """End it: commit what is queued, finish the steps under way, close the store."""
        ...


class Services(Running, Protocol):
    """Everything behind the HTTP door. Methods may be called from any thread."""

    @property
    def door(self) -> Door:
        """Where batches go."""
        ...

    @property
    def sayings(self) -> Sayings:
        """Where what people say goes."""
        ...

    @property
    def post_questions(self) -> PostQuestions:
        """What may be asked about being told."""
        ...

    @property
    def metrics_door(self) -> MetricsDoor:
        """Where metrics go."""
        ...

    @property
    def inference_log(self) -> InferenceLog:
        """Where requests and responses go."""
        ...

    @property
    def questions(self) -> Questions:
        """What the screen may ask."""
        ...

    @property
    def metric_questions(self) -> MetricQuestions:
        """What may be asked about machines and services."""
        ...

    @property
    def bounds(self) -> Bounds:
        """What is too much."""
        ...

    @property
    def host(self) -> str:
        """The address it listens on; another than this machine's own needs tokens."""
        ...

    def now_us(self) -> int:
        """The present."""
        ...

    def tokens(self) -> Sequence[StoredToken]:
        """All tokens, revoked ones too."""
        ...

    def measurements(self) -> Iterable[Measurement]:
        """What /metrics shows, besides the server's own."""
        ...

    def revision(self) -> int:
        """A number that changes whenever the screen would look different."""
        ...

    def backtest(self, project: str, body: bytes) -> Answer:
        """Begin what the body of POST /v1/backtest asks for; raises Conflict while another one runs."""
        ...

    def backtest_state(self, project: str, id: str) -> Answer:
        """GET /v1/backtest/{id}."""
        ...
