"""Which silences a person is shown, and what may be ended or acknowledged."""

from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.stored import INCIDENT, NOW_US, commit, fast_commit

from seamark.errors import Conflict, NotFound
from seamark.plugins import discover
from seamark.query.silences import PostQuestions, described
from seamark.records.incident import IncidentState
from seamark.records.silence import Silence, parse_matcher

MEMORY = discover("seamark.store.backends", "BACKEND")["memory"]
SILENCE = Silence("sil_1", "shop", (parse_matcher("model=fraud"),), NOW_US, NOW_US + 10_000, "ana", "a test", NOW_US)


@pytest.fixture
def store(tmp_path):
    with closing(MEMORY.open(tmp_path)) as opened:
        yield opened


def shown(store, now_us=NOW_US, project="shop"):
    return [(each["id"], each["active"]) for each in PostQuestions(store).silences(project, now_us=now_us)["silences"]]


def test_the_newest_silence_stands_first_and_one_to_come_is_not_active(store):
    later = replace(SILENCE, id="sil_2", from_us=NOW_US + 5_000, at_us=NOW_US + 1)
    commit(store, silences=(SILENCE, later))
    assert shown(store) == [("sil_2", False), ("sil_1", True)]
    assert shown(store, NOW_US + 5_000) == [("sil_2", True), ("sil_1", True)]


def test_a_silence_that_is_over_and_one_of_another_project_are_not_shown(store):
    commit(store, silences=(SILENCE, replace(SILENCE, id="sil_2", project="bank")))
    assert shown(store) == [("sil_1", True)]
    assert shown(store, SILENCE.to_us) == []
    assert shown(store, project="bank") == [("sil_2", True)]


def test_a_silence_is_told_as_it_was_written():
    told = described(SILENCE, NOW_US)
    assert told["matchers"] == ['model="fraud"']
    assert (told["from_ms"], told["to_ms"]) == (NOW_US // 1000, NOW_US // 1000 + 10)
    assert (told["by"], told["comment"]) == ("ana", "a test")


@given(st.integers(-20_000, 20_000) | st.sampled_from([-1, 0, 9_999, 10_000]))
def test_a_silence_is_active_from_its_beginning_up_to_its_end(offset_us):
    assert described(SILENCE, NOW_US + offset_us)["active"] is (0 <= offset_us < 10_000)


@pytest.mark.parametrize(
    ("project", "id", "now_us"),
    [("shop", "sil_9", NOW_US), ("bank", "sil_1", NOW_US), ("shop", "sil_1", SILENCE.to_us)],
)
def test_only_a_silence_of_the_project_that_is_not_over_may_be_ended(store, project, id, now_us):
    commit(store, silences=(SILENCE,))
    PostQuestions(store).check_silence("shop", "sil_1", now_us=NOW_US)
    with pytest.raises(NotFound, match=f"no silence '{id}' in project '{project}' that is not over"):
        PostQuestions(store).check_silence(project, id, now_us=now_us)


def test_only_an_open_incident_of_the_project_may_be_acknowledged(store):
    over = replace(INCIDENT, id="inc_2", state=IncidentState.RESOLVED)
    fast_commit(store, incidents=(INCIDENT, over))
    asked = PostQuestions(store)
    asked.check_acknowledgeable("shop", "inc_1")
    with pytest.raises(Conflict, match="'inc_2' is over"):
        asked.check_acknowledgeable("shop", "inc_2")
    for project, incident in (("bank", "inc_1"), ("shop", "inc_3")):
        with pytest.raises(NotFound, match=f"no incident '{incident}' in project '{project}'"):
            asked.check_acknowledgeable(project, incident)
