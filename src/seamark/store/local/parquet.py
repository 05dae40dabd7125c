"""Row files on disk: written whole and durable, or not at all."""

from __future__ import annotations

import errno
import fcntl
import logging
import math
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from seamark.clock import to_iso
from seamark.errors import Corrupt, DiskFull, Unavailable
from seamark.records.rows import ID, TIME
from seamark.records.window import Window
from seamark.records.wording import counted
from seamark.store.protocol import SCAN_ROWS
from seamark.store.tables import present, within

SUFFIX: Final = ".parquet"
UNFINISHED: Final = ".part"
JOIN_SUFFIX: Final = ".join"  # of the file beside a row file that finds its rows by key (`joins`)
UNLISTED: Final = "unlisted"  # the folder of row files that may belong to a newer database
ROW_GROUP_ROWS: Final = 131_072
NAME_BYTES: Final = 120  # a file system takes 255; the hash of a longer name is not needed, the manifest tells
_LOG = logging.getLogger("seamark.store")


def new_path(kind: str, project: str, model: str, day_us: int, last_seq: int) -> str:
    """Where the next file goes, relative to the store: unique, and legible where the names allow it.

    Two models may share a folder (long names, file systems that ignore case): only the manifest says
    whose a file is.
    """
    folder = "/".join(("rows", _safe(kind), _safe(project), _safe(model), to_iso(day_us)[:10]))
    return f"{folder}/{last_seq:012d}-{secrets.token_hex(4)}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be: its tables have `schema`, and may be made while it is written."""

    path: Path
    schema: pa.Schema
    tables: Iterable[pa.Table]


def write(files: Sequence[NewFile]) -> list[int]:
    """Write files that survive power loss, with their folders; returns their bytes.

    All are written before the first is synced: on most file systems that makes the other syncs
    nearly free, so a table of 300 days costs little more than one of a day. Raises Unavailable when
    the disk refuses; what is left then is swept at the next start.
    """
    parts = [file.path.with_suffix(UNFINISHED) for file in files]
    try:
        folders = _made_folders({file.path.parent for file in files})
        for part, file in zip(parts, files, strict=True):
            with pq.ParquetWriter(part, file.schema.remove_metadata(), **_options(file.schema)) as writer:
                for table in file.tables:
                    writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
        for part in parts:
            sync(part)
        for part, file in zip(parts, files, strict=True):
            part.rename(file.path)
        for folder in sorted(folders):
            sync(folder)
        return [file.path.stat().st_size for file in files]
    except OSError as error:
        for part in parts:
            with suppress(OSError):
                part.unlink()
        kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else Unavailable
        raise kind(f"Row files cannot be written ({error}); check the disk and its free space.") from error


