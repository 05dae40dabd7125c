"""The composition root: a configuration becomes a wired application."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seamark import clock
from seamark.config import Config, tried
from seamark.errors import SeamarkError, Unavailable
from seamark.ingest.door import Door
from seamark.ingest.inference_log import InferenceLog
from seamark.ingest.metrics_door import MetricsDoor
from seamark.ingest.options import IngestOptions
from seamark.ingest.pulling import pull
from seamark.ingest.sayings import Sayings
from seamark.ingest.source import ConfiguredSource
from seamark.ingest.stack import Catalogue, stacks
from seamark.lanes import Lane, Pace, lane_measurements
from seamark.notify.notifier import Receiver, notifiers
from seamark.notify.trial import send, trial
from seamark.pipeline.backtest.jobs import Backtests
from seamark.pipeline.backtest.stored import FIXED, past_of
from seamark.pipeline.components import ComponentPace
from seamark.pipeline.learning import LearningProcess
from seamark.pipeline.posting import PostOptions
from seamark.pipeline.selfwatch import SelfWatch
from seamark.pipeline.tick import Pipeline
from seamark.profile import cells
from seamark.profile.describer import Describer
from seamark.query.measurements import measurements
from seamark.query.metrics import MetricQuestions
from seamark.query.questions import Questions
from seamark.query.silences import PostQuestions
from seamark.records.measurement import Measurement
from seamark.records.options import ModelOptions
from seamark.records.token import StoredToken
from seamark.records.topology import NodeKind, label_of_node
from seamark.store.backends import local
from seamark.store.protocol import Accounts, Store
from seamark.wire import documents

_LOG = logging.getLogger("seamark.app")
_DEFAULT_MODEL = ModelOptions()
_MINUTE_SECONDS = 60.0
_SILENT_US = clock.HOUR_US  # a slice of the slow lane may take minutes


@dataclass(frozen=True, slots=True)
class App:
    """Everything a server, a command or the demo needs, wired once."""

    config: Config
    store: Store
    door: Door
    metrics_door: MetricsDoor
    inference_log: InferenceLog
    pipeline: Pipeline
    lanes: tuple[Lane, ...]
    questions: Questions
    metric_questions: MetricQuestions
    sayings: Sayings
    post_questions: PostQuestions
    backtests: Backtests = field(default_factory=Backtests)
    learning: LearningProcess | None = None  # None where the store was handed in

    @property
    def bounds(self) -> IngestOptions:
        """How much of a request is read, and for how long."""
        return self.config.ingest

    @property
    def host(self) -> str:
        """The address the server listens on."""
        return self.config.server.host

    def now_us(self) -> int:
        """The present."""
        return clock.now_us()

    def tokens(self) -> Sequence[StoredToken]:
        """All tokens, revoked ones too."""
        return self.store.accounts.tokens()

    def measurements(self) -> Iterable[Measurement]:
        """What /metrics shows, besides the server's own."""
        return [
            *self.door.measurements(),
            *self.metrics_door.measurements(),
            *self.inference_log.measurements(),
            *lane_measurements(self.lanes),
            self.pipeline.retention.measurement(),
            *measurements(self.store, now_us=self.now_us()),
        ]

    def revision(self) -> int:
        """Grows with every judged window, new model, and what people answer: then the screen looks different."""
        told = self.pipeline.answered + self.pipeline.acted
        return self.store.fast.evaluations_through() + len(self.store.slow.models()) + told

    def trouble(self) -> str | None:
        """Why requests cannot be served now; None when all is well."""
        try:
            self.store.log.last_seq()
        except SeamarkError as failure:
            return failure.message
        return None

    def backtest(self, project: str, body: bytes) -> dict[str, Any]:
        """Begin to play a model's stored past, as POST /v1/backtest asks for it."""
        name, window, changes = documents.backtest(body, self.now_us(), self.config.ingest.limits)
        options = tried(_options_for(self.config, project, name), changes, FIXED)
        return self.backtests.begin(functools.partial(past_of, self.store, project, name, window), options)

    def backtest_state(self, project: str, id: str) -> dict[str, Any]:
        """How that play is doing, and what it found."""
        return self.backtests.state(project, id)

    def start(self) -> None:
        """Let the lanes run, each in a thread of its own, and thresholds be learned in another process."""
        if self.learning is not None:
            self.pipeline.learn_elsewhere(self.learning)
        for lane in self.lanes:
            lane.start()

    def stop(self) -> None:
        """Commit what is queued, finish the steps in hand, close the store."""
        self.backtests.stop()
        self.inference_log.stop()
        if self.learning is not None:
            self.learning.stop()
        if not self.door.drain():
            _LOG.error("Some batches could not be committed in time; their senders were not told that they were.")
        for lane in self.lanes:
            if not lane.stop(self.config.ingest.drain_seconds):
                _LOG.error("The %s lane did not end in time; its step will be done again after the start.", lane.name)
        self.metrics_door.stop()
        if self.learning is not None:
            self.learning.rest()
        self.store.close()


