"""How near things stand to each other, and which models they bear on."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.correlate.ground import ground_of
from seamark.records.topology import Edge, Topology
from seamark.records.window import Window

NOW = Window(100, 200)
CHAIN = ["node/n", "pod/p", "service/s", "version/fraud/3", "model/fraud"]


def ground(*pairs, nodes=None, **times):
    topology = Topology(tuple(Edge("p", *pair, **times) for pair in pairs))
    return ground_of(topology, "p", NOW, nodes or {})


def chain(*labels):
    return list(pairwise(labels))


@pytest.mark.parametrize("node", CHAIN)
def test_whatever_serves_a_model_bears_on_it(node):
    assert ground(*chain(*CHAIN)).models(node) == {"model/fraud"}


def test_outcomes_bear_on_the_model_they_grade():
    assert ground(nodes={"outcome/fraud": "fraud"}).models("outcome/fraud") == {"model/fraud"}


def test_a_pipeline_bears_on_the_model_of_a_feature_that_is_not_in_alarm():
    assert ground(("feature_pipeline/daily", "feature/fraud/age")).models("feature_pipeline/daily") == {"model/fraud"}


@pytest.mark.parametrize(
    ("one", "other", "hops"),
    [
        ("node/n", "node/n", 0),
        ("node/n", "pod/p", 1),
        ("node/n", "model/fraud", 1),
        ("pod/a", "pod/b", 2),
        ("pod/a", "node/x", None),
    ],
)
def test_hops_are_counted_up_to_two(one, other, hops):
    known = ground(*chain(*CHAIN), ("node/m", "pod/a"), ("node/m", "pod/b"), ("node/x", "pod/x"))
    assert known.hops(one, other) == known.hops(other, one) == hops


def test_an_edge_that_no_longer_holds_says_nothing():
    assert ground(("node/n", "pod/p"), until_us=50).hops("node/n", "pod/p") is None


def test_a_hub_may_be_the_end_of_a_path_but_not_on_it():
    known = ground(*(("node/n", f"pod/{at}") for at in range(30)), ("pod/1", "model/fraud"))
    assert known.hops("node/n", "pod/1") == 1
    assert known.hops("pod/1", "pod/2") is None
    assert known.models("node/n") == set()


def test_a_service_is_known_by_its_name_only_where_nothing_else_is_known_of_it():
    nodes = {"service/fraud": "", "score": "fraud"}
    assert ground(nodes=nodes).by_name == {"service/fraud"}
    assert ground(nodes=nodes).models("service/fraud") == {"model/fraud"}
    assert ground(("service/fraud", "model/churn"), nodes=nodes).models("service/fraud") == {"model/churn"}


labels = st.sampled_from([*CHAIN, "pod/q", "service/t", "model/churn", "node/m"])


@given(st.lists(st.tuples(labels, labels), max_size=15), labels, labels, labels)
def test_nearness_is_symmetric_and_circles_do_no_harm(pairs, one, other, third):
    known = ground(*pairs)
    assert known.hops(one, other) == known.hops(other, one)
    assert known.models(third) <= {"model/fraud", "model/churn"}
    assert known.hops(one, one) == 0
