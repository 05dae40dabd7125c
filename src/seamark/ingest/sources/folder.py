"""Looks into a folder for new files of predictions: tables, rows, and logs of requests and responses.

A file is read once it has been left alone for a moment; a log of lines is read as it grows, up to its last whole line.
How far each file has been read is kept; a file that was replaced is read anew, and rows that come again count once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from seamark.clock import SECOND_US
from seamark.errors import SeamarkError
from seamark.ingest.pulling import Pulled, SourceFailed
from seamark.ingest.source import Source
from seamark.ingest.stack import Catalogue
from seamark.records.log import EntryKind
from seamark.records.options import require
from seamark.wire.batch import Batch
from seamark.wire.canonical import Request
from seamark.wire.files import OpenFile
from seamark.wire.inference_logs import FORMATS, is_of_lines, may_be_read, open_any, recognise
from seamark.wire.limits import LONGEST_TEXT, Limits
from seamark.wire.log_format import Told
from seamark.wire.roles import Roles, parse_score
from seamark.wire.sheets import Naming

_LOG = logging.getLogger(__name__)
_MOST_FILES: Final = 100_000
_KNOWN_BYTES: Final = 4_096  # at both ends of what was read, by which a file is known to be the same as before
_TAIL_BYTES: Final = 1 << 20
_GATHERED_ROWS: Final = 20_000  # before what is known of files is stored
_GATHERED_FILES: Final = 200
_LIMITS: Final = Limits(max_string_chars=LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class Options:
    """What `seamark ingest` would be told."""

    path: str
    model: str
    version: str = ""
    project: str = "default"
    every_seconds: float = 60.0
    settle_seconds: float = 10.0  # a file that changed since may not be whole
    format: str = "auto"
    time: str = ""
    id: str = ""
    prediction: str = ""
    score: tuple[str, ...] = ()
    outcome: str = ""
    segments: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    time_zone: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises InvalidInput for what no folder can be asked with."""
        require(self, "path", bool(self.path), "the path of a folder")
        require(self, "model", bool(self.model), "the name of the model that made the predictions")
        require(self, "every_seconds", self.every_seconds > 0, "above 0")
        require(self, "settle_seconds", self.settle_seconds >= 0, "0 or more")
        formats = ("auto", "rows", *FORMATS)
        require(self, "format", self.format in formats, f"one of {', '.join(formats)}")

    @property
    def roles(self) -> Roles:
        """Of the columns of tables and rows."""
        return Roles(
            time=self.time or None,
            id=self.id or None,
            prediction=self.prediction or None,
            scores=tuple(map(parse_score, self.score)),
            outcome=self.outcome or None,
            segments=self.segments,
            excluded=self.exclude,
            time_zone=self.time_zone or None,
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """What is known of a file: how it was when it was looked at, and how far it was read."""

    size: int
    modified_ns: int
    through: int = 0
    ends: str = ""


def pull(options: Options, _catalogue: Catalogue, _name: str, state: bytes, now_us: int) -> Iterator[Pulled]:
    """What is new in the folder since `state`, the oldest files first."""
    known = _decoded(state)
    here = _listed(Path(options.path))
    known = {place: known[place] for place in known if place in here}  # what is gone is forgotten
    batches: list[Batch] = []
    files = 0
    for place in sorted(here, key=lambda place: (here[place].modified_ns, place)):
        now = here[place]
        before = known.get(place, _Read(-1, -1))
        if (now.size, now.modified_ns) == (before.size, before.modified_ns):
            continue
        read = _Reading(options, Path(options.path) / place, before, now, now_us)
        for batch in read.batches():
            batches.append(batch)
            if sum(each.table.num_rows for each in batches) >= _GATHERED_ROWS:
                yield Pulled((), _encoded(known), batches)
                batches = []
        known[place] = read.done
        files += 1
        if files % _GATHERED_FILES == 0:
            yield Pulled((), _encoded(known), batches)
            batches = []
    if files:
        yield Pulled((), _encoded(known), batches)


class _Reading:
    """One look at one file that has changed; `done` is what is known of it afterwards."""

    def __init__(self, options: Options, path: Path, before: _Read, now: _Read, now_us: int) -> None:
        self._options = options
        self._path = path
        self._before = before
        self._now = now
        self._now_us = now_us
        self.done = before

    def batches(self) -> Iterator[Batch]:
        """The rows that are new; what cannot be read is told in the log."""
        try:
            yield from self._batches()
        except (SeamarkError, OSError) as failure:
            reason = failure.message if isinstance(failure, SeamarkError) else str(failure)
            _LOG.warning("%s cannot be read and is left until it changes: %s", self._path, reason)
            self.done = replace(self._now, through=self.done.through, ends=self.done.ends)

    def _batches(self) -> Iterator[Batch]:
        options = self._options
        settled = self._now.modified_ns <= (self._now_us - options.settle_seconds * SECOND_US) * 1_000
        form = (recognise(self._path) or "rows") if options.format == "auto" else options.format
        grows = form in FORMATS and is_of_lines(self._path)
        if not settled and not grows:
            return
        told = self._told(grows=grows, settled=settled)
        if grows and told.start == told.end:
            self.done = replace(self._now, through=told.start, ends=self._before.ends) if settled else self._before
            return
        request = Request(EntryKind.PREDICTIONS, options.model, self._now_us, options.version)
        yield from self._told_of(open_any(form, told, options.roles, request, _LIMITS))
        through = self._now.size if told.end is None else told.end
        # A part of a growing file leaves it to be looked at again, whatever its size and time are then.
        seen = self._now if settled else _Read(-1, -1)
        self.done = replace(seen, through=through, ends=_ends(self._path, through))

    def _told(self, *, grows: bool, settled: bool) -> Told:
        options, before, now = self._options, self._before, self._now
        naming = Naming(options.inputs, options.outputs)
        told = Told(self._path, options.model, options.version, options.time_zone or None, naming)
        if not grows:
            return told
        same = 0 < before.through <= now.size and before.ends == _ends(self._path, before.through)
        start = before.through if same else 0
        return replace(told, start=start, end=now.size if settled else _last_line(self._path, start, now.size))

    def _told_of(self, opened: OpenFile) -> Iterator[Batch]:
        """The batches of a file; what was refused is told by its first reason."""
        refused = 0
        first = ""
        for batch in opened.batches:
            for found in (batch.predictions, batch.outcomes):
                if found is not None:
                    refused += len(found.refused)
                    first = first or next(
                        (f"{batch.first_row + each.row}: {each.message}" for each in found.refused), ""
                    )
                    yield found
        if refused:
            _LOG.warning("%s: %d records are left out; the first is record %s", self._path, refused, first)


def _listed(folder: Path) -> dict[str, _Read]:
    """Size and time of every file that may hold predictions, by its path from the folder on."""
    if not folder.is_dir():
        raise SourceFailed(f"There is no folder {str(folder)!r} to look into.")
    found: dict[str, _Read] = {}
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        try:
            if not may_be_read(inside) or not path.is_file():
                continue
            about = path.stat()
        except OSError:  # it has just gone
            continue
        found[inside.as_posix()] = _Read(about.st_size, about.st_mtime_ns)
        if len(found) > _MOST_FILES:
            raise SourceFailed(f"{folder} has more than {_MOST_FILES:,} files; move what has been read elsewhere.")
    return found


def _ends(path: Path, through: int) -> str:
    """What tells a file from another one of its name: both ends of what was read of it."""
    with path.open("rb") as file:
        ends = file.read(min(through, _KNOWN_BYTES))
        file.seek(max(0, through - _KNOWN_BYTES))
        return hashlib.sha256(ends + file.read(min(through, _KNOWN_BYTES))).hexdigest()[:16]


def _last_line(path: Path, start: int, size: int) -> int:
    """Where the last whole line of a growing file ends; `start` where there is none."""
    with path.open("rb") as file:
        end = size
        while end > start:
            begin = max(start, end - _TAIL_BYTES)
            file.seek(begin)
            place = file.read(end - begin).rfind(b"\n")
            if place >= 0:
                return begin + place + 1
            end = begin
    return start


def _decoded(state: bytes) -> dict[str, _Read]:
    if not state:
        return {}
    known: dict[str, list[Any]] = json.loads(zlib.decompress(state))
    return {place: _Read(*about) for place, about in known.items()}


def _encoded(known: dict[str, _Read]) -> bytes:
    about = {place: [read.size, read.modified_ns, read.through, read.ends] for place, read in known.items()}
    return zlib.compress(json.dumps(about).encode(), 1)


SOURCE: Final = Source("a folder of prediction files", Options, pull)
