"""Whatever the server and the network do, every row arrives once or is counted, and the host notices nothing."""

import gc
import logging
import socket
import threading
import tracemalloc
import warnings

import pytest
from tests.unit.client.scripted_server import CLOSE, GARBAGE, HANG, OK, Reply, running

import seamark


def log_rows(client, count, start=0):
    for i in range(start, start + count):
        client.log(f"p{i}", features={"x": float(i)})


def ids(count, start=0):
    return [f"p{i}" for i in range(start, start + count)]


@pytest.mark.parametrize(
    "trouble",
    [Reply(500), Reply(502), Reply(503), Reply(507), Reply(429), Reply(408), CLOSE, GARBAGE],
    ids=["500", "502", "503", "507", "429", "408", "closed", "garbage"],
)
def test_a_batch_that_met_trouble_is_sent_again_unchanged_and_counts_once(server, connect, trouble):
    server.script = [trouble, trouble]
    client = connect()
    log_rows(client, 10)
    assert client.flush()
    assert server.ids == ids(10)
    assert len({(request.headers["idempotency-key"], request.raw) for request in server.requests}) == 1
    stats = client.stats
    assert (stats.acknowledged, stats.sent, stats.waiting) == (10, 10, 0)
    assert stats.retries >= 2 if trouble.act == "answer" else stats.retries >= 1


def test_different_batches_have_different_keys(server, connect):
    client = connect(batch_rows=5)
    log_rows(client, 20)
    assert client.flush()
    assert len({request.headers["idempotency-key"] for request in server.requests}) == len(server.requests) == 4


def test_a_server_that_hangs_is_given_up_and_tried_again(server, connect):
    server.script = [HANG]
    client = connect(timeout_seconds=0.1)
    log_rows(client, 10)
    assert client.flush()
    assert server.ids == ids(10)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "rejected"),
        (401, "unauthorised"),
        (403, "unauthorised"),
        (404, "not_found"),
        (413, "too_large"),
        (422, "rejected"),
        (302, "rejected"),
    ],
)
def test_a_refused_batch_is_counted_and_never_sent_again(server, connect, status, reason):
    server.script = [Reply(status, headers={"Location": "http://127.0.0.1:1/"})]
    client = connect()
    log_rows(client, 10)
    assert client.flush()
    log_rows(client, 10, start=10)
    assert client.flush()
    assert len(server.requests) == 2
    assert server.ids == ids(10, start=10)
    assert client.stats.dropped == {reason: 10}
    assert client.stats.acknowledged == 10


def test_a_batch_the_server_dies_of_does_not_block_the_ones_behind_it(server, connect):
    server.script = [Reply(500)] * 5
    client = connect(batch_rows=10, flush_seconds=60)
    log_rows(client, 20)
    assert client.flush()
    assert server.ids == ids(10, start=10)
    assert client.stats.dropped == {"server_error": 10}


def test_single_refused_rows_are_counted_and_the_others_acknowledged(server, connect):
    refusal = {"row": 2, "field": "time", "message": "time is ahead."}
    server.script = [Reply(202, {"accepted": 8, "refused": [refusal, refusal], "refused_rows": 2})]
    client = connect()
    log_rows(client, 10)
    assert client.flush()
    assert (client.stats.acknowledged, client.stats.dropped) == (8, {"refused": 2})


def test_a_pause_the_server_asks_for_is_kept_even_when_somebody_waits(server, connect):
    server.script = [Reply(429, headers={"Retry-After": "1"})]
    client = connect()
    log_rows(client, 1)
    assert client.flush(20)
    first, second = server.requests
    assert second.at - first.at >= 1.0


@pytest.mark.parametrize("said", ["soon", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "", "9" * 400])
def test_a_pause_nobody_can_keep_is_a_short_one_or_a_bounded_one(server, connect, said):
    server.script = [Reply(503, headers={"Retry-After": said})]
    client = connect(flush_seconds=0.02)
    log_rows(client, 1)
    server.wait_for(requests=1)
    delivered = client.flush(0.5)
    assert delivered or said == "9" * 400


def test_rows_logged_while_the_server_is_away_arrive_when_it_is_back(server, connect):
    client = connect(batch_rows=20)
    log_rows(client, 30)
    assert client.flush()
    server.kill()
    log_rows(client, 50, start=30)
    assert not client.flush(0.1)
    server.start()
    log_rows(client, 20, start=80)
    assert client.flush(20)
    assert sorted(server.ids) == sorted(ids(100))
    assert client.stats.acknowledged == 100
    assert client.stats.retries > 0


def test_a_server_killed_again_and_again_loses_nothing_it_did_not_acknowledge(server, connect):
    client = connect(batch_rows=5)
    for round in range(6):
        server.script = [HANG, CLOSE] if round % 2 else []
        log_rows(client, 40, start=round * 40)
        server.kill()
        server.release()
        server.start()
    assert client.flush(30)
    assert sorted(server.ids) == sorted(ids(240))
    assert client.stats.acknowledged == 240


