"""What a route may ask of its request: the services, and the project the caller's token opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import QueryParameter

from seamark import clock
from seamark.errors import InvalidInput, Unauthorised
from seamark.records.window import Window
from seamark.server.asgi import Sent
from seamark.server.body import BodyReader
from seamark.server.services import Answer, Services

HttpRequest = Request[Any, Any, Any]
Start = Annotated[str, QueryParameter(name="from", description="ISO 8601 with a zone.")]
End = Annotated[str, QueryParameter(name="to", description="ISO 8601 with a zone; not part of the range.")]
OptionalStart = Annotated[str | None, QueryParameter(name="from", description="ISO 8601 with a zone.")]
OptionalEnd = Annotated[str | None, QueryParameter(name="to", description="ISO 8601 with a zone; default: now.")]


@dataclass(slots=True)
class Context:
    """One per server; kept in the application's state."""

    services: Services
    bodies: BodyReader
    answers: dict[tuple[str, int], int] = field(default_factory=dict)  # (method, status) → how many
    stopping: bool = False
    streams: int = 0  # open event streams

    def observe(self, method: str, status: int) -> None:
        """Count an answer."""
        key = (method, status)
        self.answers[key] = self.answers.get(key, 0) + 1


def context_of(request: HttpRequest) -> Context:
    """The server's context."""
    context: Context = request.app.state.context
    return context


def project_of(request: Sent) -> str:
    """The project the guard let the caller into; raises Unauthorised for a request it has not seen."""
    project: str | None = request.scope.get("state", {}).get("project")
    if project is None:
        raise Unauthorised("This address is not open to everybody.")
    return project


def caller_of(request: Sent) -> str:
    """The name of the token the caller came with; "" where none is needed."""
    name: str = request.scope.get("state", {}).get("caller", "")
    return name


def as_json(answer: Answer, status_code: int = 200) -> Response[bytes]:
    """An answer as JSON; NaN and infinities are null."""
    return Response(msgspec.json.encode(answer), status_code=status_code, media_type="application/json")


def window_of(start: str | None, end: str | None, now_us: int) -> Window | None:
    """The time range of a question: `from` and `to`, or from then until now, or None for its default."""
    if start is None and end is None:
        return None
    if start is None:
        raise InvalidInput("'to' was given without 'from'; send both.", field="from", accepted="ISO 8601 with a zone")
    window = Window(_moment(start, "from"), now_us if end is None else _moment(end, "to"))
    if window.length_us <= 0:
        raise InvalidInput(f"'from' ({start}) is not before 'to' ({end or 'now'}).", field="from", value=start)
    return window


def required_window(start: str, end: str, now_us: int) -> Window:
    """The time range of a question that has no default."""
    window = window_of(start, end, now_us)
    assert window is not None  # noqa: S101  both ends are given
    return window


def _moment(text: str, field: str) -> int:
    """A time in a query string, where `+` may have become a space."""
    try:
        return clock.from_iso(text.replace(" ", "+"))
    except InvalidInput as error:
        raise InvalidInput(
            f"{field}: {error.message}", field=field, value=text, accepted="ISO 8601 with a zone"
        ) from None
