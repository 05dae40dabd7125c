"""The store of one machine: a folder with `seamark.db` and `rows/`, one server at a time."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from io import FileIO
from pathlib import Path
from typing import Final

from seamark.errors import Conflict, Corrupt, DiskFull, Unavailable
from seamark.store.local import health, parquet
from seamark.store.local.accounts import LocalAccounts
from seamark.store.local.backup import back_up, clear_held
from seamark.store.local.copied import DATABASE, Copied, Progress, verify
from seamark.store.local.database import Database
from seamark.store.local.fast import LocalFast
from seamark.store.local.forget import LocalForget
from seamark.store.local.log import LocalLog
from seamark.store.local.metrics import LocalMetrics
from seamark.store.local.post import LocalPost
from seamark.store.local.repair import Mended, repair
from seamark.store.local.restore import is_unfinished, restore
from seamark.store.local.rows import LocalRows
from seamark.store.local.slow import LocalSlow
from seamark.store.protocol import Accounts, Backend

LOCK: Final = "seamark.lock"
_LOG = logging.getLogger("seamark.store")


class LocalStore:
    """`seamark.store.protocol.Store` in the folder `root`."""

    def __init__(self, root: Path, *, beside: bool = False, reserve_bytes: int = 0) -> None:
        """With `beside`, to read what another process has open: nothing is locked or swept.

        The log takes nothing more while less than `reserve_bytes` of the disk are free: they are for profiles,
        verdicts and alerts of what it has taken.
        """
        self._root = root.absolute()
        self._reserve_bytes = reserve_bytes
        with ExitStack() as opened:
            if not beside:
                opened.enter_context(_locked(self._root))
            if is_unfinished(self._root):
                raise _half_restored(self._root)
            if not _has_content(self._root / DATABASE) and parquet.any_in(self._root):
                raise _without_database(self._root)
            self._database = Database(self._root / DATABASE)
            opened.callback(self._database.close)
            self.rows = LocalRows(self._root, self._database)
            self.log = LocalLog(self._database, self._has_room)
            self.slow = LocalSlow(self._root, self._database, self.rows)
            self.fast = LocalFast(self._database)
            self.accounts = LocalAccounts(self._database)
            self.forget = LocalForget(self._database)
            self.metrics = LocalMetrics(self._database)
            self.post = LocalPost(self._database)
            if not beside:
                clear_held(self._root)
                parquet.sync(self._root)
                listed = self.rows.all_listed()
                parquet.sweep(self._root, {file.path for file in listed}, self.log.last_seq())
                for fault in health.torn(self._root, listed):
                    _LOG.error("%s `seamark doctor --repair` mends what can be mended.", fault)
            self._opened = opened.pop_all()

    def _has_room(self) -> None:
        free = shutil.disk_usage(self._root).free
        if free < self._reserve_bytes:
            kept = f"{self._reserve_bytes / 1e6:,.1f} MB"
            raise DiskFull(
                f"Only {free / 1e6:,.1f} MB are free where the store is, and {kept} are kept for what was accepted"
                " before, so nothing of this was stored; free some space, then send it again."
            )

    def facts(self) -> dict[str, float]:
        return health.facts(self._root, self._database, self.log)

    def check(self) -> list[str]:
        return health.check(self._root, self._database, self.rows.all_listed())

    def repair(self, source: Path | None = None) -> list[Mended]:
        """Mend what can be mended, from the backup `source` where there is one; says what is lost."""
        return repair(self._root, self.rows, self.slow, source)

    def scrub(self) -> None:
        """Leave nothing of what was deleted in the database's free pages or its write-ahead log."""
        self._database.rewrite()

    def close(self) -> None:
        self._opened.close()


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _half_restored(root: Path) -> Conflict:
    return Conflict(f"A restore into {str(root)!r} was interrupted; do it again: `seamark restore BACKUP`.")


def _without_database(root: Path) -> Corrupt:
    """A manifest that never listed anything must not decide which row files are left over."""
    return Corrupt(
        f"{str(root)!r} holds row files, but its {DATABASE} is missing or empty. Restore {DATABASE} from a backup; "
        "to begin anew, move the folder 'rows' away first."
    )


@contextmanager
def open_accounts(root: Path) -> Iterator[Accounts]:
    """Only the tokens, for another process than the one that has the store open: SQLite lets both write in turn."""
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The store's folder {str(root)!r} cannot be used: {error}.") from error
    with closing(Database(root / DATABASE)) as database:
        yield LocalAccounts(database)


def _locked(root: Path) -> FileIO:
    """The open lock file; the kernel unlocks it however this process ends."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = FileIO(root / LOCK, "a+")
    except OSError as error:
        raise Unavailable(f"The store's folder {str(root)!r} cannot be used: {error}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read(20).decode(errors="replace").strip() or "unknown"
        lock.close()
        raise Conflict(
            f"The store {str(root)!r} is in use by another Seamark (process {owner}); "
            "stop that one, or give this one a folder of its own."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n".encode())
    return lock


__all__ = ["BACKEND", "Copied", "LocalStore", "Mended", "Progress", "back_up", "open_accounts", "restore", "verify"]

BACKEND: Final = Backend(open=LocalStore, durable=True)