def build(config: Config, *, store: Store | None = None) -> App:
    """Wire an application; opens the configured store unless one is handed in."""
    if store is not None:
        return _wired(config, store, None)
    opened = open_store(config)
    try:
        beside = functools.partial(local.LocalStore, Path(config.store.path), beside=True)
        return _wired(config, opened, LearningProcess(beside, config.pipeline.learning_threads))
    except BaseException:
        opened.close()  # another application may have it
        raise


def _wired(config: Config, store: Store, learning: LearningProcess | None) -> App:
    options_for = functools.partial(_options_for, config)
    pipeline = Pipeline(
        store,
        options_for,
        receivers=_told(config),
        base_url=base_url(config),
        options=config.pipeline,
        retention=config.retention,
        components=ComponentPace(
            config.service,
            every_us=int(config.pipeline.rules_seconds * clock.SECOND_US),
            minutes_us=config.metrics.minutes_days * clock.DAY_US,
            keep_us=config.metrics.keep_days * clock.DAY_US,
        ),
        post=PostOptions(config.notifications, config.routes, config.maintenance),
    )
    pace = config.pipeline
    fast = Lane("fast", pipeline.fast_lane, pace.fast_seconds)
    step = _SlowStep(store, pipeline, fast, pace.slow_share)
    slow = Lane("slow", step, pace.slow_seconds, recover=pipeline.forget, pace=Pace(pace.slow_share))

    def hurry() -> None:
        step.hurry()
        slow.hurry()

    describer = Describer(store.slow, options_for)
    door = Door(
        store.log,
        config.ingest,
        now_us=clock.now_us,
        options_for=options_for,
        known_models=lambda project: {model.name for model in store.slow.models(project)} | set(config.models),
        describer=describer,
        hurry=hurry,
    )
    inference_log = InferenceLog(door, config.inference_log, now_us=clock.now_us, options_for=options_for)
    metrics_door = MetricsDoor(
        store.metrics, config.metrics, Catalogue(stacks(config.metrics.stacks)), now_us=clock.now_us
    )
    lanes = (
        slow,
        fast,
        Lane("metrics", _MetricsStep(metrics_door, store, config), config.metrics.flush_seconds),
        Lane("inference log", inference_log.step, config.inference_log.every_seconds),
        Lane("outbox", lambda now_us: pipeline.deliver(now_us) > 0, pace.fast_seconds),
    )
    beats = tuple(_beating(receiver, lanes) for receiver in config.receivers.values() if _beats(receiver))
    asking = tuple(_asking(source, metrics_door, door, store) for source in config.sources.values())
    itself = _watching(store, door, (*lanes, *asking, *beats), config)
    every, questions = (*lanes, *asking, *beats, itself), (Questions(store, cells), MetricQuestions(store))
    said = (Sayings(door.say, clock.now_us), PostQuestions(store))
    return App(config, store, door, metrics_door, inference_log, pipeline, every, *questions, *said, learning=learning)


class _SlowStep:
    """A step of the slow lane; people who have answered an alert see the fast lane act on it at once."""

    def __init__(self, store: Store, pipeline: Pipeline, fast: Lane, share: float) -> None:
        self._store, self._pipeline, self._fast = store, pipeline, fast
        self._absorbing = Pace(share)
        self._left = False  # some of what waited when it was last absorbed

    def __call__(self, now_us: int) -> bool:
        pipeline, answered = self._pipeline, self._pipeline.answered
        # A few rows of each of many models cost as much as many rows: they wait for company while others work.
        absorb, newest = self._left or self._absorbing.is_due(now_us), self._store.log.last_seq()
        busy = pipeline.slow_lane(now_us, absorb=absorb)
        if absorb:
            self._absorbing.rest(now_us, clock.now_us())
            self._left = self._store.slow.watermark() < newest
        if pipeline.answered != answered:
            self._fast.hurry()
        return busy or self._left

    def hurry(self) -> None:
        """Absorb with the next step: somebody waits for it."""
        self._absorbing.hurry()


