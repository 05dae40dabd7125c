"""What a client may be told, checked once when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from urllib.parse import urlsplit

from seamark.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The arguments of `Client`; see there. Raises InvalidInput: a client that can never work should say so at once."""

    url: str
    model: str
    version: str = ""
    token: str | None = field(default=None, repr=False)
    buffer_rows: int = 20_000
    buffer_bytes: int = 64 * 1024 * 1024
    batch_rows: int = 500
    flush_seconds: float = 1.0
    timeout_seconds: float = 10.0
    backoff_seconds: float = 0.5
    backoff_max_seconds: float = 30.0
    shutdown_seconds: float = 2.0
    compress: bool = False
    assume_zone: tzinfo | None = None
    enabled: bool = True

    def __post_init__(self) -> None:
        _check_url(self.url)
        for name in ("model", "version"):
            _check_text(name, getattr(self, name))
        if not self.model:
            raise InvalidInput("The model's name is empty; name the model whose predictions are logged.", field="model")
        if self.token is not None and not (isinstance(self.token, str) and self.token.isascii() and self.token.strip()):
            raise InvalidInput("The token is not a line of ASCII text; pass what `seamark token create` printed.")
        for name in ("buffer_rows", "buffer_bytes", "batch_rows"):
            _check_number(name, getattr(self, name), int, 1)
        for name in ("flush_seconds", "timeout_seconds", "backoff_seconds", "backoff_max_seconds"):
            _check_number(name, getattr(self, name), (int, float), 0.001)
        _check_number("shutdown_seconds", self.shutdown_seconds, (int, float), 0)
        if self.batch_rows > self.buffer_rows:
            raise InvalidInput(
                f"batch_rows is {self.batch_rows}, more than the {self.buffer_rows} rows of the buffer (buffer_rows).",
                field="batch_rows",
                value=self.batch_rows,
            )


def _check_url(url: object) -> None:
    accepted = "write http://HOST:PORT or https://HOST[/PATH], like http://localhost:8420"
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInput(f"The URL {url!r} does not name a server; {accepted}.", field="url", accepted=accepted)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidInput(f"{name} is {value!r}, a {type(value).__name__}; text is accepted.", field=name, value=value)


def _check_number(name: str, value: object, kinds: type | tuple[type, ...], least: float) -> None:
    number = value if isinstance(value, kinds) and not isinstance(value, bool) else None
    if number is None or not number >= least:  # type: ignore[operator]
        raise InvalidInput(f"{name} is {value!r}; a number of at least {least} is accepted.", field=name, value=value)