def read(path: Path, rows: int, columns: Sequence[str] | None, window: Window | None) -> Iterator[pa.Table]:
    """The file's rows inside `window`, a bounded table at a time.

    Raises FileNotFoundError, or Corrupt when the file is torn or does not hold `rows` rows.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as file:
            if file.metadata.num_rows != rows:
                raise Corrupt(
                    f"The row file {str(path)!r} holds {counted(file.metadata.num_rows, 'row')};"
                    f" the manifest lists {rows:,}."
                )
            wanted = present(file.schema_arrow.names, columns)
            needed = wanted if window is None or TIME in wanted else [*wanted, TIME]
            groups = _row_groups(file.metadata, window)
            for batch in file.iter_batches(SCAN_ROWS, row_groups=groups, columns=needed):
                table = pa.Table.from_batches([batch])
                inside = (table if window is None else within(table, window)).select(wanted)
                if inside.num_rows:
                    yield inside
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise Corrupt(f"The row file {str(path)!r} cannot be read: {error}.") from error


def schema(path: Path) -> pa.Schema:
    """Its columns. Raises FileNotFoundError, or Corrupt when the file is torn."""
    try:
        return pq.read_schema(path).remove_metadata()
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise Corrupt(f"The row file {str(path)!r} cannot be read: {error}.") from error


def verify(path: Path, rows: int, size_bytes: int) -> None:
    """Compare a file with its entry in the manifest. Raises FileNotFoundError or Corrupt."""
    size = path.stat().st_size
    if size != size_bytes:
        raise Corrupt(f"The row file {str(path)!r} has {size} bytes; the manifest lists {size_bytes}.")
    for _ in read(path, rows, [TIME], None):
        pass


def any_in(root: Path) -> bool:
    """Whether there is any finished row file, listed or not."""
    return any(name.endswith(SUFFIX) for _, _, names in os.walk(root / "rows") for name in names)


def sweep(root: Path, listed: set[str], last_seq: int) -> None:
    """Clear away the row files that the manifest does not list.

    What a crash left before its commit is deleted. A file with rows of a log entry that this database has never had
    (after `last_seq`), or any at all while listed ones are missing, was written beside a newer database: this one was
    restored from a backup, and the file may be all there is of its rows. Those are moved to UNLISTED.
    """
    is_older = any(not (root / path).is_file() for path in listed)
    moved = 0
    for folder, _, names in os.walk(root / "rows", topdown=False):
        for name in names:
            path = Path(folder, name)
            if path.suffix == UNFINISHED:
                path.unlink()
            elif path.suffix == SUFFIX and path.relative_to(root).as_posix() not in listed:
                if is_older or _seq_of(name) > last_seq:
                    _move_aside(root, path)
                    moved += 1
                else:
                    path.unlink()
            elif path.suffix == JOIN_SUFFIX and path.with_suffix(SUFFIX).relative_to(root).as_posix() not in listed:
                path.unlink()  # it can be made anew from the row file, wherever that is
        with suppress(OSError):  # it still holds something
            Path(folder).rmdir()
    if moved:
        _LOG.warning(
            "%d row files that this database does not know were moved to %s; was it restored from an older backup?",
            moved,
            root / UNLISTED,
        )


def unlisted(root: Path) -> list[str]:
    """The row files that were moved aside, relative to the store."""
    return sorted(path.relative_to(root).as_posix() for path in (root / UNLISTED).rglob(f"*{SUFFIX}"))


def _seq_of(name: str) -> float:
    """The newest log entry with rows in a file of this name; infinite for a name Seamark does not give."""
    head = name.partition("-")[0]
    return int(head) if head.isdecimal() else math.inf


def _move_aside(root: Path, path: Path) -> None:
    target = root / UNLISTED / path.relative_to(root / "rows")
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's entries, survive power loss."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: fsync stops at the drive's cache
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _row_groups(metadata: pq.FileMetaData, window: Window | None) -> list[int]:
    """Those that may hold a row inside `window`."""
    groups = range(metadata.num_row_groups)
    if window is None:
        return list(groups)
    column = next(index for index in range(metadata.num_columns) if metadata.schema.column(index).path == TIME)
    spans = [metadata.row_group(group).column(column).statistics for group in groups]
    return [
        group for group, span in enumerate(spans) if span.min_raw < window.end_us and span.max_raw >= window.start_us
    ]


def _options(schema: pa.Schema) -> dict[str, Any]:
    repeating = [field.name for field in schema if pa.types.is_string(field.type) and field.name != ID]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": repeating,
        "write_statistics": [TIME],
        "write_page_checksum": True,
    }


def _made_folders(wanted: set[Path]) -> set[Path]:
    """Make them; returns every folder whose entries change: they, and the parents of those that were missing."""
    changed = set(wanted)
    for folder in wanted:
        missing = folder
        while not missing.exists():
            missing = missing.parent
            changed.add(missing)
        folder.mkdir(parents=True, exist_ok=True)
    return changed


def _safe(name: str) -> str:
    encoded = quote(name, safe=" ")[:NAME_BYTES] or "%"
    return encoded.replace(".", "%2E", 1) if encoded.startswith(".") else encoded
