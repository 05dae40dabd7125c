"""Row files on disk: durable before they are listed, readable by anyone, and honest when they are damaged."""

import os
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conformance.stored import NOW_US, TODAY, commit, entry, listed, rows, seen

from seamark.errors import Corrupt, DiskFull, Unavailable
from seamark.records.blocks import SlowStep
from seamark.records.window import Window
from seamark.store.backends.local import LocalStore
from seamark.store.local import parquet
from seamark.store.tables import within


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(folder):
    opened = LocalStore(folder)
    yield opened
    opened.close()


def many(count=1_000):
    return rows(*range(NOW_US, NOW_US + count), score=pa.array([place / count for place in range(count)]))


def on_disk(folder):
    return sorted(path for name in ("rows", "unlisted") for path in (folder / name).rglob("*") if path.is_file())


@pytest.fixture
def events(monkeypatch):
    """What reaches the disk, in order: ("sync", path, bytes) and ("rename", path)."""
    seen_events = []
    sync, rename = parquet.sync, Path.rename

    def watched_sync(path):
        seen_events.append(("sync", path, 0 if path.is_dir() else path.stat().st_size))
        sync(path)

    def watched_rename(path, target):
        seen_events.append(("rename", target))
        return rename(path, target)

    monkeypatch.setattr(parquet, "sync", watched_sync)
    monkeypatch.setattr(Path, "rename", watched_rename)
    return seen_events


def test_files_are_whole_on_the_disk_before_they_have_a_name_and_folders_after(folder, store, events):
    midnights = [TODAY.start_us, TODAY.end_us]
    files = store.rows.write("predictions", "shop", "fraud", rows(*midnights), 0)
    paths = [folder / file.path for file in files]
    assert events[:4] == [
        *(("sync", path.with_suffix(".part"), file.size_bytes) for path, file in zip(paths, files, strict=True)),
        *(("rename", path) for path in paths),
    ]
    new_folders = {path.parents[depth] for path in paths for depth in range(6)}
    assert folder in new_folders
    assert {path for _, path, _ in events[4:]} == new_folders


def test_only_folders_that_change_are_synced(folder, store, events):
    store.rows.write("predictions", "shop", "fraud", rows(NOW_US), 0)
    events.clear()
    [file] = store.rows.write("predictions", "shop", "fraud", rows(NOW_US), 0)
    assert [path.suffix for _, path, *_ in events] == [".part", ".parquet", ""]
    assert events[-1][1] == (folder / file.path).parent


def test_only_whole_files_have_the_name_of_a_row_file(folder, store):
    def half_then_fail():
        yield many(10)
        raise OSError(28, "No space left on device")

    whole = parquet.NewFile(folder / "rows" / "whole.parquet", many(10).schema, [many(10)])
    half = parquet.NewFile(folder / "rows" / "half.parquet", many(10).schema, half_then_fail())
    with pytest.raises(DiskFull, match=r"No space left.*check the disk"):
        parquet.write([whole, half])
    assert on_disk(folder) == []


def test_a_folder_that_cannot_be_made_is_unavailable(folder, store):
    (folder / "rows").mkdir(exist_ok=True)
    (folder / "rows" / "predictions").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be written"):
        store.rows.write("predictions", "shop", "fraud", many(), 0)


def test_a_missing_file_is_corrupt_and_named(folder, store):
    [file] = listed(store, many())
    (folder / file.path).unlink()
    with pytest.raises(Corrupt, match=file.path):
        seen(store.rows.scan([file]))
    with pytest.raises(Corrupt, match=file.path):
        store.rows.compact([file])
    assert store.check() == [f"The row file {file.path!r} is listed in the manifest but is not on the disk."]


def torn(raw):
    return raw[: len(raw) // 2]


def flipped(raw):
    middle = len(raw) // 3
    return raw[:middle] + bytes([raw[middle] ^ 0xFF]) + raw[middle + 1 :]


@pytest.mark.parametrize("damage", [torn, flipped, lambda raw: b""], ids=["torn", "flipped byte", "empty"])
def test_a_damaged_file_is_corrupt_and_named(folder, store, damage):
    [file] = listed(store, many())
    path = folder / file.path
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Corrupt, match=file.path):
        seen(store.rows.scan([file]))
    [fault] = store.check()
    assert file.path in fault


def test_another_file_under_the_same_name_is_corrupt(folder, store):
    [file] = listed(store, many())
    pq.write_table(many(999), folder / file.path)
    with pytest.raises(Corrupt, match="holds 999 rows; the manifest lists 1,000"):
        seen(store.rows.scan([file]))


def read_by_duckdb(path):
    with duckdb.connect() as connection:
        return connection.execute("SELECT id, score FROM read_parquet(?)", [path]).fetchall()


def read_by_polars(path):
    return pl.read_parquet(path, columns=["id", "score"]).rows()


@pytest.mark.parametrize("read", [read_by_duckdb, read_by_polars])
def test_anyone_can_read_the_files(folder, store, read):
    [file] = listed(store, many(4))
    assert read(str(folder / file.path)) == [("r0", 0.0), ("r1", 0.25), ("r2", 0.5), ("r3", 0.75)]


def test_only_row_groups_that_touch_the_window_are_read(folder, store, monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 100)
    [file] = listed(store, many())
    read = []

    def watched(table, window):
        read.append(table.num_rows)
        return within(table, window)

    monkeypatch.setattr(parquet, "within", watched)
    window = Window(NOW_US + 250, NOW_US + 320)
    assert len(seen(store.rows.scan([file], None, window))) == 70
    assert sum(read) == 200


