"""`seamark backup`, `restore` and `erase` say what they did, in words or as JSON, and refuse in sentences."""

import json
from contextlib import closing

import pytest
from tests.conformance.stored import MODEL, NOW_US, commit, listed, rows

from seamark.cli import main
from seamark.store.backends.local import LocalStore


@pytest.fixture
def folder(tmp_path):
    with closing(LocalStore(tmp_path / "store")) as opened:
        listed(opened, rows(NOW_US, NOW_US + 1))
        commit(opened, models=(MODEL,))
    return tmp_path / "store"


@pytest.fixture
def run(folder, capsys):
    def ran(*words, data=folder, code=0):
        assert main([*map(str, words), "--data", str(data)]) == code
        told = capsys.readouterr()
        return told.err if code else told.out

    return ran


def test_a_backup_is_made_read_and_restored_and_each_says_how_much(run, tmp_path):
    made = run("backup", tmp_path / "day")
    assert made.startswith("Copied ")
    assert "in 2 files, as of 20" in made
    assert run("backup", "--verify", tmp_path / "day") == made.replace("Copied", "Read")
    told = run("restore", tmp_path / "day", data=tmp_path / "other")
    assert told.startswith(f"{tmp_path / 'other'} is what the store was at 20")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert [file.rows for file in restored.rows.files("predictions", "shop", "fraud")] == [2]


def test_as_json_all_three_tell_of_the_same_bytes(run, tmp_path):
    made = json.loads(run("backup", tmp_path / "day", "--json"))
    read = json.loads(run("backup", "--verify", tmp_path / "day", "--json"))
    restored = json.loads(run("restore", tmp_path / "day", "--json", data=tmp_path / "other"))
    assert made == read
    assert made.keys() == {"made", "files", "bytes", "log_seq"}
    assert restored == {"store": str(tmp_path / "other"), "made": made["made"], "bytes": made["bytes"]}


def test_a_backup_into_a_folder_that_is_not_empty_is_refused_and_leaves_it(run, tmp_path):
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "mine.txt").write_text("mine")
    assert str(tmp_path / "day") in run("backup", tmp_path / "day", code=2)
    assert [path.name for path in (tmp_path / "day").iterdir()] == ["mine.txt"]


def test_a_store_that_is_there_is_never_replaced(run, folder, tmp_path):
    run("backup", tmp_path / "day")
    before = sorted(folder.rglob("*"))
    assert str(folder) in run("restore", tmp_path / "day", code=2)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("command", [["backup", "--verify"], ["restore"]])
def test_a_folder_that_is_no_backup_is_named(run, tmp_path, command):
    (tmp_path / "empty").mkdir()
    assert "empty" in run(*command, tmp_path / "empty", data=tmp_path / "other", code=2)
    assert not (tmp_path / "other").exists()


def test_a_store_that_is_not_there_cannot_be_copied_and_is_not_made(run, tmp_path):
    assert "nowhere" in run("backup", tmp_path / "day", data=tmp_path / "nowhere", code=2)
    assert not (tmp_path / "nowhere").exists()
    assert not (tmp_path / "day").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no id; write one a line"),
        (b"\n\n", "holds no id"),
        (b"\xff\xfe", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_without_ids_erases_nothing(run, folder, tmp_path, content, words):
    if content is not None:
        (tmp_path / "ids").write_bytes(content)
    assert words in run("erase", "fraud", tmp_path / "ids", "--project", "shop", code=2)
    with closing(LocalStore(folder)) as store:
        assert [file.rows for file in store.rows.files("predictions", "shop", "fraud")] == [2]


def test_a_model_nobody_knows_is_named_with_its_project(run, tmp_path):
    (tmp_path / "ids").write_text("r0\n")
    assert "There is no model 'fraud' in project 'default'." in run("erase", "fraud", tmp_path / "ids", code=2)
