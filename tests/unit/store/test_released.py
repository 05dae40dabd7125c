"""A store that any released version has written opens, says what it said, and goes on."""

import json
import sqlite3
import zipfile
from contextlib import closing

import pytest
from tests.conformance.stored import NOW_US, entry, listed, rows
from tests.unit.store.release import FOLDER, fill, told

from seamark.store.backends.local import LocalStore, back_up, restore
from seamark.store.local.schema import MIGRATIONS

RELEASES = sorted(path.stem for path in FOLDER.glob("*.zip"))


@pytest.fixture(params=RELEASES)
def release(request, tmp_path):
    """Its name, and its folder as it was left."""
    with zipfile.ZipFile(FOLDER / f"{request.param}.zip") as packed:
        packed.extractall(tmp_path / "store")
    return request.param, tmp_path / "store"


def said(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def test_it_says_what_it_said(release):
    name, folder = release
    for _ in range(2):
        with closing(LocalStore(folder)) as store:
            assert told(store) == said(name)
            assert store.check() == []
    with closing(sqlite3.connect(folder / "seamark.db")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_it_goes_on(release):
    _, folder = release
    with closing(LocalStore(folder)) as store:
        last = store.log.last_seq()
        assert store.log.append([entry(b"next")]) == [last + 1]
        assert len(listed(store, rows(NOW_US + 9))) == 2
        assert store.check() == []


def test_its_backup_is_restored_by_the_present_version(release, tmp_path):
    name, folder = release
    back_up(folder, tmp_path / "backup", NOW_US)
    restore(tmp_path / "backup", tmp_path / "restored")
    with closing(LocalStore(tmp_path / "restored")) as store:
        assert told(store) == said(name)


def test_a_fixture_of_the_next_release_would_say_the_same(tmp_path):
    """The script still works, and tells no more and no less than the fixtures hold."""
    with closing(LocalStore(tmp_path / "store")) as store:
        fill(store)
        assert told(store) == said(RELEASES[-1])
