import base64
import time

import httpx
import pytest
from tests.unit.ingest.heard import CATALOGUE, START_US, Heard
from tests.unit.ingest.scripted_api import Prometheus, answering, error, success

from seamark.clock import HOUR_US, MINUTE_US, SECOND_US
from seamark.errors import InvalidInput
from seamark.ingest.fetching import fetch
from seamark.ingest.pulling import SourceFailed, pull
from seamark.ingest.source import ConfiguredSource, sources
from seamark.ingest.sources import http_probe, prometheus, scrape
from seamark.records.secret import Secret

START = START_US // SECOND_US
API = (("job", "api"), ("status", "200"))
NAME = "http_requests_total"
HOUR = {"back_fill_seconds": 3_600}


def ask(heard, type, options, now_us):
    """Ask a source once, as its lane does."""
    heard.now_us = now_us
    configured = ConfiguredSource("mine", type, options)
    metrics = heard.store.metrics
    pull(
        configured,
        heard.door.receive,
        heard.door.flush,
        metrics.state,
        heard.door.catalogue,
        now_us,
        lambda batches: None,
    )


def ask_prometheus(heard, address, at_minute, **options):
    now_us = START_US + at_minute * MINUTE_US + 20 * SECOND_US
    ask(heard, "prometheus", prometheus.Options(address, project="shop", **{**HOUR, **options}), now_us)


def growing(seconds):
    return float(seconds - START) + 1e6


@pytest.fixture
def heard():
    return Heard()


def test_the_past_is_asked_for_on_first_contact_and_then_only_what_is_new(heard):
    with answering(Prometheus({(NAME, API): growing})) as (address, asked):
        ask_prometheus(heard, address, 60)
        assert heard.totals()["service api", "requests"] == 3_600
        ask_prometheus(heard, address, 61)
        ask_prometheus(heard, address, 61)
    ranges = [(int(p["start"]) - START, int(p["end"]) - START) for _, p, _ in asked if NAME in p.get("query", "")]
    assert ranges == [(0, 3_600), (3_660, 3_660)]
    assert heard.totals()["service api", "requests"] == 3_660


def test_after_an_outage_what_was_missed_is_asked_for_in_chunks(heard):
    with answering(Prometheus({(NAME, API): growing})) as (address, asked):
        ask_prometheus(heard, address, 0)
        ask_prometheus(heard, address, 50, chunk_seconds=1_200)
    assert len([1 for _, p, _ in asked if NAME in p.get("query", "") and int(p["start"]) > START]) == 3
    assert heard.totals()["service api", "requests"] == 51 * 60, "the first contact's own minute included"


def test_an_answer_that_is_too_large_is_asked_for_in_halves(heard):
    with answering(Prometheus({(NAME, API): growing}, most_points=10)) as (address, _):
        ask_prometheus(heard, address, 60)
    assert heard.totals()["service api", "requests"] == 3_600


def test_the_first_error_in_the_past_counts_and_a_reset_does_not_go_below_zero(heard):
    series = {
        (NAME, API): lambda now: growing(now) if now < START + 1_800 else float(now - START - 1_800),
        (NAME, (("job", "api"), ("status", "500"))): lambda now: 3.0 if now > START + 600 else None,
    }
    with answering(Prometheus(series)) as (address, _):
        ask_prometheus(heard, address, 60)
    found = heard.totals()
    assert found["service api", "server_errors"] == 3
    assert found["service api", "requests"] == pytest.approx(3_600 - 60 + 3)


@pytest.mark.parametrize("value", ["NaN", "+Inf"])
def test_numbers_that_are_none_are_no_news(heard, value):
    series = {("process_resident_memory_bytes", (("job", "a"), ("instance", "b"))): lambda _: value}
    with answering(Prometheus(series)) as (address, _):
        ask_prometheus(heard, address, 2)
    assert heard.totals().get(("process a/b", "memory_bytes"), float("inf")) == float("inf")


def test_an_empty_answer_is_silence_and_never_zero(heard):
    with answering(Prometheus({(NAME, API): lambda _: None})) as (address, _):
        ask_prometheus(heard, address, 5)
    assert heard.totals() == {}


def test_only_stacks_that_are_there_are_asked_for():
    assert prometheus.selectors(CATALOGUE, {"go_goroutines", "container_memory_working_set_bytes"}) == []
    found = prometheus.selectors(CATALOGUE, {"container_cpu_usage_seconds_total", "container_memory_working_set_bytes"})
    assert found == [
        '{__name__="container_cpu_usage_seconds_total",container=~".+",container!~"POD"}',
        '{__name__="container_memory_working_set_bytes",container=~".+",container!~"POD"}',
    ]
    assert prometheus.selectors(CATALOGUE, {"istio_requests_total"}) == [
        '{__name__="istio_requests_total",reporter=~"destination"}'
    ], "what all readers of a name ask for, and nothing else"


