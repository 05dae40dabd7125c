"""Middleware for ASGI applications: FastAPI, Starlette, Litestar, Django, Quart.

app.add_middleware(asgi.Middleware, url="http://localhost:8420", service="fraud-api")
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from seamark import clock
from seamark.client.integrations.machine import Machine
from seamark.client.serving import Requests

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Middleware:
    """Counts the HTTP requests of `app`; its arguments are those of `Requests`."""

    def __init__(
        self, app: App, *, url: str, service: str, token: str | None = None, report_seconds: float = 15.0
    ) -> None:
        self._app = app
        self.requests = Requests(url, service, token, report_seconds, Machine().resources)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on, and look at the status that comes back; none at all is a 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = clock.monotonic_seconds()
        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "")
            self.requests.seen(route, status, clock.monotonic_seconds() - begun)
