import asyncio
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingest.heard import START_US, Heard

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.errors import Unavailable
from seamark.store.backends.memory import MemoryStore
from seamark.wire.readings import Readings

API = {"job": "api", "status": "200"}
NAME = "http_requests_total"
REQUESTS = ("service api", "requests")
MEMORY = "process_resident_memory_bytes"
PROCESS = {"job": "api", "instance": "a"}


@pytest.fixture
def heard():
    return Heard()


def minutes(heard, metric="requests"):
    [found] = [each for each in heard.stretches() if each.series.metric == metric]
    return [None if math.isnan(value) else value for value in found.values[0]][
        : (heard.now_us - START_US) // MINUTE_US + 1
    ]


def test_a_total_counts_from_its_second_reading_in_the_minute_it_is_read(heard):
    heard.counter(NAME, API, 1000, 1010, 1010, 1030)
    assert minutes(heard) == [None, 10, 0, 20]


def test_a_reset_counts_from_zero(heard):
    heard.counter(NAME, API, 1000, 1010, 4, 9)
    assert minutes(heard) == [None, 10, 4, 5]


def test_the_first_error_ever_counts_because_its_name_was_known(heard):
    heard.counter(NAME, API, 1000, 1010)
    heard.push((NAME, {**API, "status": "500"}, 3), at=120)
    assert heard.totals()["service api", "server_errors"] == 3


def test_series_of_the_first_scrape_say_nothing_about_what_they_counted_before(heard):
    heard.push((NAME, API, 1000), at=0)
    heard.push((NAME, {**API, "status": "500"}, 300, 0.5), at=1)
    assert heard.totals() == {}


def test_a_total_that_began_after_we_listened_counts_whole(heard):
    heard.push((NAME, API, 7), at=30, start_us=START_US + 1)
    assert heard.totals() == {REQUESTS: 7}


def test_a_total_that_began_before_does_not(heard):
    heard.push((NAME, API, 7), at=30, start_us=START_US - MINUTE_US)
    assert heard.totals() == {}


def test_deltas_are_increases_as_they_are(heard):
    for at in (0, 30, 60):
        heard.push((NAME, API, 5), at=at, delta=True)
    assert minutes(heard) == [10, 5]


def test_a_sample_that_comes_twice_counts_once(heard):
    for _ in range(3):
        heard.push((NAME, API, 5), at=0, delta=True)
    assert heard.totals() == {REQUESTS: 5}
    assert heard.fates() == {"accepted": 1, "repeated": 2}


def test_samples_of_one_request_may_come_in_any_order(heard):
    heard.push((NAME, API, 30, 120.0), (NAME, API, 0, 0.0), (NAME, API, 10, 60.0), (NAME, API, 10, 60.0), at=180)
    assert minutes(heard) == [None, 10, 20, None]


def test_a_stale_marker_and_a_ratio_without_traffic_are_no_values(heard):
    heard.push((MEMORY, PROCESS, math.nan), (NAME, API, math.nan))
    assert heard.totals() == {}
    assert heard.fates() == {"not_a_number": 2}


def test_a_gauge_keeps_its_mean_and_extremes(heard):
    for at, value in ((0, 4), (15, 8), (30, 6)):
        heard.push((MEMORY, PROCESS, value), at=at)
    [found] = heard.stretches(minutes=1)
    assert found.values[:, 0].tolist() == [18, 3, 4, 8]


def test_a_scrape_that_arrives_in_two_halves_makes_the_same_buckets(heard):
    name, labels = "request_predict_seconds_bucket", {"model_name": "m"}
    for number, counts in enumerate(((0, 0, 0), (3, 5, 9))):
        for le, count in zip(("0.1", "0.5", "+Inf"), counts, strict=True):
            heard.push((name, {**labels, "le": le}, count), at=number * 60)
            heard.door.flush()
    assert heard.totals() == {("model m", "latency_seconds"): {0.1: 3, 0.5: 5, math.inf: 9}}


def test_clocks_that_are_wrong_are_rejected_and_said(heard):
    taken = heard.push((MEMORY, PROCESS, 1, -2 * 86_400.0), (MEMORY, PROCESS, 1, 3_600.0), (MEMORY, PROCESS, 1, 0.0))
    assert (taken.accepted, taken.rejected) == (1, 2)
    assert taken.message == (
        "1 samples are older than 24 hours; 1 samples are more than 600 s ahead of this server's clock"
    )


def test_a_flood_of_labels_is_refused_past_the_cap_and_counted():
    heard = Heard(max_sent_series=3)
    flood = [(MEMORY, {**PROCESS, "instance": str(n)}, 1) for n in range(10)]
    taken = heard.push(*flood)
    assert (taken.accepted, taken.rejected) == (3, 7)
    assert "more than the 3 series" in taken.message
    assert heard.fates() == {"accepted": 3, "refused": 7}


