"""The outermost layer: who may pass, from which site, and the headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from seamark.errors import SeamarkError, Unauthorised
from seamark.server.asgi import App, Message, Receive, Scope, Send
from seamark.server.auth import Gate, is_loopback
from seamark.server.linger import Exchange, has_body
from seamark.server.problems import PROBLEM_TYPE, Problem, encode, headers_of, problem, problem_of

OPEN: Final = ("", "index.html", "favicon.svg", "favicon.ico", "licenses.md", "assets", "healthz", "readyz", "schema")
"""First segments of the paths that are open to everybody: the screen's files, health and the API's description."""

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

Observe = Callable[[str, int], None]
"""(method, status) of every answer."""


class Guard:
    """An ASGI application around another; `observe` hears of every answer."""

    def __init__(self, inner: App, gate: Gate, observe: Observe) -> None:
        self._inner = inner
        self._gate = gate
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request here when it may not pass, else hand it on with its project in the state."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        scope["path"] = path_as_sent(scope)
        exchange = Exchange(receive, send, has_body=has_body(scope["headers"]))

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
                self._observe(scope["method"], message["status"])
            await exchange.send(message)

        refusal = self._check(scope)
        if refusal is None:
            await self._inner(scope, exchange.receive, send_guarded)
        else:
            await _refuse(refusal, send_guarded)

    def _check(self, scope: Scope) -> SeamarkError | Problem | None:
        """Why the request may not pass; None when it may."""
        if "\0" in unquote(scope["path"]):
            return problem(400, "The address holds a NUL (%00), which no name does.")
        if scope["path"].split("/")[1] in OPEN:
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        foreign = self._foreign(scope["method"], headers)
        if foreign is not None:
            return foreign
        try:
            caller = self._gate.caller(headers.get("authorization", ""))
        except Unauthorised as error:
            return error
        scope.setdefault("state", {}).update(project=caller.project, caller=caller.name)
        return None

    def _foreign(self, method: str, headers: dict[str, str]) -> Problem | None:
        """A browser acting for another site: its Origin is another, or this server has a name it cannot have.

        Without tokens only this machine may ask. A page elsewhere can give its own name our address (DNS rebinding),
        so the name the request was sent to counts, not the address it came from.
        """
        host = headers.get("host", "")
        if self._gate.open_to_all() and host and not is_loopback(_name(host)):
            return problem(
                403,
                f"Host {host[:100]!r} is not this machine. Without a token only localhost may be asked;"
                " 'seamark token create' makes one.",
            )
        origin = headers.get("origin")
        if method not in _SAFE and origin is not None and urlsplit(origin).netloc != host:
            return problem(403, f"Requests from another site ({origin[:100]}) are not accepted.")
        return None


def path_as_sent(scope: Scope) -> str:
    """The path as guard and routes both see it, so that no spelling is one thing here and another there.

    Its segments stay percent-encoded: a name with a slash is one segment, which its route decodes. Empty ones are
    left out, as the routes would.
    """
    sent: bytes | None = scope.get("raw_path")
    path = quote(scope["path"]) if sent is None else sent.decode("ascii", "replace")
    return "/" + "/".join(filter(None, path.split("/")))


def _name(host: str) -> str:
    """A Host header without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


async def _refuse(reason: SeamarkError | Problem, send: Send) -> None:
    found = reason if isinstance(reason, Problem) else problem_of(reason)
    extra = {} if isinstance(reason, Problem) else headers_of(reason)
    body = encode(found)
    headers = {"content-type": PROBLEM_TYPE, "content-length": str(len(body)), "connection": "close", **extra}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": found.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body, "more_body": False})
