"""The two addresses that take traffic, answered before the framework, whose routing costs a tenth of a batch.

`routes/` declares them (their description in /schema, their other methods and parameters) and takes batches in the
same words: this is a shorter way to `take`, not another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from seamark.records.log import EntryKind
from seamark.server.asgi import App, Receive, Scope, Send
from seamark.server.context import Context
from seamark.server.problems import PROBLEM_TYPE, encode, explain
from seamark.server.routes.batches import Acknowledgement, take

_KINDS: Final = {"/v1/predictions": EntryKind.PREDICTIONS, "/v1/outcomes": EntryKind.OUTCOMES}
_PARAMETERS: Final = {
    EntryKind.PREDICTIONS: frozenset({"model", "version"}),
    EntryKind.OUTCOMES: frozenset({"model"}),
}


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request as `take` reads it."""

    scope: Scope
    receive: Receive
    headers: dict[str, str]


class HotRoutes:
    """An ASGI application in front of another, which gets every request that is not a plain batch."""

    def __init__(self, inner: App, context: Context) -> None:
        self._inner = inner
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a batch, or hand the request on."""
        kind = _KINDS.get(scope["path"]) if scope.get("method") == "POST" else None
        asked = None if kind is None else _parameters(scope["query_string"], kind)
        if kind is None or asked is None:
            await self._inner(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        said: dict[str, str] = {}
        try:
            sent = _Sent(scope, receive, headers)
            model, version = asked.get("model", ""), asked.get("version", "")
            answer = await take(self._context, sent, kind, model=model, version=version, partial=False)
        except Exception as error:  # noqa: BLE001  the last door, as for every other route
            problem, said = explain(error, "POST", scope["path"])
            answer = Acknowledgement(problem.status, PROBLEM_TYPE, encode(problem))
        await _send(answer, said, send)


def _parameters(query: bytes, kind: EntryKind) -> dict[str, str] | None:
    """The query's parameters; None when they are more than a plain batch has, or say one thing twice."""
    if not query:
        return {}
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    found = dict(pairs)
    return found if len(found) == len(pairs) and found.keys() <= _PARAMETERS[kind] else None


async def _send(answer: Acknowledgement, more: dict[str, str], send: Send) -> None:
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        *((name.lower().encode(), value.encode()) for name, value in more.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
