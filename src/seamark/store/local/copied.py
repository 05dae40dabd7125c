"""What a backup of a store is: files beside a list of them, with the size and checksum of each."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from seamark.clock import from_iso, to_iso
from seamark.errors import Conflict, Corrupt, InvalidInput, NotFound, Unavailable
from seamark.store.local.schema import MIGRATIONS

DATABASE: Final = "seamark.db"
LIST: Final = "backup.json"
_FORMAT: Final = 1
_CHUNK_BYTES: Final = 1 << 20

Progress = Callable[[float], None]
"""Hears the share that is done (0..1)."""


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file of a backup; `path` is relative to it."""

    path: str
    size_bytes: int
    sha256: str

    def inside(self, source: Path) -> Path:
        """Where it lies; raises Corrupt for a path that leads out of the backup."""
        path = Path(self.path)
        if path.is_absolute() or ".." in path.parts:
            raise Corrupt(f"The backup's list names {self.path!r}, which is not inside the backup.")
        return source / path

    def check(self, size_bytes: int, sha256: str) -> None:
        """Raise Corrupt for other bytes than were written."""
        if (size_bytes, sha256) != (self.size_bytes, self.sha256):
            raise Corrupt(f"The backup is damaged: {self.path!r} is not what was written; use another backup.")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup holds: a database of version `schema`, and everything up to the log entry `log_seq`."""

    made_us: int
    schema: int
    log_seq: int
    files: tuple[CopiedFile, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)


def write_list(folder: Path, copied: Copied) -> None:
    """Durably, as the last file of a backup."""
    told = {"format": _FORMAT, "made": to_iso(copied.made_us), "schema": copied.schema, "log_seq": copied.log_seq}
    text = json.dumps({**told, "files": [asdict(file) for file in copied.files]}, indent=1) + "\n"
    with (folder / LIST).open("w", encoding="utf-8") as sink:
        sink.write(text)
        sink.flush()
        os.fsync(sink.fileno())


def read_list(source: Path) -> Copied:
    """What a backup says it holds. Raises NotFound, Corrupt, or Conflict for one of a newer Seamark."""
    try:
        found = json.loads((source / LIST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"{str(source)!r} is not a backup: it has no {LIST}.") from None
    except (OSError, ValueError) as error:
        raise Corrupt(f"{str(source / LIST)!r} cannot be read: {error}.") from error
    return _from_list(found, source)


def verify(source: Path, progress: Progress = lambda _share: None) -> Copied:
    """Read every byte of a backup; raises NotFound or Corrupt."""
    copied = read_list(source)
    with refusals(source):
        for number, file in enumerate(copied.files):
            progress(number / len(copied.files))
            file.check(*digest(file.inside(source)))
    return copied


def copy(source: Path, to: Path) -> tuple[int, str]:
    """Copy durably; the size and SHA-256 of what was read."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("wb") as sink:
        found = digest(source, sink.write)
        sink.flush()
        os.fsync(sink.fileno())
    return found


def digest(path: Path, sink: Callable[[bytes], object] = lambda _chunk: None) -> tuple[int, str]:
    """The size and SHA-256 of a file, whose bytes `sink` gets as well."""
    size, sha256 = 0, hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            size += len(chunk)
            sha256.update(chunk)
            sink(chunk)
    return size, sha256.hexdigest()


@contextmanager
def refusals(place: Path) -> Iterator[None]:
    """What the file system refuses, as Corrupt for what is missing, else Unavailable."""
    try:
        yield
    except FileNotFoundError as error:
        raise Corrupt(f"{error.filename!r} is missing; use another backup.") from error
    except OSError as error:
        raise Unavailable(f"{str(place)!r} cannot be used ({error}); check the disk and its free space.") from error


def _from_list(found: Any, source: Path) -> Copied:
    try:
        if found["format"] > _FORMAT or found["schema"] > len(MIGRATIONS):
            raise Conflict(f"{str(source)!r} was made by a newer Seamark; restore it with that one, or a newer one.")
        files = tuple(CopiedFile(str(f["path"]), int(f["size_bytes"]), str(f["sha256"])) for f in found["files"])
        return Copied(from_iso(found["made"]), int(found["schema"]), int(found["log_seq"]), files)
    except (KeyError, TypeError, ValueError, InvalidInput) as error:
        raise Corrupt(f"{str(source / LIST)!r} is not a list that Seamark wrote ({error!r}).") from error
