"""The composition root: one configuration becomes one application, whose store outlives it."""

import asyncio
import json
import threading
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from seamark import clock
from seamark.app import base_url, build, open_accounts, open_store
from seamark.clock import MINUTE_US
from seamark.config import Config, ServerOptions, StoreOptions, parse
from seamark.errors import Conflict, InvalidInput, NotFound
from seamark.ingest.options import IngestOptions, MetricsOptions
from seamark.ingest.pulling import Told, reader
from seamark.notify.notifier import Receiver, notifiers
from seamark.pipeline.options import PipelineOptions
from seamark.records.log import EntryKind, LogEntry
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.options import FeatureOptions, Handling, ModelOptions
from seamark.records.token import issue
from seamark.store.backends.memory import MemoryStore
from seamark.store.drawer_of_metrics import UNSEEN_US
from seamark.store.stretches import Stretch
from seamark.upkeep import retry_set_aside

FAST = PipelineOptions(slow_seconds=0.01, fast_seconds=0.01)


def rows(count=3, **columns):
    times = clock.now_us() - clock.HOUR_US + pa.array(range(count), pa.int64()).to_numpy()
    return pa.table(
        {
            "id": [f"p{at}" for at in range(count)],
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "version": ["1"] * count,
            **columns,
        }
    )


@pytest.fixture
def config(tmp_path):
    return Config(store=StoreOptions(str(tmp_path / "data")), pipeline=FAST)


@pytest.fixture
def app(config):
    built = build(config)
    yield built
    built.stop()


@pytest.mark.parametrize(
    ("server", "url"),
    [
        (ServerOptions(), "http://127.0.0.1:8420"),
        (ServerOptions(host="::1", port=9000), "http://[::1]:9000"),
        (ServerOptions(host="seamark.example"), "http://seamark.example:8420"),
        (ServerOptions(base_url="https://watch.example/seamark"), "https://watch.example/seamark"),
    ],
)
def test_links_lead_to_where_the_server_listens_or_to_where_its_owner_says(server, url):
    assert base_url(Config(server=server)) == url


def test_what_was_acknowledged_before_a_stop_is_counted_after_the_next_start(config):
    first = build(config)
    first.door.table_blocking("default", EntryKind.PREDICTIONS, "fraud", rows())
    first.stop()
    second = build(config)
    try:
        second.pipeline.tick(clock.now_us())
        assert second.store.slow.model("default", "fraud").rows == 3
    finally:
        second.stop()


def test_one_store_is_open_in_one_application_at_a_time(app, config):
    with pytest.raises(Conflict):
        build(config)
    with open_accounts(config) as accounts:
        assert accounts.tokens() == []


def test_an_application_that_cannot_be_wired_gives_its_store_back(config, tmp_path):
    wrong = tmp_path / "stack.toml"
    wrong.write_text("not a stack")
    with pytest.raises(InvalidInput):
        build(replace(config, metrics=MetricsOptions(stacks=(str(wrong),))))
    open_store(config).close()


def test_a_stopped_application_gives_its_store_back(config):
    build(config).stop()
    open_store(config).close()


def test_the_lanes_count_what_comes_in_without_being_asked(app):
    counted = threading.Event()
    app.door.table_blocking("default", EntryKind.PREDICTIONS, "fraud", rows())
    app.start()
    for _ in range(1_000):
        if app.store.slow.model("default", "fraud") is not None:
            counted.set()
            break
        counted.wait(0.01)
    assert counted.is_set()
    assert {lane.name for lane in app.lanes} == {"slow", "fast", "metrics", "inference log", "outbox", "self"}


def test_the_revision_grows_when_the_screen_would_look_different(app):
    before = app.revision()
    app.door.table_blocking("default", EntryKind.PREDICTIONS, "fraud", rows())
    assert app.revision() == before, "a batch alone changes nothing on the screen"
    app.pipeline.tick(clock.now_us())
    assert app.revision() == before + 1


def test_a_store_that_cannot_be_read_is_trouble_with_a_sentence(config):
    built = build(config)
    assert built.trouble() is None
    built.stop()
    assert built.trouble().endswith(".")


def test_every_metric_has_a_name_of_its_own(app):
    names = [each.name for each in app.measurements()]
    assert len(names) == len(set(names))
    assert all(name.startswith("seamark_") for name in names)
    assert {"seamark_lane_steps", "seamark_ingest_queue_rows", "seamark_predictions"} <= set(names)


def test_owners_words_are_heard_by_the_model_they_are_about():
    options = ModelOptions(features={"secret": FeatureOptions(Handling.DROP)})
    app = build(Config(models={"fraud": options}), store=MemoryStore())
    for model in ("fraud", "churn"):
        app.door.table_blocking("default", EntryKind.PREDICTIONS, model, rows(**{"feature.secret": ["a", "b", "c"]}))
    kept = {each.entry.model: app.store.rows.decode(each.entry.payload) for each in app.store.log.read(0, 100)}
    assert "feature.secret" not in kept["fraud"].column_names
    assert "feature.secret" in kept["churn"].column_names
    app.stop()


