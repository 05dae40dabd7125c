"""A whole and checked copy of a store that a server may have open.

It is one consistent state: a snapshot of the database, and the row files that this snapshot lists. Row files never
change once they are written, so they are linked where the copy is on the same file system.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Final

from seamark.errors import Conflict, Corrupt, NotFound, Unavailable
from seamark.store.local.copied import DATABASE, Copied, CopiedFile, Progress, copy, digest, refusals, write_list
from seamark.store.local.parquet import JOIN_SUFFIX, sync

_LOCK: Final = "backup.lock"
_HELD: Final = "backup-held"  # links to the row files of a backup that is being made
_UNFINISHED: Final = ".unfinished"
_TRIES: Final = 20  # snapshots, each taken because a row file was merged away before it could be held
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def back_up(root: Path, target: Path, now_us: int, progress: Progress = lambda _share: None) -> Copied:
    """Copy the store `root`, which may be open elsewhere, into the new folder `target`.

    The folder appears when everything in it is complete and durable. Raises NotFound without a store, Conflict when
    `target` holds something or another backup is being made, Corrupt for damage, Unavailable when the disk refuses.
    """
    root, target = root.absolute(), target.absolute()
    _check_places(root, target)
    part = target.with_name(target.name + _UNFINISHED)
    with refusals(target), _alone(root):
        _remade(part)
        _remade(root / _HELD)
        try:
            listed = _held(root, part / DATABASE)
            files = [_summed(part, DATABASE)]
            for number, path in enumerate(listed):
                progress(number / len(listed))
                files.append(_placed(root / _HELD / path, part, path))
            copied = Copied(now_us, *_state(part / DATABASE), tuple(files))
            write_list(part, copied)
            _publish(part, target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        finally:
            shutil.rmtree(root / _HELD, ignore_errors=True)
    return copied


def clear_held(root: Path) -> None:
    """Remove what a backup that was killed left in the store's folder."""
    if (root / _HELD).exists():
        with suppress(Conflict), _alone(root):
            shutil.rmtree(root / _HELD, ignore_errors=True)


def _check_places(root: Path, target: Path) -> None:
    if not (root / DATABASE).is_file():
        raise NotFound(f"There is no store at {str(root)!r}: it has no {DATABASE}.")
    if target == root or root in target.parents:
        raise Conflict(f"{str(target)!r} is inside the store {str(root)!r}; a backup of it goes elsewhere.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{str(target)!r} is there already; a backup is a new folder, for example one per day.")


def _held(root: Path, snapshot: Path) -> list[str]:
    """Take a snapshot and hold all files it lists by links, so that the server may merge them away; their paths."""
    for _ in range(_TRIES):
        _snapshot(root / DATABASE, snapshot)
        listed = _listed(snapshot)
        gone = next((path for path in listed if not _hold(root, path)), None)
        if gone is None:
            joins = [str(Path(path).with_suffix(JOIN_SUFFIX)) for path in listed]
            return [*listed, *(path for path in joins if _hold(root, path))]
        if gone in _listed(root / DATABASE):
            raise Corrupt(f"The row file {gone!r} is listed in the manifest but is not on the disk.")
    raise Unavailable("Row files are being merged faster than they can be held; try again.")


def _hold(root: Path, path: str) -> bool:
    held = root / _HELD / path
    if held.exists():
        return True
    held.parent.mkdir(parents=True, exist_ok=True)
    try:
        _link_or_copy(root / path, held)
    except FileNotFoundError:
        return False
    return True


def _snapshot(database: Path, to: Path) -> None:
    """One consistent state of a database that others write to; raises Corrupt when it is damaged."""
    to.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(to)) as made:
            live.backup(made)  # in one go, under one read transaction: writers go on
            made.execute("PRAGMA journal_mode = DELETE")  # one file, until a server opens it
            [(state,)] = made.execute("PRAGMA quick_check(1)")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise Unavailable(f"The database {str(database)!r} cannot be copied now: {error}.") from error
        state = str(error)
    if state != "ok":
        raise Corrupt(f"The database {str(database)!r} is damaged ({state}), so it was not copied.")


def _listed(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [path for (path,) in connection.execute("SELECT path FROM row_files ORDER BY id")]


def _state(database: Path) -> tuple[int, int]:
    """The version of its schema, and the last log entry it knows."""
    with closing(sqlite3.connect(database)) as connection:
        [(schema,)] = connection.execute("PRAGMA user_version")
        [(seq,)] = connection.execute("SELECT value FROM marks WHERE name = 'log_seq'")
    return int(schema), int(seq)


def _placed(held: Path, part: Path, path: str) -> CopiedFile:
    """Into the backup: the same file where the file system can say so, else its bytes."""
    to = part / path
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(held, to)
    except OSError:
        return CopiedFile(path, *copy(held, to))
    return _summed(part, path)


def _summed(part: Path, path: str) -> CopiedFile:
    sync(part / path)
    return CopiedFile(path, *digest(part / path))


def _link_or_copy(source: Path, to: Path) -> None:
    try:
        os.link(source, to)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without links
        shutil.copyfile(source, to)


def _publish(part: Path, target: Path) -> None:
    """Make the folders durable, then give them their name."""
    for folder, _, _ in os.walk(part):
        sync(Path(folder))
    part.rename(target)
    sync(target.parent)


def _remade(folder: Path) -> None:
    """An empty folder, whatever an interrupted run left there."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One backup of a store at a time; the kernel unlocks it however this process ends."""
    with FileIO(root / _LOCK, "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"Another backup of {str(root)!r} is being made; wait for it.") from None
        yield
