"""The HTTP application: routes, errors, guard; everything it serves is handed in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final, cast

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.types import ControllerRouterHandler

from seamark.server.asgi import App
from seamark.server.auth import Gate
from seamark.server.body import BodyReader
from seamark.server.context import Context
from seamark.server.guard import Guard
from seamark.server.hot import HotRoutes
from seamark.server.openapi import configuration
from seamark.server.problems import HANDLERS
from seamark.server.routes import (
    answers,
    backtest,
    changes,
    components,
    distribution,
    events,
    groups,
    health,
    impact,
    incidents,
    kserve,
    metrics,
    models,
    otlp_metrics,
    outcomes,
    overview,
    predictions,
    quality,
    remote_write,
    rows,
    series,
    silences,
    slices,
    static,
    versions,
)
from seamark.server.services import Services

TAKING: Final[list[ControllerRouterHandler]] = [
    predictions.send_predictions,
    outcomes.send_outcomes,
    changes.send_change,
    otlp_metrics.send_metrics,
    remote_write.send_samples,
    kserve.send_inference,
    silences.acknowledge,
    silences.add_silence,
    silences.list_silences,  # at the address of the one before it, so in the same list
    silences.end_silence,
    answers.answer_alert,
    answers.answer_incident,
    models.send_baseline,
    models.send_attributions,
    backtest.begin_backtest,
    events.events,
    health.healthz,
    health.readyz,
]
TELLING: Final[list[ControllerRouterHandler]] = [
    backtest.show_backtest,
    models.list_models,
    overview.overview,
    incidents.list_incidents,
    incidents.show_incident,
    series.series,
    distribution.distribution,
    impact.impact,
    versions.versions,
    groups.groups,
    quality.quality,
    slices.slices,
    rows.rows,
    components.list_components,
    components.component_metrics,
    components.component_rules,
    metrics.metrics,
    static.page,
    static.asset,
]


_COMPRESSED: Final = DefineMiddleware(
    CompressionMiddleware, config=CompressionConfig(backend="gzip", gzip_compress_level=5)
)


def create_server(services: Services) -> App:
    """The ASGI application. Its lifespan starts and stops the services."""
    return guarded(create_context(services))


def create_context(services: Services) -> Context:
    """What the routes share."""
    return Context(services, BodyReader(services.bounds))


def guarded(context: Context) -> App:
    """The application of a context, behind its guard."""

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        await asyncio.to_thread(context.services.start)
        try:
            yield
        finally:
            context.stopping = True
            await asyncio.to_thread(context.services.stop)

    inner = Litestar(
        [*TAKING, Router("/", route_handlers=TELLING, middleware=[_COMPRESSED])],
        state=State({"context": context}),
        lifespan=[running],
        exception_handlers=HANDLERS,
        openapi_config=configuration(version("seamark")),
        request_max_body_size=None,  # the body reader bounds it
        logging_config=None,
    )
    return Guard(
        HotRoutes(cast("App", inner), context), Gate(context.services.tokens, context.services.host), context.observe
    )
