"""What a source is: one file in `sources/` with one `SOURCE`, asked again and again for samples of metrics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import numpy as np

from seamark import clock
from seamark.errors import Unavailable
from seamark.ingest.stack import Catalogue
from seamark.plugins import discover
from seamark.wire.readings import Book, Readings, Sent

_MOST_BYTES: Final = 256 << 20  # of one answer
_SHOWN_CHARS: Final = 300


class SourceFailed(Unavailable):
    """A source could not be asked, or its answer not be read; it is asked again later."""


@dataclass(frozen=True, slots=True)
class Told:
    """One series: its name, labels, and (time in ms, value) of each sample, in order."""

    name: str
    labels: Mapping[str, str]
    samples: Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Pulled:
    """A part of what a source had to tell. Once it is stored, `state` says how far the source has got."""

    series: Sequence[Told]
    state: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """One way to ask.

    `options` is a frozen dataclass whose fields are the keys of `[sources.NAME]` (besides `type`), among them
    `project` and `every_seconds`. `pull(options, catalogue, name, state, now_us)` yields what is new since `state`,
    which is empty on first contact, in parts that are worth storing by themselves; it raises SourceFailed.
    """

    title: str
    options: type[Any]
    pull: Callable[[Any, Catalogue, str, bytes, int], Iterator[Pulled]]


@dataclass(frozen=True, slots=True)
class ConfiguredSource:
    """`type` is the source's file name, `options` an instance of its options."""

    name: str
    type: str
    options: Any


def sources() -> dict[str, Source]:
    """Every source there is, by file name."""
    found = discover("seamark.ingest.sources", "SOURCE").items()
    return {name: each for name, each in found if isinstance(each, Source)}


def reader(series: Iterable[Told]) -> Callable[[bytes, Book], Readings]:
    """What a source told, for the metrics door."""

    def read(_: bytes, book: Book) -> Readings:
        numbers: list[int] = []
        times: list[int] = []
        values: list[float] = []
        for each in series:
            key = json.dumps([each.name, each.labels], sort_keys=True).encode()
            known = book.numbers.get(key)
            number = book.number(key, Sent(each.name, each.labels)) if known is None else known
            numbers += [number] * len(each.samples)
            times += [time_ms for time_ms, _ in each.samples]
            values += [value for _, value in each.samples]
        return Readings(np.array(numbers, np.int64), np.array(times, np.int64), np.array(values, np.float64))

    return read


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


def pull(
    configured: ConfiguredSource,
    receive: Callable[[str, bytes, Callable[[bytes, Book], Readings]], object],
    flush: Callable[[dict[str, bytes]], object],
    state: Callable[[str], bytes | None],
    catalogue: Catalogue,
    now_us: int,
) -> None:
    """Ask a source once and store what it tells, part by part, each with how far the source has got."""
    key = f"source {configured.name}"
    source = sources()[configured.type]
    for part in source.pull(configured.options, catalogue, configured.name, state(key) or b"", now_us):
        receive(configured.options.project, b"", reader(part.series))
        flush({key: part.state})
