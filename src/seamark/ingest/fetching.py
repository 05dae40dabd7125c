"""One answer of a web server, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from seamark import clock
from seamark.ingest.pulling import SourceFailed

_MOST_BYTES: Final = 256 << 20  # of one answer
_SHOWN_CHARS: Final = 300


def fetch(client: httpx.Client, url: str, timeout_seconds: float, parameters: Mapping[str, str] | None = None) -> bytes:
    """The body of a successful answer, whole within the time; raises SourceFailed for everything else.

    A redirect is a failure: what is configured is what is asked.
    """
    deadline = clock.monotonic_seconds() + timeout_seconds
    parts: list[bytes] = []
    size = 0
    try:
        with client.stream("GET", url, params=dict(parameters or {}), timeout=timeout_seconds) as answer:
            for part in answer.iter_bytes():
                size += len(part)
                if size > _MOST_BYTES:
                    raise SourceFailed(f"{url} answers with more than {_MOST_BYTES:,} bytes.")
                if clock.monotonic_seconds() > deadline:
                    raise SourceFailed(f"{url} has not answered in full after {timeout_seconds:g} s.")
                parts.append(part)
    except httpx.TimeoutException:
        raise SourceFailed(f"{url} has not answered after {timeout_seconds:g} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        raise SourceFailed(f"{url} cannot be asked: {failure or failure!r}.") from None
    body = b"".join(parts)
    if not answer.is_success:
        where = f" (it points to {answer.headers['location']})" if "location" in answer.headers else ""
        said = body[:_SHOWN_CHARS].decode(errors="replace").strip()
        raise SourceFailed(f"{url} answers {answer.status_code}{where}: {said}")
    return body