def test_a_client_may_begin_before_its_server(connect, server):
    server.kill()
    client = connect()
    log_rows(client, 10)
    assert not client.flush(0.1)
    server.start()
    assert client.flush(20)
    assert server.ids == ids(10)


def test_one_connection_serves_many_batches(server, connect):
    client = connect(batch_rows=5)
    log_rows(client, 100)
    assert client.flush()
    assert len(server.requests) == 20
    assert len({request.connection for request in server.requests}) == 1


def test_a_connection_the_server_closed_while_idle_is_renewed_without_counting_as_trouble(server, connect):
    client = connect()
    log_rows(client, 1)
    assert client.flush()
    server._http.cut()
    log_rows(client, 1, start=1)
    assert client.flush()
    assert server.ids == ids(2)
    assert client.stats.retries == 0


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[1,2]", b'{"refused": 5}', b"\xff", b'"x"', b"{" * 5000, b"y" * 400_000]
)
def test_an_acknowledgement_counts_whatever_its_body(server, connect, body):
    server.script = [Reply(200, body)]
    client = connect()
    log_rows(client, 1)
    assert client.flush()
    log_rows(client, 1, start=1)
    assert client.flush()
    assert client.stats.acknowledged == 2


def test_headers_say_who_sends_what(server, connect):
    client = connect(token="secret")
    log_rows(client, 1)
    assert client.flush()
    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == f"seamark-python/{seamark.__version__}"


def test_without_a_token_no_authorization_is_claimed(server, connect):
    client = connect()
    log_rows(client, 1)
    assert client.flush()
    assert "authorization" not in server.requests[0].headers


def test_compressed_batches_say_the_same_in_fewer_bytes(server, connect):
    plain, small = connect(), connect(compress=True)
    for client in (plain, small):
        log_rows(client, 200)
        assert client.flush()
    first, second = server.requests
    assert second.headers["content-encoding"] == "gzip"
    assert second.body["columns"]["feature.x"] == first.body["columns"]["feature.x"]
    assert len(second.raw) < len(first.raw) / 2


def test_a_path_before_the_endpoints_is_kept(server, connect):
    client = seamark.Client(f"{server.url}/team/seamark/", model="fraud")
    client.log("p1")
    assert client.close()
    assert server.requests[0].path == "/team/seamark/v1/predictions?partial=true"


def test_a_server_that_speaks_no_tls_is_only_trouble(server):
    client = seamark.Client(server.url.replace("http:", "https:"), model="fraud", backoff_max_seconds=0.01)
    client.log("p1")
    assert not client.flush(0.2)
    client.close(0)
    assert client.stats.dropped == {"closed": 1}


@pytest.mark.parametrize("host", ["no-such-host.invalid", "xn--\udcff.invalid", "a" * 70 + ".invalid"])
def test_a_host_nobody_can_resolve_is_only_trouble(host):
    client = seamark.Client(f"http://{host}:8420", model="fraud", backoff_max_seconds=0.01)
    client.log("p1")
    client.flush(0.1)
    client.close(0)
    assert client.stats.logged == 1


def test_drops_are_reported_to_the_server_with_the_next_batch(server, connect):
    client = connect()
    client.log(weight=-1)
    client.log(weight=-1)
    client.log(time="noon")
    log_rows(client, 1)
    assert client.flush()
    client.log("p1")
    assert client.flush()
    first, second = (request.body["client"] for request in server.requests)
    assert first == {
        "sdk": f"seamark-python/{seamark.__version__}",
        "instance": first["instance"],
        "dropped": {"invalid_weight": 2, "invalid_time": 1},
    }
    assert second == first
    assert len(first["instance"]) == 16


def test_the_host_is_warned_of_drops_once_and_not_from_its_own_thread(server, connect, caplog):
    client = connect()
    for _ in range(100):
        client.log(time="noon")
    log_rows(client, 1)
    assert client.flush()
    (record,) = [record for record in caplog.records if "invalid_time" in record.getMessage()]
    assert record.threadName == "seamark-sender"
    assert "'noon' is not a time" in record.getMessage()
    assert record.levelno == logging.WARNING


def test_drops_alone_are_enough_for_a_warning(connect, caplog):
    client = connect()
    client.log(weight=0)
    client.close()
    assert [record.getMessage() for record in caplog.records] == [
        "Seamark dropped 1 row (invalid_weight). The weight 0 is not a positive number."
    ]


def test_the_host_is_warned_when_the_server_is_away(caplog):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, but not listening
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        client = seamark.Client(url, model="fraud", backoff_seconds=0.001)
        client.log("p1")
        assert not client.flush(0.1)
        client.close(0)
    first, last = (record.getMessage() for record in caplog.records)
    assert first.startswith(f"Seamark cannot deliver now and will try again. {url}: ")
    assert last.startswith("Seamark dropped 1 row (closed). The client was closed before the server took them.")