def test_where_models_are_not_created_those_of_the_configuration_exist_already():
    config = Config(models={"fraud": ModelOptions()}, ingest=IngestOptions(auto_create=False))
    app = build(config, store=MemoryStore())
    app.door.table_blocking("default", EntryKind.PREDICTIONS, "fraud", rows())
    with pytest.raises(NotFound, match="the nearest one is 'fraud'"):
        app.door.table_blocking("default", EntryKind.PREDICTIONS, "frod", rows())
    app.stop()


def test_without_a_receiver_news_go_to_the_terminal():
    silent = build(Config(), store=MemoryStore())
    assert list(silent.pipeline.post_office.receivers) == ["console"]
    silent.stop()
    options = notifiers()["webhook"].options("http://127.0.0.1:1")
    told = build(Config(receivers={"team": Receiver("team", "webhook", options)}), store=MemoryStore())
    assert list(told.pipeline.post_office.receivers) == ["team"]
    told.stop()


def test_tokens_made_beside_a_running_server_open_its_door(app, config):
    token, _ = issue("ci", "default", clock.now_us())
    with open_accounts(config) as accounts:
        accounts.put_token(token)
    assert app.tokens() == [token]


def test_set_aside_batches_are_tried_again_where_there_are_any(config):
    store = open_store(config)
    assert retry_set_aside(store) == 0
    store.log.append([LogEntry(EntryKind.PREDICTIONS, "default", "fraud", 0, 1, b"no stream")])
    app = build(config, store=store)
    for _ in range(9):
        try:
            app.pipeline.tick(clock.now_us())
        except Exception:  # noqa: BLE001 as the lane does
            app.pipeline.forget()
    assert len(store.log.set_aside()) == 1
    assert retry_set_aside(store) == 1
    assert store.log.pending()[0] == 1
    app.stop()


def test_bounds_and_host_are_those_of_the_configuration(config):
    ingest = replace(config.ingest, body_timeout_seconds=7)
    app = build(replace(config, ingest=ingest, server=ServerOptions(host="::1")), store=MemoryStore())
    assert (app.bounds.body_timeout_seconds, app.host) == (7, "::1")
    assert abs(app.now_us() - clock.now_us()) < clock.DAY_US
    app.stop()


def a_baseline_is_asked_for(app):
    body = json.dumps({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}).encode()
    return asyncio.run(app.door.baseline_from_traffic("default", "credit", body))


def test_what_people_ask_for_does_not_wait_for_company(tmp_path, monkeypatch):
    paced = replace(FAST, slow_share=1e-9)  # a rest of five minutes after whatever is absorbed
    app = build(Config(store=StoreOptions(str(tmp_path / "data")), pipeline=paced))
    absorbed = threading.Semaphore(0)
    plain = app.pipeline.slow_lane

    def slow_lane(now_us, *, absorb=True):
        busy = plain(now_us, absorb=absorb)
        if absorb and app.store.log.pending() == (0, 0) and app.store.log.last_seq():
            absorbed.release()
        return busy

    monkeypatch.setattr(app.pipeline, "slow_lane", slow_lane)
    app.door.table_blocking("default", EntryKind.PREDICTIONS, "credit", rows(prediction=[0.1, 0.2, 0.3]))
    app.start()
    try:
        assert absorbed.acquire(timeout=30)
        app.door.table_blocking("default", EntryKind.PREDICTIONS, "credit", rows(prediction=[0.1, 0.2, 0.4]))
        assert not absorbed.acquire(timeout=0.2), "rows wait for more rows"
        a_baseline_is_asked_for(app)
        assert absorbed.acquire(timeout=30), "what somebody asked for takes them along"
    finally:
        app.stop()


def test_thresholds_are_learned_in_another_process_once_the_lanes_run(app):
    assert app.learning is not None
    assert app.pipeline._calibrator.elsewhere is None, "a program that ticks by itself waits for nobody"
    app.start()
    assert app.pipeline._calibrator.elsewhere is app.learning


def test_a_store_in_memory_is_learned_from_where_it_is(config):
    app = build(config, store=MemoryStore())
    app.start()
    assert app.learning is None
    assert app.pipeline._calibrator.elsewhere is None
    app.stop()


def test_what_rests_on_what_is_noted_from_labels_and_from_the_configuration():
    store, api = MemoryStore(), Component("default", ComponentKind.SERVICE, "api")
    series = METRICS["requests"].of(api, "requests")
    store.metrics.add([Stretch(series, clock.now_us() // MINUTE_US * MINUTE_US, MINUTE_US, np.ones((1, 1)))])
    app = build(parse('[services.api]\nmodel = "fraud"\n'), store=store)
    [lane] = [each for each in app.lanes if each.name == "metrics"]
    now_us = app.now_us()
    labels = {"namespace": "ml", "pod": "p", "node": "n1"}
    told = [Told("kube_pod_info", labels, [(now_us // 1000, 1.0)])]
    app.metrics_door.receive("default", b"", reader(told))
    for minutes in (0, 1, 15):
        lane._step(now_us + minutes * MINUTE_US)
    found = {(each.cause, each.effect): each.until_us - each.since_us for each in store.metrics.topology().edges}
    assert found == {
        ("node/n1", "pod/ml/p"): UNSEEN_US + 15 * MINUTE_US,
        ("service/api", "model/fraud"): UNSEEN_US + 15 * MINUTE_US,
    }