def _watching(store: Store, door: Door, lanes: Sequence[Lane], config: Config) -> Lane:
    """The lane that makes Seamark a service among those it watches."""
    watch = SelfWatch(
        store.metrics, lambda: [*door.measurements(), *lane_measurements(lanes)], config.ingest.queue_rows
    )

    def step(now_us: int) -> bool:
        watch.note(now_us)
        return False

    return Lane("self", step, _MINUTE_SECONDS)


def _beats(receiver: Receiver) -> bool:
    return notifiers()[receiver.type].beats


def _beating(receiver: Receiver, lanes: Sequence[Lane]) -> Lane:
    """A lane of its own for each heartbeat; it falls silent with any of those it speaks for."""

    def step(now_us: int) -> bool:
        behind = [lane.name for lane in lanes if now_us - (lane.state().last_step_us or now_us) > _SILENT_US]
        if behind:
            raise Unavailable(f"No heartbeat is sent, because a lane has not moved for long: {', '.join(behind)}.")
        notifiers()[receiver.type].deliver(receiver.options, trial(receiver.name, "", now_us))
        return False

    return Lane(f"heartbeat {receiver.name}", step, receiver.options.every_seconds)


def send_test(config: Config, name: str, now_us: int) -> str | None:
    """Send a test message to a configured receiver; why it could not be delivered, or None."""
    receiver = config.receivers[name]
    return send(receiver, notifiers()[receiver.type], trial(name, base_url(config), now_us))


class _MetricsStep:
    """Writes what has come in, keeps what is old in less detail, and notes what rests on what."""

    def __init__(self, door: MetricsDoor, store: Store, config: Config) -> None:
        self._door, self._store, self._config = door, store, config
        self._seen: set[tuple[str, str, str]] = set()
        self._looked_us = self._noted_us = 0

    def __call__(self, now_us: int) -> bool:
        self._door.flush()
        if not 0 <= now_us - self._looked_us < clock.MINUTE_US:
            self._looked_us = now_us
            self._note(now_us)
        return self._door.age(now_us)

    def _note(self, now_us: int) -> None:
        """What is new at once, and what still holds every ten minutes."""
        pairs = self._door.linked() | self._told()
        if not 0 <= now_us - self._noted_us < 10 * clock.MINUTE_US:
            self._seen, self._noted_us = set(), now_us
        if new := pairs - self._seen:
            self._store.metrics.see(sorted(new), now_us)
            self._seen |= new

    def _told(self) -> set[tuple[str, str, str]]:
        """What [services.NAME] says of the components there are."""
        if not any(options.model for options in self._config.services.values()):
            return set()
        components = {series.component for series in self._store.metrics.series()}
        models = {component: self._config.service(component.name).model for component in components}
        return {
            (component.project, component.label, label_of_node(NodeKind.MODEL, model))
            for component, model in models.items()
            if model
        }


def _asking(source: ConfiguredSource, door: MetricsDoor, rows: Door, store: Store) -> Lane:
    """A lane of its own for each source: one that hangs keeps nobody waiting."""

    def step(now_us: int) -> bool:
        pull(source, door.receive, door.flush, store.metrics.state, door.catalogue, now_us, rows.batches_blocking)
        return False

    return Lane(f"source {source.name}", step, source.options.every_seconds)


def open_store(config: Config) -> Store:
    """The configured store, for one process at a time; raises Conflict while another has it."""
    return local.LocalStore(Path(config.store.path), reserve_bytes=config.store.reserve_bytes)


def open_accounts(config: Config) -> AbstractContextManager[Accounts]:
    """The tokens of the configured store, also beside a running server."""
    return local.open_accounts(Path(config.store.path))


def base_url(config: Config) -> str:
    """Where links in notifications lead."""
    if config.server.base_url:
        return config.server.base_url
    host = f"[{config.server.host}]" if ":" in config.server.host else config.server.host
    return f"http://{host}:{config.server.port}"


def _options_for(config: Config, _project: str, model: str) -> ModelOptions:
    return config.models.get(model, _DEFAULT_MODEL)


def _told(config: Config) -> dict[str, Receiver]:
    """The receivers of news; a heartbeat is none."""
    found = {name: each for name, each in config.receivers.items() if not _beats(each)}
    return found or _console()


def _console() -> dict[str, Receiver]:
    """Without a receiver, news go to the terminal: silence would look like health."""
    return {"console": Receiver("console", "console", notifiers()["console"].options())}