def test_a_log_handler_that_raises_or_logs_again_hurts_nobody(server, connect, monkeypatch):
    client = connect()

    class Handler(logging.Handler):
        def emit(self, record):
            client.log("from-handler")
            client.flush(0.01)
            raise OSError("disk full")

    logger = logging.getLogger("seamark.client")
    handler = Handler()
    logger.addHandler(handler)
    try:
        client.log(weight=0)
        log_rows(client, 1)
        assert client.flush(20)
        server.wait_for(requests=1)
    finally:
        logger.removeHandler(handler)
    assert "p0" in server.ids


def test_a_row_need_not_wait_for_its_batch_to_fill_nor_for_anybody_to_ask(server, connect):
    client = connect(flush_seconds=0.02)
    log_rows(client, 1)
    server.wait_for(requests=1)
    assert server.requests[0].rows == ["p0"]


def test_a_tiny_buffer_still_delivers(server, connect):
    client = connect(buffer_rows=3, flush_seconds=60)
    log_rows(client, 3)
    server.wait_for(requests=1)
    assert client.flush()
    assert server.ids == ids(3)


def test_memory_stays_bounded_however_much_a_host_logs_to_a_server_that_hangs(server, connect):
    server.otherwise = HANG
    client = connect(buffer_bytes=2_000_000, buffer_rows=10**6)
    tracemalloc.start()
    for i in range(10_000):
        client.log(features={"text": f"{i} " + "x" * (i % 900), "n": i, f"name{i}": float(i)})
    current, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    stats = client.stats
    assert stats.waiting_bytes <= 2_000_000
    assert current < 6_000_000
    assert stats.dropped["buffer_full"] == 10_000 - stats.waiting


def test_nothing_happens_before_the_first_row(server, connect):
    before = threading.active_count()
    client = connect()
    assert threading.active_count() == before
    assert client.flush()
    assert client.close()
    assert server.requests == []


def test_after_close_rows_are_dropped_and_the_thread_is_gone(server, connect):
    client = connect()
    log_rows(client, 1)
    assert client.close()
    thread = client._session._thread
    assert not thread.is_alive()
    log_rows(client, 2)
    client.outcome("p0", label=1)
    assert client.close()
    assert client.flush()
    assert client.stats.dropped == {"closed": 3}
    assert server.ids == ["p0"]


def test_closing_while_the_server_is_away_keeps_its_time_and_counts_what_is_lost(server, connect):
    server.kill()
    client = connect(backoff_seconds=30.0)
    log_rows(client, 10)
    assert client.close(0.1) is False
    client._session._thread.join(10)
    assert not client._session._thread.is_alive()
    assert (client.stats.dropped, client.stats.waiting) == ({"closed": 10}, 0)
    server.start()


def test_a_flush_cuts_a_long_pause_short(server, connect):
    server.script = [Reply(503)]
    client = connect(flush_seconds=0.02, backoff_seconds=1000.0, backoff_max_seconds=1000.0)
    log_rows(client, 1)
    server.wait_for(requests=1)
    assert client.flush(20)
    assert server.ids == ["p0"]


def test_a_client_that_is_forgotten_delivers_and_ends_its_thread(server):
    client = seamark.Client(server.url, model="fraud", flush_seconds=60)
    log_rows(client, 10)
    thread = client._session._thread
    del client
    gc.collect()
    thread.join(20)
    assert not thread.is_alive()
    assert server.ids == ids(10)


def test_no_socket_is_left_open(server):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        client = seamark.Client(server.url, model="fraud")
        log_rows(client, 3)
        assert client.close()
        del client
        gc.collect()
    assert [str(warning.message) for warning in seen if warning.category is ResourceWarning] == []


def test_two_clients_do_not_share_what_they_hold(server):
    with (
        running() as other,
        seamark.Client(server.url, model="a") as first,
        seamark.Client(other.url, model="b") as second,
    ):
        first.log("p1")
        second.log("p2")
        assert first.flush()
        assert second.flush()
        assert (server.ids, other.ids) == (["p1"], ["p2"])


def test_an_error_of_our_own_costs_one_batch_and_is_logged(server, connect, monkeypatch, caplog):
    client = connect()
    broken = [RuntimeError("ours")]

    def encode(*arguments):
        if broken:
            raise broken.pop()
        return real(*arguments)

    from seamark.client import sender  # noqa: PLC0415  the module whose name is replaced

    real = sender.encode
    monkeypatch.setattr(sender, "encode", encode)
    log_rows(client, 3)
    assert client.flush()
    assert client.stats.dropped == {"unreadable": 3}
    log_rows(client, 2, start=3)
    assert client.flush()
    assert server.ids == ids(2, start=3)
    assert "Seamark's sender met an error of its own and goes on." in caplog.text


def test_the_answer_to_a_request_may_come_in_pieces_and_late(server, connect):
    server.script = [Reply(202, b"x" * 100_000), OK]
    client = connect()
    log_rows(client, 1)
    assert client.flush()
    assert client.stats.acknowledged == 1
