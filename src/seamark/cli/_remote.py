"""A running server, as commands speak to it: over HTTP, with patience where it asks for some."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from seamark.errors import InvalidInput, Unauthorised, Unavailable

DEFAULT_URL = "http://127.0.0.1:8420"
URL_VARIABLE = "SEAMARK_URL"
TOKEN_VARIABLE = "SEAMARK_TOKEN"  # noqa: S105 a variable's name
TIMEOUT_SECONDS = 120.0
MAX_WAITS = 100
MAX_WAIT_SECONDS = 30.0

_BUSY = (429, 503, 507)


def add_remote_options(parser: argparse.ArgumentParser) -> None:
    """`--url` and `--token-file`; the environment may say both, and a secret never stands in a command line."""
    parser.add_argument(
        "--url", metavar="URL", default=None, help=f"the server (default: ${URL_VARIABLE}, else {DEFAULT_URL})"
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        default=None,
        help=f"a file with the token (default: ${TOKEN_VARIABLE})",
    )


class Remote:
    """One server. Its refusals become InvalidInput with its own sentence; its absence becomes Unavailable."""

    def __init__(self, url: str, token: str | None = None, wait: Callable[[float], object] | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = url.rstrip("/")
        try:
            self._client = httpx.Client(base_url=self._url, headers=headers, timeout=TIMEOUT_SECONDS)
        except httpx.InvalidURL as wrong:
            raise InvalidInput(f"{url!r} is not a URL: {wrong}.", field="url", value=url) from None
        self._wait = wait or threading.Event().wait

    @classmethod
    def named(cls, arguments: argparse.Namespace) -> Self:
        """The server that the options or the environment name."""
        url = arguments.url or os.environ.get(URL_VARIABLE) or DEFAULT_URL
        token = os.environ.get(TOKEN_VARIABLE)
        if arguments.token_file:
            try:
                token = arguments.token_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as failure:
                raise InvalidInput(f"The token file {str(arguments.token_file)!r} cannot be read: {failure}.") from None
        return cls(url, token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def post(
        self,
        path: str,
        body: bytes,
        media: str,
        query: Mapping[str, str | Sequence[str]] | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Send a body; waits and tries again while the server is busy. Returns the decoded answer."""
        headers = {"Content-Type": media}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        for _ in range(MAX_WAITS):
            answer = self._send("POST", path, body, headers, query)
            if answer.status_code not in _BUSY:
                return self._read(answer)
            self._wait(_seconds(answer.headers.get("retry-after")))
        raise Unavailable(f"The server at {self._url} stayed too busy to take more; try again later.")

    def get(self, path: str) -> dict[str, Any]:
        """Ask; the decoded answer."""
        return self._read(self._send("GET", path))

    def delete(self, path: str) -> dict[str, Any]:
        """Take away; the decoded answer."""
        return self._read(self._send("DELETE", path))

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | Sequence[str]] | None = None,
    ) -> httpx.Response:
        try:
            return self._client.request(method, path, content=body, headers=headers, params=query)
        except httpx.UnsupportedProtocol:
            raise InvalidInput(f"{self._url!r} is not a server's address; write http://HOST:PORT.") from None
        except httpx.HTTPError as failure:
            reason = str(failure) or type(failure).__name__
            raise Unavailable(
                f"No Seamark answers at {self._url} ({reason}); start one with `seamark serve`, or name it with --url."
            ) from failure

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            document = answer.json()
        except ValueError:
            document = None
        if answer.is_success and isinstance(document, dict):
            return document
        detail = document.get("detail") if isinstance(document, dict) else None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise Unauthorised(
                f"{detail or 'The server wants a token.'} Put it into ${TOKEN_VARIABLE} or --token-file."
            )
        if detail and answer.is_client_error:
            raise InvalidInput(str(detail), value=document)
        raise Unavailable(f"{self._url} answered {answer.status_code}{f': {detail}' if detail else ''}.")


def _seconds(retry_after: str | None) -> float:
    try:
        return min(max(float(retry_after or 1), 0.1), MAX_WAIT_SECONDS)
    except ValueError:
        return 1.0
