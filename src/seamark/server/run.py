"""Serves until told to stop, then finishes what it has begun."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import uvicorn

from seamark.errors import Unavailable
from seamark.server.application import create_context, guarded
from seamark.server.context import Context
from seamark.server.services import Services
from seamark.server.stall import PunctualProtocol

_log = logging.getLogger(__name__)
_BACKLOG: Final = 1024
_KEEP_ALIVE_SECONDS: Final = 75


def run(
    services: Services, port: int, *, listening: Callable[[str], None] | None = None, stop_seconds: int = 30
) -> None:
    """Serve on `services.host` and `port` (0 = any free one) until SIGTERM or SIGINT; returns after a clean stop.

    `listening` hears the address once requests are answered. On a signal: no new connections, the requests under way
    are finished (for at most `stop_seconds`), then the services stop. Raises Unavailable when the port is taken.
    """
    bound = listen(services.host, port)
    context = create_context(services)
    config = uvicorn.Config(
        guarded(context),
        http=PunctualProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here asks who is behind a proxy
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=stop_seconds,
    )
    address = f"http://{_shown(services.host)}:{bound.getsockname()[1]}"
    _Server(config, context, lambda: listening and listening(address)).run(sockets=[bound])


def listen(host: str, port: int) -> socket.socket:
    """The bound socket; raises Unavailable when that address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), port))
    except OSError as error:
        bound.close()
        raise Unavailable(
            f"Seamark cannot listen on {host}:{port}: {error.strerror}."
            " Choose another port: --port, or server.port in seamark.toml."
        ) from error
    return bound


class _Server(uvicorn.Server):
    """uvicorn that tells its context when it stops, and returns instead of dying by the signal it was stopped with."""

    def __init__(self, config: uvicorn.Config, context: Context, listening: Callable[[], Any]) -> None:
        super().__init__(config)
        self._context = context
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Announce the address as soon as it is served."""
        await super().startup(sockets)
        if self.started:
            _calm_collector()
            self._listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Become unready at once, so that event streams end and load balancers look elsewhere."""
        _log.info("Stopping on %s.", signal.Signals(sig).name)
        self._context.stopping = True
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As in uvicorn, but the signal is not raised again afterwards: a finished stop is a success."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def _calm_collector() -> None:
    """Keep the garbage collector from looking again and again at what lives as long as the process.

    A batch of JSON makes thousands of short-lived dictionaries without a cycle among them, which at the default
    thresholds costs a twentieth of ingest's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