def test_an_hour_later_series_nobody_sends_any_more_make_room_and_totals_go_on():
    heard = Heard(max_sent_series=2)
    heard.push((NAME, API, 100), (MEMORY, PROCESS, 1))
    heard.push((NAME, API, 107), at=3_590)
    taken = heard.push((NAME, API, 110), (MEMORY, {**PROCESS, "instance": "b"}, 2), at=3_700)
    assert taken.rejected == 0
    assert heard.totals()[REQUESTS] == 10


def test_the_store_has_a_cap_of_its_own_that_is_seen():
    heard = Heard(max_series=1)
    heard.push((MEMORY, PROCESS, 1), (MEMORY, {**PROCESS, "instance": "b"}, 1))
    assert len(heard.totals()) == 1
    assert heard.store.facts()["metric_refused_series"] == 1


def test_projects_do_not_meet(heard):
    for project in ("shop", "bank"):
        heard.push((NAME, API, 5), delta=True, project=project)
    assert heard.totals("shop") == heard.totals("bank") == {REQUESTS: 5}


def test_a_restart_neither_loses_nor_repeats_what_a_total_counted():
    store = MemoryStore()
    first = Heard(store)
    first.counter(NAME, API, 1000, 1010)
    first.door.flush()
    second = Heard(store)
    second.push((NAME, API, 1025), at=180)
    second.push((NAME, {**API, "status": "500"}, 2), at=180)
    assert second.totals() == {("service api", "requests"): 27, ("service api", "server_errors"): 2}


def test_a_restart_remembers_totals_that_have_not_been_heard_again_yet():
    store = MemoryStore()
    first = Heard(store)
    first.counter(NAME, API, 1000, 1010)
    first.door.flush()
    for _ in range(2):
        other = Heard(store)
        other.push((MEMORY, PROCESS, 1), at=90)
        other.door.flush()
    last = Heard(store)
    last.push((NAME, API, 1030), at=180)
    assert last.totals()[REQUESTS] == 30


def test_what_could_not_be_written_is_written_later(heard, monkeypatch):
    heard.push((NAME, API, 5), delta=True)

    def full(*_, **__):
        raise Unavailable("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(heard.store.metrics, "add", full)
        with pytest.raises(Unavailable):
            heard.door.flush()
    heard.push((NAME, API, 6), delta=True, at=1)
    assert heard.totals() == {REQUESTS: 11}


def test_while_nothing_can_be_written_only_so_much_waits(heard, monkeypatch):
    monkeypatch.setattr("seamark.ingest.metrics_door._WAITING", 0)
    heard.push((NAME, API, 5), delta=True)
    with pytest.raises(Unavailable, match="send them again later"):
        heard.push((NAME, API, 5), delta=True, at=1)


def test_many_requests_at_once_are_told_to_come_again(heard, monkeypatch):
    monkeypatch.setattr("seamark.ingest.metrics_door._WAITING_REQUESTS", 2)
    nothing = Readings(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))

    async def knock():
        calls = [heard.door.submit("shop", b"", lambda *_: nothing) for _ in range(4)]
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(knock())
    assert [isinstance(answer, Unavailable) for answer in answers] == [False, False, True, True]


def test_waiting_samples_are_added_up_before_they_are_too_many(heard, monkeypatch):
    monkeypatch.setattr("seamark.ingest.metrics_door._GATHERED", 5)
    for at in range(50):
        heard.push((NAME, API, 1), at=at, delta=True)
    [waiting] = [m.samples[0][1] for m in heard.door.measurements() if m.name == "seamark_metric_waiting_entries"]
    assert waiting <= 6
    assert heard.totals() == {REQUESTS: 50}


def test_old_minutes_are_folded_and_the_oldest_forgotten(heard):
    heard.push((NAME, API, 5), delta=True)
    heard.door.flush()
    assert not heard.door.age(START_US + 8 * DAY_US)
    assert [each.step_us for each in heard.stretches()] == [5 * MINUTE_US]
    heard.door.age(START_US + 50 * DAY_US)
    assert [each.step_us for each in heard.stretches()] == [HOUR_US]
    heard.door.age(START_US + 101 * DAY_US)
    assert heard.stretches() == []


@given(st.lists(st.integers(0, 50), min_size=2, max_size=40), st.sets(st.integers(1, 38)), st.sets(st.integers(1, 38)))
def test_however_it_is_cut_into_requests_flushes_and_lives_a_total_counts_the_same(steps, flushes, restarts):
    store = MemoryStore()
    heard, value = Heard(store), 1000
    for number, step in enumerate(steps):
        value += step
        heard.push((NAME, API, value), at=number * 20)
        if number in flushes | restarts:
            heard.door.flush()
        if number in restarts:
            heard = Heard(store)
    assert heard.totals().get(REQUESTS, 0) == sum(steps[1:])
