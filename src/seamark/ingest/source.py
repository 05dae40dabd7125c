"""What a source is: one file in `sources/` with one `SOURCE`, asked again and again for metrics or predictions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seamark.errors import Unavailable
from seamark.ingest.stack import Catalogue
from seamark.plugins import discover
from seamark.records.options import require
from seamark.wire.readings import Book, Readings, Sent

if TYPE_CHECKING:  # a configuration is checked where pyarrow is not installed
    from seamark.wire.batch import Batch


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
    """A part of what a source had to tell: series, or batches of predictions and outcomes.

    Once it is stored, `state` says how far the source has got.
    """

    series: Sequence[Told]
    state: bytes
    batches: Sequence[Batch] = ()


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


def require_reachable(options: Any) -> None:
    """Raises InvalidInput for a `url` that is no address of a web server, and for durations that are none."""
    fine = options.url.startswith(("http://", "https://"))
    require(options, "url", fine, "a URL that starts with http:// or https://")
    for name in ("every_seconds", "timeout_seconds"):
        require(options, name, getattr(options, name) > 0, "above 0")


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


def pull(
    configured: ConfiguredSource,
    receive: Callable[[str, bytes, Callable[[bytes, Book], Readings]], object],
    flush: Callable[[dict[str, bytes]], object],
    state: Callable[[str], bytes | None],
    catalogue: Catalogue,
    now_us: int,
    log: Callable[[Sequence[tuple[str, Batch]]], object],
) -> None:
    """Ask a source once and store what it tells, part by part, each with how far the source has got.

    Batches are logged before that: after a crash in between they come again, and their rows count once.
    """
    key = f"source {configured.name}"
    source = sources()[configured.type]
    for part in source.pull(configured.options, catalogue, configured.name, state(key) or b"", now_us):
        project = configured.options.project
        if part.series:
            receive(project, b"", reader(part.series))
        if part.batches:
            log([(project, batch) for batch in part.batches])
        flush({key: part.state})
