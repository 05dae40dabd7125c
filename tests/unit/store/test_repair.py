"""Damaged files are named at the start, taken from a backup where one has them, and set aside where none does."""

from contextlib import closing

import pytest
from tests.conformance.stored import BY_NUMBER, MODEL, NOW_US, block, commit, found, listed, rows, seen
from tests.unit.store.killed import EVER

from seamark.cli import main
from seamark.clock import DAY_US
from seamark.store.backends.local import LocalStore, back_up


@pytest.fixture
def folder(tmp_path):
    """A store of two days, each with a row file and a profile."""
    folder = tmp_path / "store"
    with closing(LocalStore(folder)) as store:
        listed(store, rows(NOW_US, NOW_US + 1))
        listed(store, rows(NOW_US + DAY_US))
        commit(store, models=(MODEL,), blocks=(block(0),))
    return folder


def files_of(folder):
    with closing(LocalStore(folder)) as store:
        return store.rows.files("predictions", "shop", "fraud")


def damage(path, how):
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "torn":
        path.write_bytes(content[: len(content) // 2])
    else:
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) * 40 + content[middle + 40 :])


DAMAGES = pytest.mark.parametrize("how", ["gone", "torn", "flipped"])


@pytest.mark.parametrize("how", ["gone", "torn"])
def test_what_is_torn_or_gone_is_named_at_the_start(folder, how, caplog):
    [first, _] = files_of(folder)
    damage(folder / first.path, how)
    caplog.clear()
    with closing(LocalStore(folder)):
        [said] = [record.getMessage() for record in caplog.records if "row file" in record.getMessage()]
    assert first.path in said
    assert "doctor --repair" in said


@DAMAGES
def test_a_backup_gives_back_what_is_damaged(folder, how, tmp_path):
    back_up(folder, tmp_path / "backup", NOW_US)
    files = files_of(folder)
    (folder / files[0].path).unlink()  # the backup has a link to the same bytes, which a disk's fault would not reach
    (folder / files[0].path).write_bytes((tmp_path / "backup" / files[0].path).read_bytes())
    damage(folder / files[0].path, how)
    with closing(LocalStore(folder)) as store:
        [mended] = store.repair(tmp_path / "backup")
        assert not mended.lost
        assert "restored from the backup" in mended.sentence
        assert store.check() == []
        assert len(seen(store.rows.scan(files))) == 3
        assert store.repair() == []


@DAMAGES
def test_without_one_it_is_set_aside_and_what_is_lost_is_said(folder, how):
    [first, second] = files_of(folder)
    damage(folder / first.path, how)
    with closing(LocalStore(folder)) as store:
        [mended] = store.repair()
        assert mended.lost
        assert "2 rows of predictions of model 'fraud', project 'shop'" in mended.sentence
        assert store.check() == []
        assert store.rows.files("predictions", "shop", "fraud") == [second]
        assert len(store.slow.profiles("shop", "fraud", 1, EVER)) == 1, "profiles need no rows"
    assert (folder / "damaged" / first.path).exists() == (how != "gone")


def test_a_backup_that_is_damaged_itself_gives_nothing_back(folder, tmp_path):
    back_up(folder, tmp_path / "backup", NOW_US)
    [first, _] = files_of(folder)
    damage(folder / first.path, "flipped")  # the same file by another name, where links are possible
    (tmp_path / "backup" / first.path).unlink()
    (tmp_path / "backup" / first.path).write_bytes((folder / first.path).read_bytes())
    with closing(LocalStore(folder)) as store:
        [mended] = store.repair(tmp_path / "backup")
        assert mended.lost


def test_a_join_file_that_is_torn_is_made_anew(folder):
    files = files_of(folder)
    with closing(LocalStore(folder)) as store:
        expected = found(store, files, 0, 1)
    [join, *_] = sorted(folder.rglob("*.join"))
    join.write_bytes(join.read_bytes()[:100])
    with closing(LocalStore(folder)) as store:
        [mended] = store.repair()
        assert "made anew" in mended.sentence
        assert not mended.lost
        assert store.check() == []
        assert found(store, files, 0, 1) == expected
    assert BY_NUMBER.name


def test_doctor_mends_and_says_so_and_fails_only_for_what_is_lost(folder, tmp_path, capsys):
    back_up(folder, tmp_path / "backup", NOW_US)
    asked = ["doctor", "--data", str(folder), "--repair"]
    [first, _] = files_of(folder)
    (folder / first.path).unlink()
    main([*asked, "--from", str(tmp_path / "backup")])
    assert "✓ The row file" in capsys.readouterr().out
    (folder / first.path).unlink()
    assert main(asked) == 1
    assert "✗ The row file" in capsys.readouterr().out
    main(asked)
    assert "No join or row file had to be mended" in capsys.readouterr().out
    assert main(["doctor", "--data", str(folder), "--from", str(tmp_path)]) == 2
    main([*asked, "--from", str(tmp_path / "elsewhere")])
    assert "Nothing was mended: " in capsys.readouterr().out
