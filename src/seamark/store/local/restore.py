"""A store made of a backup, every byte checked on the way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from seamark.errors import Conflict
from seamark.store.local.copied import DATABASE, Copied, Progress, copy, read_list, refusals
from seamark.store.local.parquet import sync

_UNFINISHED: Final = "restore.unfinished"  # stands in a folder that an interrupted restore may clear
_MADE_BY_OTHERS: Final = frozenset({"lost+found"})  # in the root of a file system of its own


def restore(source: Path, root: Path, progress: Progress = lambda _share: None) -> Copied:
    """Make the store `root` of the backup `source`. No server may use `root`.

    The database comes last: without it no server opens the folder, so an interrupted restore is never served, and may
    be done again. Raises NotFound for what is no backup, Corrupt for a damaged one, Conflict when `root` holds
    something else, Unavailable when the disk refuses.
    """
    root, source = root.absolute(), source.absolute()
    copied = read_list(source)
    with refusals(root):
        _begun(root)
        try:
            for number, file in enumerate(sorted(copied.files, key=lambda file: file.path == DATABASE)):
                progress(number / len(copied.files))
                file.check(*copy(file.inside(source), root / file.path))
        except BaseException:
            _clear(root)
            raise
        for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
            sync(folder)
        (root / _UNFINISHED).unlink()
        sync(root)
    return copied


def is_unfinished(root: Path) -> bool:
    """Whether a restore into this folder was interrupted."""
    return (root / _UNFINISHED).exists()


def _begun(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    found = {path.name for path in root.iterdir()} - _MADE_BY_OTHERS
    if found and not is_unfinished(root):
        raise Conflict(f"{str(root)!r} is not empty; move it away, or restore into another folder.")
    _clear(root)
    (root / _UNFINISHED).touch()


def _clear(root: Path) -> None:
    (root / DATABASE).unlink(missing_ok=True)
    shutil.rmtree(root / "rows", ignore_errors=True)
    (root / _UNFINISHED).unlink(missing_ok=True)
