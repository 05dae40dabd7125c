"""What is too old goes, once an hour and a bounded part at a time; everything else stays."""

from contextlib import closing
from dataclasses import replace

import pytest
from tests.conformance.stored import ALERT, DELIVERY, EVER, INCIDENT, MODEL, NOW_US, commit, fast_commit, listed, rows

from seamark.clock import DAY_US, HOUR_US
from seamark.config import parse
from seamark.errors import InvalidConfig
from seamark.pipeline import retention
from seamark.pipeline.retention import Retention
from seamark.records.blocks import ProfileBlock, ProfileKey
from seamark.records.retention import KEEP_ALL, RetentionOptions
from seamark.store.backends.local import LocalStore
from seamark.store.backends.memory import MemoryStore


@pytest.fixture(params=["memory", "local"])
def store(request, tmp_path):
    with closing(MemoryStore() if request.param == "memory" else LocalStore(tmp_path / "store")) as opened:
        commit(opened, models=(replace(MODEL, project="shop", name="fraud"),))
        yield opened


def profile(days_ago):
    hour_us = (NOW_US - days_ago * DAY_US) // HOUR_US * HOUR_US
    return ProfileBlock(ProfileKey("shop", "fraud", 1, "1", "", hour_us), 1, b"")


def hours(store):
    return [block.key.hour_us for block in store.slow.profiles("shop", "fraud", 1, EVER)]


def days_of(store, kind):
    return [(NOW_US - file.last_time_us) // DAY_US for file in store.rows.files(kind, "shop", "fraud")]


def test_rows_go_by_whole_days_and_outcomes_when_no_prediction_can_want_them(store):
    for days in (1, 9, 11, 99, 101):
        for kind in ("predictions", "outcomes"):
            listed(store, rows(NOW_US - days * DAY_US), kind=kind)
    kept = Retention(store, RetentionOptions(rows_days=10))
    assert not kept.prune(NOW_US)
    assert sorted(days_of(store, "predictions")) == [1, 9]
    assert sorted(days_of(store, "outcomes")) == [1, 9, 11, 99]
    assert kept.forgotten["rows"] == 4


def test_a_file_with_a_row_that_is_young_enough_stays_whole(store):
    start_us = NOW_US // DAY_US * DAY_US - 10 * DAY_US
    listed(store, rows(start_us, start_us + DAY_US - 1))
    Retention(store, RetentionOptions(rows_days=10)).prune(start_us + 10 * DAY_US + HOUR_US)
    assert len(store.rows.files("predictions", "shop", "fraud")) == 1


def test_profiles_go_oldest_first_and_a_bounded_part_at_a_time(store, monkeypatch):
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    blocks = tuple(profile(days) for days in (5, 50, 30, 40, 20))
    commit(store, blocks=blocks)
    kept = Retention(store, RetentionOptions(profiles_days=10))
    assert kept.prune(NOW_US)
    assert sorted(hours(store)) == sorted(blocks[at].key.hour_us for at in (0, 2, 4))
    assert kept.prune(NOW_US)
    assert not kept.prune(NOW_US)
    assert hours(store) == [blocks[0].key.hour_us]
    assert kept.forgotten["profiles"] == 4


def test_it_looks_once_an_hour(store):
    kept = Retention(store, RetentionOptions(profiles_days=10))
    kept.prune(NOW_US)
    commit(store, blocks=(profile(20),))
    kept.prune(NOW_US + HOUR_US - 1)
    assert hours(store)
    kept.prune(NOW_US + HOUR_US)
    assert not hours(store)


def test_what_is_kept_for_ever_is_kept(store):
    commit(store, blocks=(profile(10_000),))
    listed(store, rows(NOW_US - 10_000 * DAY_US))
    assert not Retention(store, KEEP_ALL).prune(NOW_US)
    assert hours(store)
    assert days_of(store, "predictions") == [10_000]


def test_its_measurement_counts_what_has_gone(store):
    commit(store, blocks=(profile(20),))
    kept = Retention(store, RetentionOptions(profiles_days=10))
    kept.prune(NOW_US)
    assert (("profiles",), 1.0) in kept.measurement().samples


def test_messages_and_alerts_go_with_their_incident(store):
    fast_commit(store, alerts=(ALERT,), incidents=(INCIDENT,), deliveries=(DELIVERY,))
    before = len(store.fast.incidents())
    Retention(store, RetentionOptions(incidents_days=1)).prune(INCIDENT.evidence.end_us + 30 * DAY_US)
    assert len(store.fast.incidents()) == before, "one that is open, or has something to tell, stays"


def test_less_than_a_day_is_refused():
    with pytest.raises(InvalidConfig, match=r"retention\.rows_days must be at least 1 day"):
        parse("[retention]\nrows_days = 0\n")
