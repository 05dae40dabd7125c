"""Thresholds learned in a process of its own."""

from __future__ import annotations

import functools
import threading
from dataclasses import replace

import pytest
from tests.simulation.served_model import NAME, PROJECT, ServedModel

from seamark.errors import Unavailable
from seamark.pipeline import calibrating
from seamark.pipeline.learning import LearningProcess
from seamark.records.blocks import SlowStep
from seamark.records.window import Window
from seamark.store.backends import local


def ages(rng, rows):
    return {"feature.age": rng.normal(40, 10, rows)}


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A model with a week of history on disk, and the thresholds that its own process learned."""
    folder = tmp_path_factory.mktemp("store")
    store = local.BACKEND.open(folder)
    for name in ("twin", NAME):
        served = ServedModel(86, rows_an_hour=60, columns=ages, store=store, name=name)
        served.configure(window_seconds=3600)
        served.run(7 * 24 + 2, tick_hours=17)
        served.pipeline.tick(served.now_us)
    yield served, functools.partial(local.LocalStore, folder, beside=True)
    store.close()


@pytest.fixture
def process(learned):
    found = LearningProcess(learned[1])
    yield found
    found.stop()
    found.rest()


def span_of(served):
    stored = served.store.slow.calibration(PROJECT, NAME)
    return Window(served.model.first_time_us // 3_600_000_000 * 3_600_000_000, stored.through_us)


def test_another_process_learns_the_same(learned, process):
    served, _ = learned
    here = served.pipeline._calibrator.learn(served.model, served.options, span_of(served))
    assert process.learn(served.model, served.options, span_of(served)) == here


def test_two_models_that_are_due_in_one_tick_are_both_learned_there(learned, process, monkeypatch):
    served, _ = learned
    before = {name: served.store.slow.calibration(PROJECT, name) for name in (NAME, "twin")}
    overtaken = tuple(replace(each, wish="another") for each in before.values())
    served.store.slow.commit(SlowStep(served.store.slow.watermark(), calibrations=overtaken))
    monkeypatch.setattr(calibrating, "_LONG", 0)
    served.pipeline.learn_elsewhere(process)
    served.pipeline.tick(served.now_us)
    after = {name: served.store.slow.calibration(PROJECT, name) for name in before}
    assert all(after[name].id > before[name].id and after[name].wish == before[name].wish for name in before)
    assert after[NAME].id != after["twin"].id
    assert process._process is None, "it ends when nothing is due"


def test_what_is_learned_at_once_is_worth_no_process(learned, process, monkeypatch):
    served, _ = learned
    before = served.store.slow.calibration(PROJECT, NAME)
    served.store.slow.commit(SlowStep(served.store.slow.watermark(), calibrations=(replace(before, wish="another"),)))
    begun = []
    monkeypatch.setattr(process, "learn", lambda *asked: begun.append(asked))
    served.pipeline.learn_elsewhere(process)
    served.pipeline.tick(served.now_us)
    assert served.store.slow.calibration(PROJECT, NAME).wish == before.wish
    assert begun == []


def test_a_process_that_was_killed_is_followed_by_another(learned, process):
    served, _ = learned
    process.learn(served.model, served.options, span_of(served))
    process._process.kill()
    process._process.join()
    with pytest.raises(Unavailable, match="has ended"):
        process.learn(served.model, served.options, span_of(served))
    assert process.learn(served.model, served.options, span_of(served)) is not None


def test_what_fails_there_is_told_here(learned, process):
    served, _ = learned
    with pytest.raises(Unavailable, match="failed"):
        process.learn(replace(served.model, bin_set=-1), served.options, span_of(served))


def test_a_server_that_stops_does_not_wait_for_what_is_being_learned(learned, process):
    served, _ = learned
    process._begin()
    told = []
    waiting = threading.Thread(target=lambda: told.append(process.learn(served.model, served.options, span_of(served))))
    waiting.start()
    process.stop()
    waiting.join(30)
    assert not waiting.is_alive()
    assert process.learn(served.model, served.options, span_of(served)) is None
