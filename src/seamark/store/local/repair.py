"""Mends a store as far as that is possible, and says what is lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seamark.clock import to_iso
from seamark.errors import Conflict, Corrupt, NotFound, SeamarkError
from seamark.records.blocks import RowFile, SlowStep
from seamark.records.wording import counted
from seamark.store.local import joins, parquet
from seamark.store.local.copied import CopiedFile, copy, read_list
from seamark.store.local.rows import LocalRows
from seamark.store.local.slow import LocalSlow

DAMAGED: Final = "damaged"  # the folder that row files are moved to when they cannot be read
_FOUND: Final = ".found"


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done about one fault; `lost` where something is gone for good."""

    sentence: str
    lost: bool = False


def repair(root: Path, rows: LocalRows, slow: LocalSlow, source: Path | None) -> list[Mended]:
    """See to every join and row file; `source` is a backup that may have what is damaged here.

    A row file that cannot be had again is moved to DAMAGED and taken off the manifest: profiles, and all that is judged
    on them, stay, because they need no rows. Raises NotFound or Corrupt for what is no backup.
    """
    backed = {} if source is None else {file.path: file for file in read_list(source).files}
    done: list[Mended] = []
    for file in rows.all_listed():
        if joins.fault(root / file.path, file.rows) is not None:
            rows.forget_join(file.path)
            done.append(Mended(f"The join file of {file.path!r} was deleted; it is made anew when it is needed."))
        fault = fault_of(root, file)
        if fault is None:
            continue
        if source is not None and file.path in backed and _brought_back(root, file, source, backed[file.path]):
            done.append(Mended(f"{fault} It was restored from the backup, byte for byte."))
        else:
            done.append(_given_up(root, slow, file, fault))
    return done


def fault_of(root: Path, file: RowFile) -> str | None:
    """What is wrong with a row file, as a sentence; None for nothing."""
    try:
        parquet.verify(root / file.path, file.rows, file.size_bytes)
    except FileNotFoundError:
        return f"The row file {file.path!r} is listed in the manifest but is not on the disk."
    except SeamarkError as error:
        return error.message
    return None


def _brought_back(root: Path, file: RowFile, source: Path, backed: CopiedFile) -> bool:
    part = (root / file.path).with_suffix(_FOUND)
    try:
        backed.check(*copy(backed.inside(source), part))
        part.rename(root / file.path)
    except (OSError, Corrupt, Conflict, NotFound):
        with suppress(OSError):
            part.unlink()
        return False
    return fault_of(root, file) is None


def _given_up(root: Path, slow: LocalSlow, file: RowFile, fault: str) -> Mended:
    kept = root / DAMAGED / file.path
    moved = ""
    if (root / file.path).exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        (root / file.path).rename(kept)
        moved = f" What is left of it was moved to {str(kept)!r}."
    slow.commit(SlowStep(slow.watermark(), dropped_files=(file.id,)))
    span = f"{to_iso(file.first_time_us)} to {to_iso(file.last_time_us)}"
    lost = (
        f"{counted(file.rows, 'row')} of {file.kind} of model {file.model!r}, project {file.project!r}, {span}, cannot"
    )
    return Mended(f"{fault} {lost} be read any more; their profiles and verdicts stay.{moved}", lost=True)
