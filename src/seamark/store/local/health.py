"""What `doctor` and `/metrics` ask of a store on disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from seamark.errors import Corrupt
from seamark.records.blocks import RowFile
from seamark.store.local import joins, parquet
from seamark.store.local.database import Database
from seamark.store.local.repair import fault_of
from seamark.store.protocol import Log


def torn(root: Path, listed: list[RowFile]) -> list[str]:
    """The listed row files that are not there or not of their size: what can be told without reading them."""
    sizes = ((file, _size(root / file.path)) for file in listed)
    return [
        f"The row file {file.path!r} "
        + ("is not on the disk." if size is None else f"has {size} bytes; the manifest lists {file.size_bytes}.")
        for file, size in sizes
        if size != file.size_bytes
    ]


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def facts(root: Path, database: Database, log: Log) -> dict[str, float]:
    """The numbers of `seamark.store.protocol.FACTS`."""
    entries, rows = log.pending()
    [(page_bytes, free_pages, files, file_bytes, aside, blocks, series, refused)] = database.query(
        """SELECT page_size, freelist_count, (SELECT count(*) FROM row_files),
            (SELECT coalesce(sum(size_bytes), 0) FROM row_files),
            (SELECT count(*) FROM set_aside), (SELECT count(*) FROM metric_blocks),
            (SELECT count(*) FROM metric_series), (SELECT value FROM marks WHERE name = 'metric_refused_series')
            FROM pragma_page_size, pragma_freelist_count"""
    )
    on_disk = [path.stat().st_size for path in (root / "seamark.db", root / "seamark.db-wal") if path.exists()]
    return {
        "database_bytes": sum(on_disk),
        "database_free_bytes": page_bytes * free_pages,
        "disk_free_bytes": shutil.disk_usage(root).free,
        "log_pending_entries": entries,
        "log_pending_rows": rows,
        "log_set_aside_entries": aside,
        "metric_blocks": blocks,
        "metric_refused_series": refused,
        "metric_series": series,
        "row_file_bytes": file_bytes,
        "row_files": files,
    }


def check(root: Path, database: Database, listed: list[RowFile]) -> list[str]:
    """What is wrong, a sentence each."""
    return [*_database_faults(database), *_mark_faults(database), *_file_faults(root, listed), *_unlisted(root)]


def _database_faults(database: Database) -> list[str]:
    try:
        found = [text for (text,) in database.query("PRAGMA integrity_check") if text != "ok"]
        orphans = database.query("PRAGMA foreign_key_check")
    except Corrupt as error:
        return [error.message]
    faults = [f"The database is damaged: {text}." for text in found]
    return faults + [f"The table {table!r} names a {parent!r} that does not exist." for table, _, parent, _ in orphans]


def _mark_faults(database: Database) -> list[str]:
    [(watermark, log_seq, through, evaluated, logged, blocks)] = database.query(
        """SELECT max(value) FILTER (WHERE name = 'watermark'), max(value) FILTER (WHERE name = 'log_seq'),
            max(value) FILTER (WHERE name = 'evaluations_through'), max(value) FILTER (WHERE name = 'evaluation_seq'),
            (SELECT max(seq) FROM log), (SELECT max(seq) FROM evaluations) FROM marks"""
    )
    limits = (
        ("slow lane's watermark", watermark, log_seq),
        ("newest log entry", logged, log_seq),
        ("fast lane's mark", through, evaluated),
        ("newest evaluation", blocks, evaluated),
    )
    return [
        f"The {name} is {value}, past the last number given, {last}."
        for name, value, last in limits
        if (value or 0) > last
    ]


def _file_faults(root: Path, listed: list[RowFile]) -> list[str]:
    faults = []
    for file in listed:
        torn = joins.fault(root / file.path, file.rows)
        faults += [] if torn is None else [torn]
        unreadable = fault_of(root, file)
        faults += [] if unreadable is None else [unreadable]
    return faults


def _unlisted(root: Path) -> list[str]:
    found = parquet.unlisted(root)
    if not found:
        return []
    sentence = (
        f"{len(found)} row files in {str(root / parquet.UNLISTED)!r}, like {found[0]!r}, were written beside a newer "
        "database than this one: restore that database and move them back to 'rows', or delete them."
    )
    return [sentence]
