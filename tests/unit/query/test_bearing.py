"""Which machines and services bear on a model: by what rests on what, else by its name, else because it is alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.plugins import discover
from seamark.query.bearing import Around, bearing_on
from seamark.records.blocks import SlowStep
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.model import Model
from seamark.records.window import Window
from seamark.store.stretches import Stretch

NOW_US = 20_000 * DAY_US
LATELY = Window(NOW_US - HOUR_US, NOW_US + HOUR_US)
KINDS = {each.value: each for each in ComponentKind}


def component(label, project="shop"):
    kind, _, name = label.partition("/")
    return Component(project, KINDS[kind], name)


def around(labels, pairs=(), models=("fraud", "churn")):
    return Around(tuple(sorted(map(component, labels))), frozenset(pairs), tuple(models))


def bearing(labels, pairs=(), models=("fraud", "churn"), model="fraud"):
    found = around(labels, pairs, models).bearing_on(model)
    return found.labels, found.how


def test_what_a_model_rests_on_bears_on_it_down_to_the_machine():
    labels = ["node/n1", "node/n2", "pod/ml/p", "service/api"]
    pairs = [("node/n1", "pod/ml/p"), ("pod/ml/p", "service/api"), ("service/api", "model/fraud")]
    assert bearing(labels, pairs) == (["node/n1", "pod/ml/p", "service/api"], "topology")


def test_what_a_version_rests_on_bears_on_its_model():
    pairs = [("service/canary", "version/fraud/3"), ("service/other", "version/fraudulent/3")]
    assert bearing(["service/canary", "service/other"], pairs) == (["service/canary"], "topology")


def test_what_rests_on_the_model_does_not_bear_on_it():
    pairs = [("model/fraud", "service/reports"), ("service/api", "model/fraud")]
    assert bearing(["service/api", "service/reports"], pairs) == (["service/api"], "topology")


def test_things_that_rest_on_each_other_in_a_circle_are_told_once():
    pairs = [("service/a", "service/b"), ("service/b", "service/a"), ("service/a", "model/fraud")]
    assert bearing(["service/a", "service/b"], pairs) == (["service/a", "service/b"], "topology")


def test_an_edge_to_what_nobody_measures_still_leads_on():
    pairs = [("node/n1", "deployment/ml/api"), ("deployment/ml/api", "model/fraud")]
    assert bearing(["node/n1"], pairs) == (["node/n1"], "topology")


def test_a_known_topology_goes_before_a_name_and_a_name_before_being_alone():
    labels = ["service/fraud-api", "service/gateway"]
    assert bearing(labels, [("service/gateway", "model/fraud")]) == (["service/gateway"], "topology")
    assert bearing(labels, models=("fraud",)) == (["service/fraud-api"], "name")
    assert bearing(["service/gateway"], models=("fraud",)) == (["service/gateway"], "only_model")


@pytest.mark.parametrize("name", ["fraud", "default/fraud-api-7d9/api", "Fraud_API", "ml.fraud", "x--fraud--y"])
def test_a_component_carries_a_name_between_whatever_parts_words(name):
    assert bearing([f"service/{name}"]) == ([f"service/{name}"], "name")


@pytest.mark.parametrize("name", ["fraudulent", "antifraud", "fra-ud", "f"])
def test_a_part_of_a_word_is_not_the_name(name):
    assert bearing([f"service/{name}"]) == ([], "")


def test_a_name_of_signs_alone_is_carried_by_nothing():
    assert bearing(["service/api"], model="!!", models=("!!", "fraud")) == ([], "")


def test_where_there_are_no_components_nothing_bears_even_on_an_only_model():
    assert bearing([], models=("fraud",)) == ([], "")


def test_a_model_that_nobody_knows_yet_is_the_only_one_where_there_is_none():
    assert bearing(["node/n1"], models=()) == (["node/n1"], "only_model")
    assert bearing(["node/n1"], models=("churn",)) == ([], "")


labels = st.sampled_from(
    [f"{kind}/{name}" for kind in ("node", "pod", "service") for name in ("a", "fraud", "b-churn")]
)
effects = labels | st.sampled_from(["model/fraud", "model/churn", "version/fraud/1", "deployment/ml/x"])
worlds = st.tuples(
    st.sets(labels, max_size=5),
    st.sets(st.tuples(labels, effects), max_size=8),
    st.sets(st.sampled_from(["fraud", "churn"])),
)


@given(worlds, st.tuples(labels, effects))
def test_another_edge_never_takes_away_what_the_topology_told(world, edge):
    there, pairs, models = world
    before, more = (around(there, each, models).bearing_on("fraud") for each in (pairs, pairs | {edge}))
    if before.how == "topology":
        assert more.how == "topology"
        assert set(before.components) <= set(more.components)


@given(worlds)
def test_what_bears_is_measured_in_one_order_and_says_how_it_is_known(world):
    there, pairs, models = world
    found = around(there, pairs, models).bearing_on("fraud")
    assert set(found.labels) <= there
    assert list(found.components) == sorted(found.components)
    assert (found.how == "") is (found.components == ())


@pytest.fixture
def store(tmp_path):
    opened = discover("seamark.store.backends", "BACKEND")["memory"].open(tmp_path)
    yield opened
    opened.close()


def heard(store, *of):
    series = [METRICS["cpu_seconds"].of(each, "cpu_seconds") for each in of]
    store.metrics.add([Stretch(each, NOW_US, MINUTE_US, np.ones((1, 1))) for each in series])


def test_a_stored_topology_counts_only_while_it_held(store):
    heard(store, component("service/gateway"), component("service/other"))
    store.slow.commit(SlowStep(0, models=(Model("shop", "fraud", NOW_US), Model("shop", "churn", NOW_US))))
    store.metrics.see([("shop", "service/gateway", "model/fraud")], NOW_US)
    assert bearing_on(store, "shop", "fraud", LATELY).labels == ["service/gateway"]
    tomorrow = Window(NOW_US + DAY_US, NOW_US + 2 * DAY_US)
    assert bearing_on(store, "shop", "fraud", tomorrow).how == ""


def test_retired_models_and_other_projects_do_not_count(store):
    heard(store, component("node/n1"), component("node/n2", "bank"))
    store.slow.commit(SlowStep(0, models=(Model("shop", "fraud", NOW_US), Model("shop", "old", NOW_US, retired=True))))
    found = bearing_on(store, "shop", "fraud", LATELY)
    assert (found.labels, found.how) == (["node/n1"], "only_model")
    assert found.components[0].project == "shop"
