"""Asks an endpoint as its users do: is it there, how fast, and does it say what it should?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx

from seamark import clock
from seamark.ingest.fetching import fetch
from seamark.ingest.pulling import Pulled, SourceFailed, Told
from seamark.ingest.source import Source, require_reachable
from seamark.ingest.stack import Catalogue


@dataclass(frozen=True, slots=True)
class Options:
    """A success is an answer 2xx within the time, with `body` somewhere in it."""

    url: str
    project: str = "default"
    every_seconds: float = 15.0
    body: str = ""
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address of a web server."""
        require_reachable(self)


def pull(options: Options, _catalogue: Catalogue, name: str, _state: bytes, now_us: int) -> Iterator[Pulled]:
    """One look; a failure is what it is there to tell, so nothing is raised."""
    begun = clock.monotonic_seconds()
    try:
        with httpx.Client(follow_redirects=False, trust_env=False) as client:
            healthy = options.body.encode() in fetch(client, options.url, options.timeout_seconds)
    except SourceFailed:
        healthy = False
    took = clock.monotonic_seconds() - begun
    labels, now_ms = {"probe": name}, now_us // 1_000
    told = [Told("probe_success", labels, [(now_ms, float(healthy))])]
    yield Pulled([*told, Told("probe_duration_seconds", labels, [(now_ms, took)])], b"")


SOURCE: Final = Source("the availability of an endpoint", Options, pull)
