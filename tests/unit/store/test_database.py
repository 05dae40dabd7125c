"""One writer in order of arrival, readers beside it, and errors that say what to do."""

import sqlite3
import threading
from contextlib import closing

import pytest

from seamark.errors import Conflict, Corrupt, DiskFull, TooLarge, Unavailable
from seamark.store.local import database as database_module
from seamark.store.local import schema
from seamark.store.local.database import Database, Turns
from seamark.store.local.marks import Mark, read_mark, set_mark


@pytest.fixture
def path(tmp_path):
    return tmp_path / "seamark.db"


@pytest.fixture
def database(path):
    opened = Database(path)
    yield opened
    opened.close()


def label(database, text):
    with database.transaction() as connection:
        connection.execute("INSERT INTO labels (text) VALUES (?)", (text,))


def labels(database):
    return [text for (text,) in database.query("SELECT text FROM labels ORDER BY id")]


def until(condition):
    """Let other threads run until it holds; the test's own time limit ends a wait that is for ever."""
    while not condition():
        threading.Event().wait(0.001)


def in_line(turns, names, served):
    """Threads that ask for their turn one after the other."""

    def ask(name):
        with turns:
            served.append(name)

    threads = []
    for name in names:
        thread = threading.Thread(target=ask, args=(name,))
        thread.start()
        threads.append(thread)
        until(lambda: len(turns._waiting) == len(threads))
    return threads


def test_turns_are_served_in_order_of_arrival():
    turns, served = Turns(), []
    with turns:
        threads = in_line(turns, "abcde", served)
    for thread in threads:
        thread.join()
    assert served == list("abcde")


def test_a_thread_that_asks_again_does_not_overtake_those_who_wait():
    turns, served = Turns(), []
    with turns:
        threads = in_line(turns, "ab", served)
    with turns:
        served.append("again")
    for thread in threads:
        thread.join()
    assert served == ["a", "b", "again"]


class InterruptedGate:
    """A lock whose waiter is interrupted, as Ctrl-C interrupts the main thread."""

    def __init__(self, before_interrupt):
        self._asked = 0
        self._before_interrupt = before_interrupt

    def acquire(self):
        self._asked += 1
        if self._asked == 2:
            self._before_interrupt()
            raise KeyboardInterrupt

    def release(self):
        pass


@pytest.mark.parametrize("handed_on", [False, True], ids=["still waiting", "just handed the turn"])
def test_a_waiter_that_is_interrupted_leaves_no_gap(monkeypatch, handed_on):
    turns = Turns()
    turns.__enter__()
    gate = InterruptedGate(lambda: turns.__exit__(None, None, None) if handed_on else None)
    monkeypatch.setattr(database_module, "Lock", lambda: gate)
    with pytest.raises(KeyboardInterrupt):
        turns.__enter__()
    if not handed_on:
        turns.__exit__(None, None, None)
    assert not turns._taken
    assert not turns._waiting


def test_a_transaction_that_raises_leaves_nothing_behind(database):
    def half():
        with database.transaction() as connection:
            connection.execute("INSERT INTO labels (text) VALUES ('half')")
            set_mark(connection, Mark.LOG_SEQ, 7)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert labels(database) == []
    with database.transaction() as connection:
        assert read_mark(connection, Mark.LOG_SEQ) == 0


def test_a_reader_sees_only_what_was_committed(database):
    label(database, "before")
    with database.transaction() as connection:
        connection.execute("INSERT INTO labels (text) VALUES ('during')")
        assert labels(database) == ["before"]
    assert labels(database) == ["before", "during"]


def test_a_reader_cannot_write(database):
    with pytest.raises(Unavailable), database.reading() as connection:
        connection.execute("INSERT INTO labels (text) VALUES ('sly')")


def test_each_commit_reaches_the_disk(database):
    with database.transaction() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_full_disk_is_unavailable_and_changes_nothing(database):
    label(database, "before")
    with database.transaction() as connection:
        [(pages,)] = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match="free some space"):
        label(database, "x" * 1_000_000)
    assert labels(database) == ["before"]


def test_a_value_past_the_limit_of_the_database_is_too_large(database):
    with database.transaction() as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000)
    with pytest.raises(TooLarge, match="smaller batches"):
        label(database, "x" * 2_000)


def test_a_file_that_is_no_database_is_corrupt(path):
    path.write_bytes(b"These are not the bytes you are looking for." * 100)
    with pytest.raises(Corrupt, match=r"seamark\.db.*damaged"):
        Database(path)


