"""A backup brings back every drawer, and a repair loses exactly what no backup has."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.stored import (
    ALERT,
    CHANGE,
    DELIVERY,
    EVER,
    INCIDENT,
    MODEL,
    NOW_US,
    TODAY,
    block,
    commit,
    entry,
    evaluation,
    fast_commit,
    listed,
    rows,
    seen,
)

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.errors import Conflict
from seamark.records.delivery import PostStep, Thread
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement, Silence, parse_matcher
from seamark.records.token import StoredToken
from seamark.records.verdict import VerdictBlock
from seamark.store.backends.local import LocalStore, back_up, restore, verify
from seamark.store.stretches import Stretch

API = Component("shop", ComponentKind.SERVICE, "api")


def fill(store):
    """Something in every drawer."""
    store.log.append([entry(b"waits", key="k")])
    listed(store, rows(NOW_US, NOW_US + 1))
    silence = Silence("sil_1", "shop", (parse_matcher("model=fraud"),), NOW_US, NOW_US + 10, "ana", "", NOW_US)
    said = Acknowledgement("inc_1", "shop", "ana", "on it", NOW_US)
    commit(store, models=(MODEL,), blocks=(block(0),), evaluations=(evaluation(),), dirty=(("shop", "fraud", 0),))
    commit(store, changes=(CHANGE,), silences=(silence,), acknowledgements=(said,))
    verdict = VerdictBlock(API, TODAY.start_us, b"verdicts")
    fast_commit(store, alerts=(ALERT,), incidents=(INCIDENT,), deliveries=(DELIVERY,), verdicts=(verdict,))
    fast_commit(store, heard=((API, NOW_US),), judged_us=NOW_US)
    thread = Thread("inc_1", "team", open=True, revision=1, priority=Priority.P1, told_us=NOW_US)
    store.post.commit(PostStep(threads=(thread,)))
    store.accounts.put_token(StoredToken("tok_1", "laptop", "shop", "ab", NOW_US))
    series = METRICS["requests"].of(API, "requests")
    stretch = Stretch(series, TODAY.start_us, MINUTE_US, np.array([[1.0, 2.0]]))
    store.metrics.add([stretch], {"pull": b"how far"})
    store.metrics.see([("shop", API.label, "model/fraud")], NOW_US)


def told(store):
    """An answer of every drawer."""
    files = store.rows.files("predictions", "shop", "fraud")
    stretches = store.metrics.read("shop", TODAY)
    return {
        "log": (store.log.read(0, 10), store.log.last_seq(), store.log.pending()),
        "rows": (files, seen(store.rows.scan(files))),
        "slow": (store.slow.models(), store.slow.dirty(), store.slow.profiles("shop", "fraud", 1, EVER)),
        "evaluations": (store.slow.evaluations("shop", "fraud", EVER), store.fast.new_evaluations(0, 10)),
        "fast": (store.fast.alerts(), store.fast.incidents(), store.fast.changes("shop", EVER)),
        "post": (store.post.deliveries(), store.post.threads(), store.post.silences(), store.post.counts()),
        "people": (store.post.acknowledgements(["inc_1"]), store.accounts.tokens()),
        "metrics": [(each.series, each.start_us, np.nan_to_num(each.values, nan=-1.0).tolist()) for each in stretches],
        "around": (store.metrics.state("pull"), store.metrics.topology(), store.metrics.series()),
        "judged": (store.metrics.judged_us(), store.metrics.heard(), store.metrics.verdicts("shop", TODAY)),
    }


def test_every_drawer_comes_back_as_it_was(tmp_path):
    with closing(LocalStore(tmp_path / "store")) as store:
        fill(store)
        before = told(store)
        assert all(any(part) for part in before.values()), "a drawer that is empty proves nothing"
        back_up(tmp_path / "store", tmp_path / "backup", NOW_US)
    restore(tmp_path / "backup", tmp_path / "other")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert told(restored) == before
        assert restored.check() == []


def test_what_is_restored_goes_on_where_it_was(tmp_path):
    with closing(LocalStore(tmp_path / "store")) as store:
        fill(store)
        back_up(tmp_path / "store", tmp_path / "backup", NOW_US)
    restore(tmp_path / "backup", tmp_path / "other")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert restored.log.append([entry(b"again", key="k")]) == [1], "a key is remembered"
        assert restored.log.append([entry(b"new")]) == [2]
        listed(restored, rows(NOW_US + 2))
        assert len(told(restored)["rows"][1]) == 3


def test_a_backup_of_what_was_restored_is_a_backup_of_the_same(tmp_path):
    with closing(LocalStore(tmp_path / "store")) as store:
        fill(store)
        before = told(store)
        first = back_up(tmp_path / "store", tmp_path / "first", NOW_US)
    restore(tmp_path / "first", tmp_path / "other")
    second = back_up(tmp_path / "other", tmp_path / "second", NOW_US + 1)
    assert {file for file in second.files if file.path != "seamark.db"} == {
        file for file in first.files if file.path != "seamark.db"
    }
    shutil.rmtree(tmp_path / "other")
    restore(tmp_path / "second", tmp_path / "other")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert told(restored) == before


def test_a_backup_does_not_change_when_the_store_goes_on(tmp_path):
    with closing(LocalStore(tmp_path / "store")) as store:
        fill(store)
        back_up(tmp_path / "store", tmp_path / "backup", NOW_US)
        files = store.rows.files("predictions", "shop", "fraud")
        commit(store, new_files=tuple(store.rows.compact(files)), dropped_files=tuple(file.id for file in files))
        fast_commit(store, incidents=(replace(INCIDENT, title="another"),))
        assert verify(tmp_path / "backup").log_seq == 1


def test_a_second_backup_into_the_same_folder_is_refused_and_the_first_stays_whole(tmp_path):
    with closing(LocalStore(tmp_path / "store")) as store:
        fill(store)
        made = back_up(tmp_path / "store", tmp_path / "backup", NOW_US)
        with pytest.raises(Conflict, match="is there already"):
            back_up(tmp_path / "store", tmp_path / "backup", NOW_US + 1)
    assert verify(tmp_path / "backup") == made


DAYS = 4


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """A store with a row file a day and a profile an hour, and a backup of it."""
    folder = tmp_path_factory.mktemp("days")
    with closing(LocalStore(folder / "store")) as store:
        for day in range(DAYS):
            listed(store, rows(NOW_US + day * DAY_US, NOW_US + day * DAY_US + HOUR_US))
        commit(store, models=(MODEL,), blocks=tuple(block(hour) for hour in range(3)))
        back_up(folder / "store", folder / "backup", NOW_US)
    return folder


@settings(max_examples=8, deadline=None)
@given(st.sets(st.integers(0, DAYS - 1)), st.sets(st.integers(0, DAYS - 1)), st.booleans())
def test_a_repair_loses_exactly_what_is_torn_and_in_no_backup(days, torn, gone, with_backup):
    with TemporaryDirectory() as place:
        root = Path(shutil.copytree(days / "store", Path(place) / "store"))
        with closing(LocalStore(root)) as store:
            files = store.rows.files("predictions", "shop", "fraud")
            for day in torn | gone:
                path = root / files[day].path
                path.unlink() if day in gone else path.write_bytes(path.read_bytes()[:-5])
            mended = store.repair(days / "backup" if with_backup else None)
            left = [file.first_time_us for file in store.rows.files("predictions", "shop", "fraud")]
            assert store.check() == []
            assert len(store.slow.profiles("shop", "fraud", 1, EVER)) == 3
            assert store.repair() == []
        lost = set() if with_backup else torn | gone
        assert [each.lost for each in mended] == [not with_backup] * len(torn | gone)
        assert left == [NOW_US + day * DAY_US for day in range(DAYS) if day not in lost]
