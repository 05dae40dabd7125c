"""Join files: beside a row file, what finds its rows by a key without reading it.

An uncompressed Arrow file that is mapped into memory. Each of its record batches is a *run*: some of the rows,
sorted by key. A search in it touches the few pages its hits are on, however large it is. It is made from the row file
alone, so one that is missing, torn or made otherwise is made anew, and none is listed in the manifest.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import pyarrow as pa

from seamark.errors import Unavailable
from seamark.store.local.parquet import JOIN_SUFFIX, UNFINISHED, sync
from seamark.store.protocol import KEY, JoinIndex, Keys
from seamark.store.tables import matches

RUN_ROWS: Final = 1 << 20  # sorted at once: bounds the memory of making a join file
OPEN_FILES: Final = 128  # mapped at a time; a process may have about a thousand files open
SMALL: Final = 1 << 20  # bytes of a file that is read instead: a year of a small model is hundreds of them,
HELD_BYTES: Final = 64 << 20  # of which so much is kept
_MADE_BY: Final = b"seamark.join"


@dataclass(frozen=True, slots=True)
class _Mapped:
    """The runs of one join file, which live in the page cache, or in memory where they are `held` bytes."""

    made_by: str
    held: int
    runs: tuple[pa.RecordBatch, ...]
    keys: tuple[Keys, ...]

    @property
    def rows(self) -> int:
        return sum(map(len, self.keys))


class JoinFiles:
    """The join files of one store, opened once and forgotten least lately used first. Any thread may search."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._open: OrderedDict[Path, _Mapped] = OrderedDict()

    def find(self, path: Path, rows: int, index: JoinIndex, keys: Keys | None) -> Iterator[pa.Table] | None:
        """What `index` keeps of the rows of the row file `path` with one of the keys; None when it has no join file."""
        mapped = self._mapped(path)
        if mapped is None or mapped.made_by != index.name or mapped.rows != rows:
            return None
        return _found(mapped, keys)

    def forget(self, path: Path) -> None:
        """Unmap and delete what belongs to a row file that is no more."""
        with self._turn:
            self._open.pop(path, None)
        with suppress(OSError):
            _beside(path).unlink()

    def _mapped(self, path: Path) -> _Mapped | None:
        with self._turn:
            known = self._open.get(path)
            if known is not None:
                self._open.move_to_end(path)
                return known
        opened = _map(path)
        if opened is not None:
            with self._turn:
                self._open[path] = opened
                self._close_some()
        return opened

    def _close_some(self) -> None:
        """Forget what was used least lately while too many files are open, or too much is held."""
        open_files = sum(not each.held for each in self._open.values())
        held = sum(each.held for each in self._open.values())
        for path in list(self._open)[:-1]:
            if open_files <= OPEN_FILES and held <= HELD_BYTES:
                return
            oldest = self._open[path]
            if (open_files > OPEN_FILES and not oldest.held) or (held > HELD_BYTES and oldest.held):
                del self._open[path]
                open_files, held = open_files - (not oldest.held), held - oldest.held

    def make(self, path: Path, index: JoinIndex, tables: Iterable[pa.Table]) -> None:
        """Write the join file of the row file `path`, whose rows are `tables`; raises Unavailable."""
        write(path, index, tables)
        with self._turn:
            self._open.pop(path, None)


def write(path: Path, index: JoinIndex, tables: Iterable[pa.Table]) -> None:
    """Make the join file of a row file from its rows, durably. Raises Unavailable when the disk refuses."""
    part = _beside(path).with_suffix(JOIN_SUFFIX + UNFINISHED)
    try:
        _write(part, index, tables)
        sync(part)
        part.rename(_beside(path))
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise Unavailable(f"A join file cannot be written ({error}); check the disk and its free space.") from error


def fault(path: Path, rows: int) -> str | None:
    """What is wrong with the join file of a row file, as a sentence; None for nothing, or when there is none."""
    if not _beside(path).exists():
        return None
    mapped = _map(path)
    if mapped is None or mapped.rows != rows:
        held = "cannot be read" if mapped is None else f"holds {mapped.rows:,} rows of {rows:,}"
        return f"The join file {str(_beside(path))!r} {held}: it will be made anew when it is needed."
    if any((keys[1:] < keys[:-1]).any() for keys in mapped.keys):
        return f"The join file {str(_beside(path))!r} is out of order: delete it, it will be made anew."
    return None


def _beside(path: Path) -> Path:
    return path.with_suffix(JOIN_SUFFIX)


def _write(part: Path, index: JoinIndex, tables: Iterable[pa.Table]) -> None:
    writer: pa.ipc.RecordBatchFileWriter | None = None
    with pa.OSFile(str(part), "wb") as sink:
        for run in _runs(index.made(table) for table in tables):
            if writer is None:
                writer = pa.ipc.new_file(sink, run.schema.with_metadata({_MADE_BY: index.name.encode()}))
            [batch] = run.combine_chunks().to_batches()
            writer.write_batch(batch)
        if writer is not None:
            writer.close()


def _runs(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of all pieces in sorted runs; rows of the same key stay in their order."""
    held: list[pa.Table] = []
    rows = 0
    for piece in pieces:
        held.append(piece)
        rows += piece.num_rows
        if rows >= RUN_ROWS:
            yield _sorted(held)
            held, rows = [], 0
    if rows:
        yield _sorted(held)


def _sorted(pieces: list[pa.Table]) -> pa.Table:
    table = pa.concat_tables(pieces).combine_chunks()
    order = np.argsort(table.column(KEY).to_numpy(), kind="stable")
    return table.take(order)


def _map(path: Path) -> _Mapped | None:
    beside = _beside(path)
    try:
        size = beside.stat().st_size
        if not size:
            return None
        held = size if size <= SMALL else 0
        reader = pa.ipc.open_file(pa.py_buffer(beside.read_bytes()) if held else pa.memory_map(str(beside)))
        runs = tuple(reader.get_batch(number) for number in range(reader.num_record_batches))
        made_by = (reader.schema.metadata or {}).get(_MADE_BY, b"").decode()
        return _Mapped(made_by, held, runs, tuple(run.column(KEY).to_numpy() for run in runs))
    except (OSError, pa.ArrowException, KeyError, UnicodeDecodeError):
        return None


def _found(mapped: _Mapped, keys: Keys | None) -> Iterator[pa.Table]:
    for run, run_keys in zip(mapped.runs, mapped.keys, strict=True):
        places = None if keys is None else matches(run_keys, keys)
        if places is None:
            yield pa.Table.from_batches([run])
        elif len(places):
            yield pa.Table.from_batches([run.take(pa.array(places))])
