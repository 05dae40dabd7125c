"""The ASGI interface, as loosely typed as its specification."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Sent(Protocol):
    """What is asked of a request that carries a body: Litestar's, or the hot routes' own; as loosely typed."""

    @property
    def scope(self) -> Any:
        """Of ASGI, with what the guard added."""
        ...

    @property
    def receive(self) -> Any:
        """The next part of the body."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""
        ...
