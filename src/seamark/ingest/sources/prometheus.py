"""Asks a server with Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics, Grafana Cloud.

The stacks are detected by the names that exist; their series are read raw, a point a minute, and become increases and
buckets here as they would if they had been pushed. On first contact, and after an outage, what was missed is asked for.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from seamark.clock import MINUTE_US, SECOND_US
from seamark.errors import InvalidInput
from seamark.ingest.fetching import fetch
from seamark.ingest.pulling import Pulled, SourceFailed, Told
from seamark.ingest.source import Source
from seamark.ingest.stack import Catalogue
from seamark.ingest.stack import Source as Wanted
from seamark.records.options import require
from seamark.records.secret import Secret

MOST_POINTS: Final = 11_000  # of one series in one answer; more is an error of the server's
_TOO_MUCH: Final = ("too many samples", "too many points", "exceeded maximum resolution")
_DELAY_US: Final = 15 * SECOND_US  # scrapes of the last seconds may not have been stored yet


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is what comes before `/api/v1`: Mimir's ends with `/prometheus`."""

    url: str
    project: str = "default"
    every_seconds: float = 60.0
    back_fill_seconds: int = 82_800  # of the past, on first contact and after an outage
    chunk_seconds: int = 21_600  # of the past in one question
    username: str = ""
    password: Secret | None = None
    token: Secret | None = None  # sent as a bearer token
    tenant: str = ""  # the header X-Scope-OrgID
    ca_file: str = ""  # whom to trust besides the system's authorities
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address of a web server, and for ways to ask that get no answer."""
        fine = self.url.startswith(("http://", "https://"))
        require(self, "url", fine, "a URL that starts with http:// or https://")
        fine = 60 <= self.chunk_seconds <= 60 * (MOST_POINTS - 1)
        require(self, "chunk_seconds", fine, f"between a minute and {MOST_POINTS - 1:,} minutes")
        for name in ("every_seconds", "timeout_seconds"):
            require(self, name, getattr(self, name) > 0, "above 0")


def pull(options: Options, catalogue: Catalogue, _name: str, state: bytes, now_us: int) -> Iterator[Pulled]:
    """What the server has learned since the minute in `state`, a chunk at a time."""
    end_us = (now_us - _DELAY_US) // MINUTE_US * MINUTE_US
    first_us = end_us - options.back_fill_seconds * SECOND_US
    start_us = max(int(state) + MINUTE_US, first_us) if state else first_us
    if start_us > end_us:
        return
    with _client(options) as client:
        names = set(_ask(client, options, "label/__name__/values", {}))
        queries = selectors(catalogue, names)
        while start_us <= end_us:
            last_us = min(start_us + (options.chunk_seconds - 60) * SECOND_US, end_us)
            found = [told for query in queries for told in _range(client, options, query, start_us, last_us)]
            yield Pulled(found, str(last_us).encode())
            start_us = last_us + MINUTE_US


def selectors(catalogue: Catalogue, names: set[str]) -> list[str]:
    """One question for each name that exists and is read by a stack that is there.

    A condition on labels is asked for only where all who read the name have it.
    """
    wanted: dict[str, list[Wanted]] = {}
    for stack in catalogue.stacks:
        for source in stack.sources if not stack.detect or stack.is_there(names) else ():
            for name in names.intersection(source.names):
                wanted.setdefault(name, []).append(source)
    return [_selector(name, readers) for name, readers in sorted(wanted.items())]


def _selector(name: str, readers: Sequence[Wanted]) -> str:
    def shared(key: str) -> list[tuple[str, str]]:
        each = [{(label, found.pattern) for label, found in getattr(one, key).items()} for one in readers]
        return sorted(set.intersection(*each))

    matchers = [f'__name__="{name}"']
    matchers += [f'{label}=~"{pattern}"' for label, pattern in shared("where")]
    matchers += [f'{label}!~"{pattern}"' for label, pattern in shared("unless")]
    return "{" + ",".join(matchers) + "}"


def _range(client: httpx.Client, options: Options, query: str, start_us: int, end_us: int) -> list[Told]:
    asked = {"query": query, "start": str(start_us // SECOND_US), "end": str(end_us // SECOND_US), "step": "60"}
    try:
        found = _ask(client, options, "query_range", asked)
        return [_told(each) for each in found["result"]]
    except (KeyError, TypeError, ValueError) as failure:
        raise SourceFailed(f"{options.url} answers in a form that is not Prometheus': {failure!r}.") from None
    except _TooMuch:
        middle_us = (start_us + end_us) // 2 // MINUTE_US * MINUTE_US
        if not start_us <= middle_us < end_us:
            raise
        first = _range(client, options, query, start_us, middle_us)
        return [*first, *_range(client, options, query, middle_us + MINUTE_US, end_us)]


def _told(each: Mapping[str, Any]) -> Told:
    labels = dict(each["metric"])
    name = labels.pop("__name__")
    return Told(name, labels, [(int(time * 1_000), float(value)) for time, value in each["values"]])


class _TooMuch(SourceFailed):
    """The server refuses for the size of the answer: half of it may do."""


def _ask(client: httpx.Client, options: Options, path: str, parameters: Mapping[str, str]) -> Any:
    url = f"{options.url.rstrip('/')}/api/v1/{path}"
    try:
        answer = json.loads(fetch(client, url, options.timeout_seconds, parameters))
    except ValueError:
        raise SourceFailed(f"{url} does not answer in JSON; the url must be what comes before /api/v1.") from None
    except SourceFailed as failure:
        if any(
            word in failure.message for word in ("too many samples", "exceeded maximum resolution", "too many points")
        ):
            raise _TooMuch(failure.message) from None
        raise
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise SourceFailed(f"{url} answers without success: {str(answer)[:200]}")
    return answer["data"]


def _client(options: Options) -> httpx.Client:
    headers = {"X-Scope-OrgID": options.tenant} if options.tenant else {}
    if options.token is not None:
        headers["Authorization"] = f"Bearer {options.token.reveal()}"
    password = options.password.reveal() if options.password is not None else ""
    auth = (options.username, password) if options.username else None
    try:
        trusted = ssl.create_default_context()
        if options.ca_file:
            trusted.load_verify_locations(options.ca_file)
    except (OSError, ssl.SSLError) as failure:
        raise InvalidInput(f"The file {options.ca_file!r} holds no certificates: {failure}.", field="ca_file") from None
    return httpx.Client(headers=headers, auth=auth, verify=trusted, follow_redirects=False, trust_env=False)


SOURCE: Final = Source("Prometheus and servers with its API", Options, pull)
