"""The host's log hears of every reason, and of each at most once a minute."""

import logging

import pytest

from seamark.client.complaints import Complaints

FULL = {"buffer_full": "The buffer is full."}


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.WARNING, "seamark.client")
    return lambda: [record.getMessage() for record in caplog.records]


def test_the_first_drop_is_said_at_once_and_the_next_of_its_kind_a_minute_later(said):
    complaints = Complaints()
    assert complaints.drops(FULL, {"buffer_full": 3}, now=1000.0) == ["buffer_full"]
    assert complaints.drops(FULL, {"buffer_full": 50}, now=1059.9) == []
    assert complaints.drops(FULL, {"buffer_full": 90}, now=1060.0) == ["buffer_full"]
    assert said() == [
        "Seamark dropped 3 rows (buffer_full). The buffer is full.",
        "Seamark dropped 87 rows (buffer_full). The buffer is full.",
    ]


def test_each_reason_has_a_minute_of_its_own(said):
    complaints = Complaints()
    complaints.drops(FULL, {"buffer_full": 1}, now=0.0)
    complaints.drops({"invalid_id": "Empty."}, {"invalid_id": 1}, now=1.0)
    complaints.trouble("http://localhost:1: refused.", now=2.0)
    complaints.trouble("http://localhost:1: refused.", now=3.0)
    assert said() == [
        "Seamark dropped 1 row (buffer_full). The buffer is full.",
        "Seamark dropped 1 row (invalid_id). Empty.",
        "Seamark cannot deliver now and will try again. http://localhost:1: refused.",
    ]


def test_what_may_not_be_said_yet_says_when_it_may():
    complaints = Complaints()
    assert complaints.next_in({}, 0.0) is None
    assert complaints.next_in(FULL, 0.0) == 0.0
    complaints.drops(FULL, {"buffer_full": 1}, now=10.0)
    assert complaints.next_in(FULL, 30.0) == 40.0
    assert complaints.next_in(FULL, 500.0) == 0.0


def test_an_error_of_our_own_is_logged_with_its_trace_but_not_again_and_again(caplog):
    complaints = Complaints()
    for now in (0.0, 1.0):
        try:
            {}["ours"]
        except KeyError:
            complaints.fault(now)
    (record,) = caplog.records
    assert record.exc_info[0] is KeyError


def test_all_of_it_goes_to_one_logger_a_host_can_silence(caplog):
    Complaints().trouble("x", 0.0)
    assert [record.name for record in caplog.records] == ["seamark.client"]