def test_the_database_of_another_program_is_left_alone(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(Conflict, match="another program"):
        Database(path)
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused_by_name(path):
    Database(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    newest = len(schema.MIGRATIONS)
    with pytest.raises(Conflict, match=f"version 99, made by a newer Seamark; this one reads up to version {newest}"):
        Database(path)


def test_an_older_database_grows_and_keeps_what_it_holds(path, monkeypatch):
    older = Database(path)
    label(older, "kept")
    older.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ("ALTER TABLE labels ADD COLUMN note TEXT",)))
    for _ in range(2):
        grown = Database(path)
        assert grown.query("SELECT text, note FROM labels") == [("kept", None)]
        assert grown.query("PRAGMA user_version") == [(len(schema.MIGRATIONS),)]
        grown.close()


def test_evaluations_of_an_older_database_are_what_predictions_said(path, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:7])
        database = Database(path)
        with database.transaction() as connection:
            connection.execute("INSERT INTO owners VALUES (1, 'shop', 'fraud')")
            connection.execute("INSERT INTO labels VALUES (1, '')")
            connection.execute("INSERT INTO evaluations VALUES (5, 1, 1, 1, 0, 10, 2, 3, 0, x'01')")
        database.close()
    with closing(Database(path)) as grown:
        assert grown.query("SELECT seq, payload, of_outcomes FROM evaluations") == [(5, b"\x01", 0)]


def test_a_migration_that_fails_changes_nothing(path, monkeypatch):
    Database(path).close()
    broken = ("ALTER TABLE labels ADD COLUMN note TEXT", "ALTER TABLE nowhere ADD COLUMN x TEXT")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        with pytest.raises(sqlite3.OperationalError):
            Database(path)
    again = Database(path)
    assert again.query("PRAGMA user_version") == [(len(schema.MIGRATIONS),)]
    with pytest.raises(sqlite3.OperationalError, match="note"):
        again.query("SELECT note FROM labels")
    again.close()


@pytest.fixture
def statements(database):
    """What the writer executes from now on."""
    executed = []
    database._writer.set_trace_callback(executed.append)
    return executed


def test_readers_that_overlap_without_a_pause_do_not_let_the_log_grow_for_ever(database, path, monkeypatch):
    monkeypatch.setattr(database_module, "WAL_BYTES", 1_000_000)
    monkeypatch.setattr(database_module, "READERS_MS", 1)
    database._wal_limit = 1_000_000
    wal = path.with_name("seamark.db-wal")
    with database.reading() as connection:
        reading = connection.execute("SELECT value FROM marks")
        assert reading.fetchone()
        for number in range(40):
            label(database, f"{number}" + "x" * 50_000)
        assert wal.stat().st_size > 1_000_000, "what somebody still reads is kept"
        assert reading.fetchone()
        reading.close()
    label(database, "y" * 1_000_000)
    label(database, "z" * 1_000_000)
    assert wal.stat().st_size <= 1_100_000
    assert len(labels(database)) == 42


def test_a_reader_that_never_ends_holds_writers_up_only_now_and_then(database, path, monkeypatch, statements):
    monkeypatch.setattr(database_module, "WAL_BYTES", 1_000_000)
    monkeypatch.setattr(database_module, "READERS_MS", 1)
    database._wal_limit = 1_000_000
    with database.reading() as connection:
        reading = connection.execute("SELECT value FROM marks")
        assert reading.fetchone()
        for number in range(60):
            label(database, f"{number}" + "x" * 50_000)
        megabytes = path.with_name("seamark.db-wal").stat().st_size / 1_000_000
        reading.close()
    assert 1 <= sum("wal_checkpoint" in each for each in statements) <= megabytes


def test_readers_share_few_connections(database, monkeypatch):
    opened = []
    connect = database._connect
    monkeypatch.setattr(database, "_connect", lambda: opened.append(1) or connect())
    for _ in range(10):
        labels(database)
    assert len(opened) == 1
    with database.reading(), database.reading():
        pass
    assert len(opened) == 2


def test_no_reader_outlives_the_database(path):
    database = Database(path)
    with database.reading() as connection:
        label(database, "written while reading")
        database.close()
        assert connection.execute("SELECT text FROM labels").fetchall() == [("written while reading",)]
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
    with pytest.raises(Unavailable, match="closed"):
        database.query("SELECT 1")
