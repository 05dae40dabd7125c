"""The composition root: a configuration becomes a wired application."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from seamark import clock
from seamark.config import Config
from seamark.ingest.door import Door
from seamark.lanes import Lane
from seamark.notify.notifier import Receiver, notifiers
from seamark.pipeline.tick import Pipeline
from seamark.records.options import ModelOptions
from seamark.store.backends import local
from seamark.store.protocol import Accounts, Store

_DEFAULT_MODEL = ModelOptions()


@dataclass(frozen=True, slots=True)
class App:
    """Everything a server, a command or the demo needs, wired once."""

    config: Config
    store: Store
    door: Door
    pipeline: Pipeline
    lanes: tuple[Lane, ...]

    def start(self) -> None:
        """Let the lanes run, each in a thread of its own."""
        for lane in self.lanes:
            lane.start()

    def stop(self) -> bool:
        """Commit what is queued, finish the steps in hand, close the store; whether all of it was in time."""
        drained = self.door.drain()
        seconds = self.config.ingest.drain_seconds
        stopped = [lane.stop(seconds) for lane in self.lanes]
        self.store.close()
        return drained and all(stopped)


def build(config: Config, *, store: Store | None = None) -> App:
    """Wire an application; opens the configured store unless one is handed in."""
    store = store or open_store(config)
    options_for = functools.partial(_options_for, config)
    pipeline = Pipeline(
        store,
        options_for,
        receivers=config.receivers or _console(),
        base_url=base_url(config),
        options=config.pipeline,
    )
    door = Door(
        store.log,
        config.ingest,
        now_us=clock.now_us,
        options_for=options_for,
        known_models=lambda project: {model.name for model in store.slow.models(project)} | set(config.models),
    )
    pace = config.pipeline
    lanes = (
        Lane("slow", pipeline.slow_lane, pace.slow_seconds, recover=pipeline.forget),
        Lane("fast", pipeline.fast_lane, pace.fast_seconds),
        Lane("outbox", lambda now_us: pipeline.deliver(now_us) > 0, pace.fast_seconds),
    )
    return App(config, store, door, pipeline, lanes)


def open_store(config: Config) -> Store:
    """The configured store, for one process at a time; raises Conflict while another has it."""
    return local.BACKEND.open(Path(config.store.path))


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


def _console() -> dict[str, Receiver]:
    """Without a receiver, news go to the terminal: silence would look like health."""
    return {"console": Receiver("console", "console", notifiers()["console"].options())}
