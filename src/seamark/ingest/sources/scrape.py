"""Reads a target's own page of metrics, for those who have an exporter and no Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

from seamark.ingest.fetching import fetch
from seamark.ingest.pulling import Pulled, SourceFailed, Told
from seamark.ingest.source import Source, require_reachable
from seamark.ingest.stack import Catalogue


@dataclass(frozen=True, slots=True)
class Options:
    """`job` names the service; by default it is the name of the source."""

    url: str
    project: str = "default"
    every_seconds: float = 15.0
    job: str = ""
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no address of a web server."""
        require_reachable(self)


def pull(options: Options, _catalogue: Catalogue, name: str, _state: bytes, now_us: int) -> Iterator[Pulled]:
    """One scrape; a target that does not answer is told as `up` 0, as a Prometheus does."""
    own = {"job": options.job or name, "instance": urlsplit(options.url).netloc}
    now_ms = now_us // 1_000
    try:
        with httpx.Client(follow_redirects=False, trust_env=False) as client:
            text = fetch(client, options.url, options.timeout_seconds).decode()
        found = [
            Told(sample.name, {**sample.labels, **own}, [(now_ms, float(sample.value))])
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]
        yield Pulled([*found, Told("up", own, [(now_ms, 1.0)])], b"")
    except SourceFailed:
        yield Pulled([Told("up", own, [(now_ms, 0.0)])], b"")
        raise
    except ValueError as failure:
        yield Pulled([Told("up", own, [(now_ms, 0.0)])], b"")
        raise SourceFailed(f"{options.url} is no page of metrics: {failure}.") from None


SOURCE: Final = Source("a page of metrics", Options, pull)
