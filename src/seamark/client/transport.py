"""One kept-alive HTTP connection to the server. Used by one thread."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from seamark.client.times import seconds_of
from seamark.clock import SECOND_US, now_us

_ANSWER_BYTES: Final = 256 * 1024  # of a body are read; a longer one costs the connection

codecs.lookup("idna")
"""Host names need it. Left to be imported in the sender's thread, a fork in that moment leaves the child without it."""


class Answer(NamedTuple):
    """What the server said. `retry_after_seconds` and `body` are None where it said nothing of the kind."""

    status: int
    retry_after_seconds: float | None
    body: Mapping[str, Any] | None  # the JSON object


class Unreachable(Exception):
    """No answer: the server is down, the network broke, or what came was no HTTP."""


class Transport:
    """Posts bodies, one after the other, over a connection it keeps open between them."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout_seconds: float) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port)
        self._prefix = parts.path.rstrip("/")
        self._headers = dict(headers)
        self._timeout_seconds = timeout_seconds
        self._connection: HTTPConnection | None = None

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The server's answer; raises Unreachable.

        A server closes connections that were idle too long, and the client learns of it only by sending: such a
        failure on a connection that has worked before is tried again at once on a fresh one.
        """
        reused = self._connection is not None
        try:
            return self._post(path, body, headers)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            if not reused or isinstance(error, TimeoutError):
                raise Unreachable(_sentence(error)) from error
        try:
            return self._post(path, body, headers)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise Unreachable(_sentence(error)) from error

    def close(self) -> None:
        """Close the connection; the next post opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._connection
        if connection is None:
            kind = HTTPSConnection if self._secure else HTTPConnection
            connection = self._connection = kind(*self._address, timeout=self._timeout_seconds)
        connection.request("POST", self._prefix + path, body, self._headers | dict(headers))
        with connection.getresponse() as response:
            content = response.read(_ANSWER_BYTES)
            answer = Answer(response.status, _retry_after(response), _object(content))
            if response.read(1):
                self.close()
        return answer


def _sentence(error: Exception) -> str:
    return str(error) or type(error).__name__


def _retry_after(response: HTTPResponse) -> float | None:
    """Seconds, whether the header says so or names a date."""
    said = response.getheader("Retry-After", "").strip()
    if said.isdecimal():
        return float(said)
    try:
        date = parsedate_to_datetime(said).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, seconds_of(date) - now_us() / SECOND_US)


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        decoded = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None
