"""What people said about being told becomes what the store keeps."""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.stored import NOW_US

from seamark.plugins import discover
from seamark.profile.silences import acknowledge, end_silence, silence
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind, LogEntry, LoggedEntry
from seamark.records.silence import Acknowledgement

MEMORY = discover("seamark.store.backends", "BACKEND")["memory"]
SAID = {"matchers": ['model="fraud"'], "from_us": NOW_US, "to_us": NOW_US + 100, "by": "ana", "comment": "a test"}


@pytest.fixture
def store(tmp_path):
    with closing(MEMORY.open(tmp_path)) as opened:
        yield opened


def logged(seq=1, at_us=NOW_US, project="shop"):
    return LoggedEntry(seq, LogEntry(EntryKind.ACTION, project, "", at_us, 0, b"", None))


def silenced(store, seq=1, **changed):
    store.slow.commit(silence(SlowStep(0), logged(seq), SAID | changed))


def ended(store, id="sil_1", at_us=NOW_US + 50, by="bob", project="shop"):
    step = end_silence(SlowStep(0), store, logged(9, at_us, project), {"silence": id, "by": by})
    store.slow.commit(step)
    return step.silences


def test_a_silence_is_called_by_its_place_in_the_log_and_read_twice_is_the_same_one(store):
    silenced(store, seq=7)
    silenced(store, seq=7)
    [found] = store.post.silences()
    assert (found.id, found.project, found.by, found.at_us) == ("sil_7", "shop", "ana", NOW_US)
    assert [str(each) for each in found.matchers] == SAID["matchers"]


def test_a_silence_ends_when_that_is_said_and_keeps_by_whom(store):
    silenced(store)
    ended(store)
    [found] = store.post.silences()
    assert (found.to_us, found.comment) == (NOW_US + 50, "a test (ended by bob)")


def test_who_ended_a_silence_without_a_comment_may_be_nobody_known(store):
    silenced(store, comment="")
    ended(store, by="")
    assert store.post.silences()[0].comment == "(ended by somebody)"


def test_ending_one_silence_leaves_the_others(store):
    silenced(store, seq=1)
    silenced(store, seq=2)
    ended(store, "sil_2")
    assert {each.id: each.to_us - NOW_US for each in store.post.silences()} == {"sil_1": 100, "sil_2": 50}


@pytest.mark.parametrize("wrong", [{"id": "sil_2"}, {"project": "bank"}, {"at_us": NOW_US + 100}])
def test_what_is_over_or_of_others_is_not_ended(store, wrong):
    silenced(store)
    assert ended(store, **wrong) == ()
    assert store.post.silences()[0].comment == "a test"


@given(st.lists(st.integers(1, 150), min_size=1, max_size=5))
def test_however_often_it_is_ended_a_silence_never_grows_longer(moments):
    with closing(MEMORY.open(None)) as store:
        silenced(store)
        for moment in sorted(moments):
            ended(store, at_us=NOW_US + moment)
        assert store.post.silences()[0].to_us == NOW_US + min(100, *moments)


def test_the_last_word_on_an_incident_counts(store):
    for at_us, by in ((NOW_US, "ana"), (NOW_US + 1, "bob")):
        step = acknowledge(SlowStep(0), logged(1, at_us), {"incident": "inc_1", "by": by, "comment": "on it"})
        store.slow.commit(step)
    assert store.post.acknowledgements(["inc_1"]) == {
        "inc_1": Acknowledgement("inc_1", "shop", "bob", "on it", NOW_US + 1)
    }
