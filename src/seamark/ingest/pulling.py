"""What a source tells, and how it is asked once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seamark.errors import Unavailable
from seamark.ingest.source import ConfiguredSource, sources
from seamark.ingest.stack import Catalogue
from seamark.wire.batch import Batch
from seamark.wire.readings import Book, Readings, Sent


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
