"""A server around a memory store, with answers made up for the questions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from seamark import clock
from seamark.errors import NotFound
from seamark.ingest.door import Door
from seamark.ingest.inference_log import InferenceLog
from seamark.ingest.metrics_door import MetricsDoor
from seamark.ingest.options import InferenceLogOptions, IngestOptions, MetricsOptions
from seamark.ingest.sayings import Sayings
from seamark.ingest.stack import Catalogue, bundled
from seamark.records.answer import Answer
from seamark.records.measurement import Measurement, MeasurementKind
from seamark.records.options import ModelOptions
from seamark.records.token import StoredToken
from seamark.server.application import create_server
from seamark.store.backends.memory import MemoryStore


class Questions:
    """Answers with what it was asked."""

    def models(self, project, **asked):
        return {"asked": [project, asked["now_us"] > 0]}

    def overview(self, project, model, **asked):
        if model == "unknown":
            raise NotFound("There is no model 'unknown'; known are: fraud.")
        return {"asked": [project, model, _plain(asked["window"]), asked["version"], asked["segment"]]}

    def incidents(self, project, **asked):
        return {"asked": [project, asked["model"], asked["state"], _plain(asked["window"])]}

    def incident(self, project, id, **asked):
        return {"asked": [project, id]}

    def series(self, project, model, monitor, **asked):
        return {"asked": [project, model, monitor, _plain(asked["window"]), asked["version"], asked["segment"]]}

    def distribution(self, project, model, signal, **asked):
        return {"asked": [project, model, signal, _plain(asked["window"]), asked["version"], asked["segment"]]}

    def reference(self, project, model):
        features = {"amount": "numeric", "country": "categorical"}
        return {"replaced": f"It replaces that of {model}.", "features": features, "of": "the old one"}

    def quality(self, project, model, **asked):
        return {"asked": [project, model, _plain(asked["window"]), asked["version"], asked["segment"]]}

    def slices(self, project, model, **asked):
        return {"asked": [project, model, _plain(asked["window"]), asked["target"], asked["top"]]}

    def answerable(self, project, subject, id, kind):
        if subject == "alert":
            return [_given(project, id, kind)]
        if id == "inc_none":
            raise NotFound("There is no incident 'inc_none' in project 'default'.")
        return [_given(project, "alt_1", kind), _given(project, "alt_2", kind)]

    def attributable(self, project, model, table):
        return [f"{', '.join(table.column_names)} for {model}."]

    def impact(self, project, model, **asked):
        return {"asked": [project, model, _plain(asked["window"]), asked["version"], asked["target"], asked["top"]]}

    def versions(self, project, model, **asked):
        return {"asked": [project, model, _plain(asked["window"])]}

    def groups(self, project, model, dimension, **asked):
        return {"asked": [project, model, dimension, _plain(asked["window"]), asked["selected"]]}

    def rows(self, project, model, **asked):
        return {
            "asked": [project, model, _plain(asked["window"]), asked["limit"]],
            "columns": {"score": [float("nan")]},
        }


def _given(project, alert, kind):
    return Answer("", project, "fraud", alert, "v1:0", kind, "", "", "feature.x:psi", "feature.x", from_us=7, at_us=0)


def _plain(window):
    return None if window is None else [window.start_us, window.end_us]


@dataclass
class FakeServices:
    """`seamark.server.services.Services` for tests; tests change its fields."""

    store: MemoryStore = field(default_factory=MemoryStore)
    options: IngestOptions = field(default_factory=IngestOptions)
    host: str = "127.0.0.1"
    model_options: dict[str, ModelOptions] = field(default_factory=dict)
    number: int = 1
    broken: str | None = None
    questions: Any = field(default_factory=Questions)
    events: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.door = Door(
            self.store.log,
            self.options,
            now_us=self.now_us,
            options_for=lambda project, model: self.model_options.get(model, ModelOptions()),
            known_models=lambda project: {"fraud", "churn"},
        )
        self.sayings = Sayings(self.door.say, self.now_us)
        self.inference_log = InferenceLog(
            self.door,
            InferenceLogOptions(),
            now_us=self.now_us,
            options_for=lambda project, model: self.model_options.get(model, ModelOptions()),
        )
        self.metrics_door = MetricsDoor(self.store.metrics, MetricsOptions(), Catalogue(bundled()), now_us=self.now_us)

    @property
    def bounds(self):
        return self.options

    def now_us(self) -> int:
        return clock.now_us()

    def tokens(self) -> Sequence[StoredToken]:
        return self.store.accounts.tokens()

    def measurements(self) -> Iterable[Measurement]:
        drift = Measurement(
            "seamark_drift_distance", "Drift.", MeasurementKind.GAUGE, ("model", "signal"), ((("m", "x"), 0.25),)
        )
        return [*self.door.measurements(), drift]

    def revision(self) -> int:
        return self.number

    def trouble(self) -> str | None:
        return self.broken

    def backtest(self, project, body):
        return {"asked": [project, body.decode()]}

    def backtest_state(self, project, id):
        if id == "bt_9":
            raise NotFound("There is no backtest 'bt_9'.")
        return {"asked": [project, id]}

    def start(self) -> None:
        self.events.append("start")

    def stop(self) -> None:
        self.door.drain()
        self.events.append("stop")


@asynccontextmanager
async def client_of(services: FakeServices, *, address: str = "http://localhost:8420"):
    """A client of the application, without a network between."""
    transport = httpx.ASGITransport(create_server(services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=address) as client:
        try:
            yield client
        finally:
            services.door.drain()


def logged(services: FakeServices):
    """The entries of the log so far."""
    return [each.entry for each in services.store.log.read(0, 10**9)]


def ask(services: FakeServices, method: str, path: str, *, address: str = "http://localhost:8420", **request):
    """One request to a fresh application of these services."""

    async def exchange():
        async with client_of(services, address=address) as client:
            return await client.request(method, path, **request)

    return asyncio.run(exchange())