def test_basic_auth_bearer_and_tenant_are_sent(heard):
    with answering(Prometheus({})) as (address, asked):
        ask_prometheus(heard, f"{address}/prometheus/", 1, username="me", password=Secret("pw", "env:P"), tenant="team")
        ask_prometheus(heard, address, 2, token=Secret("tok", "env:T"))
    assert asked[0][0] == "/prometheus/api/v1/label/__name__/values"
    assert asked[0][2]["Authorization"] == "Basic " + base64.b64encode(b"me:pw").decode()
    assert asked[0][2]["X-Scope-OrgID"] == "team"
    assert asked[-1][2]["Authorization"] == "Bearer tok"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(400, "parse error at char 3"), "answers 400: .*parse error at char 3"),
        ((401, {}, b"who are you?"), "answers 401: who are you"),
        ((302, {"Location": "http://elsewhere"}, b""), r"answers 302 \(it points to http://elsewhere\)"),
        ((200, {}, b"<html>"), "does not answer in JSON"),
        ((200, {}, b'{"status": "error"}'), "without success"),
        ((200, {"Content-Length": "500"}, b"cut"), "cannot be asked"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_nothing_is_skipped(heard, answer, said):
    with answering(lambda *_: answer) as (address, _), pytest.raises(SourceFailed, match=said):
        ask_prometheus(heard, address, 5)
    assert heard.store.metrics.state("source mine") is None


def test_a_result_in_another_form_is_refused(heard):
    def answer(path, *_):
        return success([NAME, "http_request_duration_highr_seconds_bucket"] if "label" in path else {"result": [1]})

    with answering(answer) as (address, _), pytest.raises(SourceFailed, match="in a form that is not Prometheus"):
        ask_prometheus(heard, address, 5)


def test_a_server_that_hangs_or_drips_is_left_after_the_time(heard):
    def drip(*_):
        return 200, {}, (time.sleep(0.05) or b"x" for _ in range(40))

    def hang(*_):
        return 200, {}, (time.sleep(0.5) or b"x" for _ in range(2))

    for answer in (drip, hang):
        with answering(answer) as (address, _), pytest.raises(SourceFailed, match=r"after 0\.2 s"):
            ask_prometheus(heard, address, 5, timeout_seconds=0.2)


def test_nobody_there_and_no_trust_are_sentences(heard, tmp_path):
    with pytest.raises(SourceFailed, match="cannot be asked"):
        ask_prometheus(heard, "http://127.0.0.1:1", 5)
    with answering(Prometheus({})) as (address, _), pytest.raises(SourceFailed, match="cannot be asked"):
        ask_prometheus(heard, address.replace("http:", "https:"), 5)
    with pytest.raises(InvalidInput, match="holds no certificates"):
        ask_prometheus(heard, "https://127.0.0.1:1", 5, ca_file=str(tmp_path / "none.pem"))


def test_a_page_of_metrics_is_scraped_and_its_absence_is_told(heard):
    page = 'http_requests_total{handler="/p",status="2xx"} %d\nnonsense_total 4\n'
    pages = iter([page % 100, page % 130, None, "not a metric\n"])

    def answer(*_):
        text = next(pages)
        return (500, {}, b"") if text is None else (200, {}, text.encode())

    with answering(answer) as (address, _):
        options = scrape.Options(f"{address}/metrics", project="shop", job="api")
        for minute in range(2):
            ask(heard, "scrape", options, START_US + minute * MINUTE_US)
        for minute in (2, 3):
            with pytest.raises(SourceFailed, match=r"answers 500|no page of metrics"):
                ask(heard, "scrape", options, START_US + minute * MINUTE_US)
    found = heard.totals()
    instance = f"endpoint api/{address.removeprefix('http://')}"
    assert found["service api", "requests"] == 30
    assert (found[instance, "checks"], found[instance, "failed_checks"]) == (4, 2)


def test_a_probe_sees_status_and_body(heard):
    answers = iter([(200, {}, b"all ok"), (200, {}, b"sorry"), (503, {}, b"ok"), (302, {"Location": "/"}, b"ok")])
    with answering(lambda *_: next(answers)) as (address, _):
        options = http_probe.Options(address, project="shop", body="ok")
        for minute in range(4):
            ask(heard, "http_probe", options, START_US + minute * MINUTE_US)
    ask(heard, "http_probe", http_probe.Options("http://127.0.0.1:1", project="shop"), START_US + HOUR_US)
    found = heard.totals()
    assert (found["endpoint mine", "checks"], found["endpoint mine", "failed_checks"]) == (5, 4)
    assert 0 < found["endpoint mine", "check_seconds"] < 5


def test_an_answer_without_an_end_is_cut(monkeypatch):
    monkeypatch.setattr("seamark.ingest.fetching._MOST_BYTES", 10)
    with answering(lambda *_: (200, {}, b"x" * 100)) as (address, _), httpx.Client() as client:  # noqa: SIM117 the failure is of the question, not of the server
        with pytest.raises(SourceFailed, match="more than 10 bytes"):
            fetch(client, address, 5.0)


@pytest.mark.parametrize("type", sorted(set(sources()) - {"folder"}))
def test_every_source_refuses_what_is_no_address(type):
    with pytest.raises(InvalidInput, match="http://"):
        sources()[type].options(url="file:///etc/passwd")
    with pytest.raises(InvalidInput, match="above 0"):
        sources()[type].options(url="http://x", every_seconds=0)


def test_a_chunk_is_never_more_than_a_server_answers():
    with pytest.raises(InvalidInput, match="10,999 minutes"):
        prometheus.Options("http://x", chunk_seconds=60 * 11_000)
