"""Middleware for WSGI applications: Flask, Django, Bottle.

app.wsgi_app = wsgi.Middleware(app.wsgi_app, url="http://localhost:8420", service="fraud-api")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from seamark import clock
from seamark.client.integrations.machine import Machine
from seamark.client.serving import Requests

StartResponse = Callable[..., Any]
App = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Middleware:
    """Counts the requests of `app`; its arguments are those of `Requests`."""

    def __init__(
        self, app: App, *, url: str, service: str, token: str | None = None, report_seconds: float = 15.0
    ) -> None:
        self._app = app
        self.requests = Requests(url, service, token, report_seconds, Machine().resources)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Pass everything on, and look at the status that comes back; none at all is a 500."""
        begun = clock.monotonic_seconds()
        status = 500

        def starting(line: str, *rest: Any) -> Any:
            nonlocal status
            status = int(line.partition(" ")[0])
            return start_response(line, *rest)

        try:
            parts = self._app(environ, starting)
        except BaseException:
            self.requests.seen("", 500, clock.monotonic_seconds() - begun)
            raise
        return _Answer(parts, lambda: self.requests.seen("", status, clock.monotonic_seconds() - begun))


class _Answer:
    """The parts of an answer, which is over when the server closes it."""

    def __init__(self, parts: Iterable[bytes], over: Callable[[], None]) -> None:
        self._parts = parts
        self._over = over

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        """As the server must call it."""
        try:
            getattr(self._parts, "close", lambda: None)()
        finally:
            self._over()
