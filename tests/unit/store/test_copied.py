"""The list of a backup: what is written is read, what was changed is named, and nothing leads out of the folder."""

import hashlib
import json
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.clock import DAY_US
from seamark.errors import Conflict, Corrupt, NotFound, Unavailable
from seamark.store.local.copied import LIST, Copied, CopiedFile, copy, digest, read_list, refusals, verify, write_list
from seamark.store.local.schema import MIGRATIONS

NOW_US = 20_000 * DAY_US + 123_456
FILES = {"seamark.db": b"database", "rows/predictions/a.parquet": b"rows" * 1_000, "empty": b""}


@pytest.fixture
def folder(tmp_path):
    """A backup of three files."""
    files = []
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
        files.append(CopiedFile(path, len(content), hashlib.sha256(content).hexdigest()))
    write_list(tmp_path, Copied(NOW_US, 1, 7, tuple(files)))
    return tmp_path


def relisted(folder, **changed):
    found = json.loads((folder / LIST).read_text())
    (folder / LIST).write_text(json.dumps(found | changed))


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
files = st.builds(CopiedFile, texts, st.integers(0, 2**50), st.text("0123456789abcdef", min_size=64, max_size=64))
backups = st.builds(
    Copied,
    st.integers(0, 40_000 * DAY_US),
    st.integers(0, len(MIGRATIONS)),
    st.integers(0, 2**62),
    st.lists(files, max_size=4).map(tuple),
)


@settings(max_examples=25)
@given(backups)
def test_a_list_is_read_as_it_was_written(copied):
    with TemporaryDirectory() as folder:
        write_list(Path(folder), copied)
        found = read_list(Path(folder))
    assert found == copied
    assert found.size_bytes == sum(file.size_bytes for file in copied.files)


@settings(max_examples=25)
@given(st.binary(max_size=200), st.integers(1, 64))
def test_a_copy_has_the_bytes_the_size_and_the_checksum_of_its_source(content, chunk):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("seamark.store.local.copied._CHUNK_BYTES", chunk)
        source, to = Path(folder) / "source", Path(folder) / "new" / "deep" / "copy"
        source.write_bytes(content)
        expected = (len(content), hashlib.sha256(content).hexdigest())
        assert copy(source, to) == digest(source) == digest(to) == expected
        assert to.read_bytes() == content


def test_a_whole_backup_is_read_to_its_last_byte(folder):
    shares = []
    copied = verify(folder, shares.append)
    assert (copied.made_us, copied.log_seq, [file.path for file in copied.files]) == (NOW_US, 7, list(FILES))
    assert shares == sorted(shares)
    assert all(0 <= share < 1 for share in shares)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("how", ["longer", "other", "gone"])
def test_a_file_that_is_not_what_was_written_is_named(folder, path, how):
    content = FILES[path]
    if how == "gone":
        (folder / path).unlink()
    elif how == "longer" or not content:
        (folder / path).write_bytes(content + b"!")
    else:
        (folder / path).write_bytes(b"!" + content[1:])
    with pytest.raises(Corrupt, match=PurePosixPath(path).name):
        verify(folder)


def test_a_file_that_is_in_no_list_is_not_part_of_the_backup(folder):
    (folder / "notes.txt").write_text("mine")
    assert [file.path for file in verify(folder).files] == list(FILES)


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "rows/../../outside", "rows/.."])
def test_a_list_that_leads_out_of_the_backup_is_refused_before_anything_is_read(folder, path):
    relisted(folder, files=[{"path": path, "size_bytes": 0, "sha256": ""}])
    with pytest.raises(Corrupt, match="is not inside the backup"):
        verify(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", "{}", '{"format": 1}', '{"format": "1", "schema": 1}', "\x00"]
)
def test_what_is_no_list_of_ours_is_corrupt_and_named(folder, text):
    (folder / LIST).write_text(text)
    with pytest.raises(Corrupt, match=LIST):
        read_list(folder)


@pytest.mark.parametrize(
    "changed", [{"made": "yesterday"}, {"log_seq": "many"}, {"files": [{}]}, {"files": None}, {"files": [1]}]
)
def test_a_list_with_a_wrong_part_is_corrupt(folder, changed):
    relisted(folder, **changed)
    with pytest.raises(Corrupt, match="not a list that Seamark wrote"):
        read_list(folder)


@pytest.mark.parametrize("changed", [{"format": 2}, {"schema": len(MIGRATIONS) + 1}])
def test_a_backup_of_a_newer_version_is_left_to_that_version(folder, changed):
    relisted(folder, **changed)
    with pytest.raises(Conflict, match="made by a newer Seamark"):
        read_list(folder)


@pytest.mark.parametrize("place", ["nowhere", "seamark.db"])
def test_a_place_without_a_list_is_no_backup(folder, place):
    with pytest.raises(NotFound, match=r"is not a backup: it has no backup\.json"):
        read_list(folder / place)


def test_a_disk_that_refuses_is_unavailable_and_a_file_that_is_gone_is_corrupt(tmp_path):
    with pytest.raises(Unavailable, match="No space left"), refusals(tmp_path):
        raise OSError(28, "No space left on device")
    with pytest.raises(Corrupt, match="'gone' is missing"), refusals(tmp_path):
        raise FileNotFoundError(2, "No such file", "gone")