@pytest.mark.parametrize(("first", "end"), [(199, 200), (199, 201), (200, 201), (0, 1), (999, 1_000)])
def test_no_row_at_the_edge_of_a_row_group_is_missed(store, monkeypatch, first, end):
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 100)
    files = listed(store, many())
    found = seen(store.rows.scan(files, ["id"], Window(NOW_US + first, NOW_US + end)))
    assert found == [{"id": f"r{place}"} for place in range(first, end)]


def test_a_file_inside_the_window_is_not_filtered_again(store, monkeypatch):
    files = listed(store, many())
    monkeypatch.setattr(parquet, "within", None)
    assert len(seen(store.rows.scan(files, None, TODAY))) == 1_000


def test_dropped_files_leave_the_disk_with_the_commit(folder, store):
    for step in range(3):
        files = listed(store, rows(NOW_US + step))
    merged = tuple(store.rows.compact(files))
    assert len(on_disk(folder)) == 4
    commit(store, new_files=merged, dropped_files=tuple(file.id for file in files))
    assert on_disk(folder) == [folder / merged[0].path]


def test_a_step_stands_although_an_old_file_resists_deletion(folder, store):
    [file] = listed(store, many())
    path = folder / file.path
    path.unlink()
    path.mkdir()
    commit(store, dropped_files=(file.id,))
    assert store.rows.files("predictions", "shop", "fraud") == []


def test_a_refused_step_deletes_nothing(folder, store):
    [file] = listed(store, many())
    with pytest.raises(Exception, match="not listed"):
        commit(store, dropped_files=(file.id, 99))
    assert len(seen(store.rows.scan([file]))) == 1_000


def test_what_a_crash_left_between_commit_and_deletion_is_swept(folder, monkeypatch):
    store = LocalStore(folder)
    store.log.append([entry()])
    [file] = listed(store, many())
    monkeypatch.setattr(store.rows, "remove", lambda paths: None)
    commit(store, dropped_files=(file.id,))
    assert on_disk(folder) == [folder / file.path]
    store.close()
    LocalStore(folder).close()
    assert on_disk(folder) == []
    assert not (folder / "rows").exists(), "folders that hold nothing go as well"


def test_row_files_without_their_database_are_left_alone_and_said(folder):
    store = LocalStore(folder)
    store.log.append([entry()])
    [file] = listed(store, many())
    store.close()
    for part in folder.glob("seamark.db*"):
        part.unlink()
    for _ in range(2):
        with pytest.raises(Corrupt, match=r"seamark\.db is missing or empty. Restore"):
            LocalStore(folder)
    assert on_disk(folder) == [folder / file.path]
    assert not (folder / "seamark.db").exists(), "looking makes nothing"


def test_sweeping_touches_row_files_only(folder):
    store = LocalStore(folder)
    store.log.append([entry()])
    [file] = listed(store, many())
    store.close()
    beside = (folder / file.path).parent
    note, part, orphan = beside / "README.txt", beside / "x.part", beside / "y.parquet"
    for path in (note, part, orphan):
        path.write_text("left by somebody")
    LocalStore(folder).close()
    aside = folder / "unlisted" / orphan.relative_to(folder / "rows")
    assert sorted(on_disk(folder)) == sorted([folder / file.path, note, aside])


def test_the_row_files_of_a_newer_database_outlive_the_restore_of_an_older_one(folder):
    store = LocalStore(folder)
    store.log.append([entry()])
    [old] = listed(store, many())
    store.close()
    backup = (folder / "seamark.db").read_bytes()
    store = LocalStore(folder)
    store.log.append([entry()])
    [new] = store.rows.write("predictions", "shop", "fraud", many(), 2)
    store.slow.commit(SlowStep(2, new_files=(new,)))
    store.close()
    (folder / "seamark.db").write_bytes(backup)
    store = LocalStore(folder)
    aside = folder / "unlisted" / Path(new.path).relative_to("rows")
    assert sorted(on_disk(folder)) == sorted([folder / old.path, aside])
    [said] = store.check()
    assert "written beside a newer database" in said
    store.close()


def test_what_a_newer_database_merged_is_not_swept_by_an_older_one(folder):
    """The merged file is no newer than the backup, but the files it was made of are gone."""
    store = LocalStore(folder)
    store.log.append([entry()])
    [one] = listed(store, many())
    store.close()
    backup = (folder / "seamark.db").read_bytes()
    store = LocalStore(folder)
    [merged] = store.rows.compact([one])
    commit(store, new_files=(merged,), dropped_files=(one.id,))
    store.close()
    (folder / "seamark.db").write_bytes(backup)
    LocalStore(folder).close()
    assert on_disk(folder) == [folder / "unlisted" / Path(merged.path).relative_to("rows")]


@pytest.mark.parametrize("name", ["..", ".hidden", "a/../../b", "x" * 5_000, "\x00", "ü" * 200, ""])
def test_no_name_leads_out_of_the_folder(folder, store, name):
    [file] = listed(store, many(1), project=name, model=name)
    path = folder / file.path
    assert path.resolve().is_relative_to(folder.resolve() / "rows" / "predictions")
    assert len(Path(file.path).parts) == 6
    assert max(len(os.fsencode(part)) for part in path.parts) <= 255


def test_many_small_files_become_one_row_group(folder, store):
    for step in range(20):
        files = listed(store, rows(NOW_US + step))
    [merged] = store.rows.compact(files)
    assert pq.ParquetFile(folder / merged.path).metadata.num_row_groups == 1


def test_a_merge_never_holds_more_than_a_row_group_and_one_table(store, monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 100)
    for _ in range(5):
        files = listed(store, many(60))
    held = []

    def watched(files):
        held.extend(table.num_rows for file in files for table in file.tables)
        return [0]

    monkeypatch.setattr(parquet, "write", watched)
    store.rows.compact(files)
    assert held == [120, 120, 60]
