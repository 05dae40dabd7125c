"""What a client may be told, checked once when it is made."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from seamark.errors import InvalidInput

_NAME_CHARS: Final = 256


class Options(NamedTuple):
    """The arguments of `Client`; see there."""

    url: str
    model: str
    version: str = ""
    token: str | None = None
    buffer_rows: int = 50_000
    buffer_bytes: int = 32 * 1024 * 1024
    batch_rows: int = 500
    flush_seconds: float = 1.0
    timeout_seconds: float = 10.0
    backoff_seconds: float = 0.5
    backoff_max_seconds: float = 30.0
    shutdown_seconds: float = 2.0
    compress: bool = False
    assume_zone: tzinfo | None = None
    enabled: bool = True

    @property
    def rows_at_once(self) -> int:
        """Rows in one request: a batch that could never fill would never be full."""
        return min(self.batch_rows, self.buffer_rows)

    def __repr__(self) -> str:
        return f"<Options of {self.model!r} at {self.url}>"  # never the token


def checked(options: Options) -> Options:
    """The options; raises InvalidInput: a client that can never work should say so at once."""
    _check_url(options.url)
    _check_name("model", options.model, 1)
    _check_name("version", options.version, 0)
    if options.token is not None and not _is_token(options.token):
        raise InvalidInput("The token is not one word of ASCII; pass what `seamark token create` printed.")
    for name in ("buffer_rows", "buffer_bytes", "batch_rows"):
        _check_number(name, getattr(options, name), 1, whole=True)
    for name in ("flush_seconds", "timeout_seconds", "backoff_seconds", "backoff_max_seconds"):
        _check_number(name, getattr(options, name), 0.001)
    _check_number("shutdown_seconds", options.shutdown_seconds, 0)
    return options


def _check_url(url: object) -> None:
    accepted = "write http://HOST:PORT or https://HOST[/PATH], like http://localhost:8420"
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInput(f"The URL {url!r} does not name a server; {accepted}.", field="url", accepted=accepted)


def _check_name(name: str, value: object, least: int) -> None:
    accepted = f"{least} to {_NAME_CHARS} printable characters are accepted"
    if not isinstance(value, str) or not least <= len(value) <= _NAME_CHARS or not value.isprintable():
        raise InvalidInput(f"{name} is {value!r:.100}; {accepted}.", field=name, value=value, accepted=accepted)


def _is_token(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != "" and " " not in value


def _check_number(name: str, value: object, least: float, *, whole: bool = False) -> None:
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value < float("inf"):
        accepted = f"{'a whole number' if whole else 'a finite number'} from {least} is accepted"
        raise InvalidInput(f"{name} is {value!r:.100}; {accepted}.", field=name, value=value, accepted=accepted)
