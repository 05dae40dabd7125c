"""What rests on what, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.records.metric import Component, ComponentKind
from seamark.records.topology import MOST_DEPENDENTS, Edge, NodeKind, Topology, label_of_node
from seamark.records.window import Window

NOW = Window(100, 200)


def shared_by(dependents, **times):
    return Topology(tuple(Edge("p", "node/a", f"pod/{each}", **times) for each in range(dependents)))


@pytest.mark.parametrize("kind", ComponentKind)
def test_a_component_is_called_as_its_node_is(kind):
    assert Component("p", kind, "a").label == label_of_node(NodeKind(kind.value), "a")


def test_the_name_of_a_feature_begins_with_its_models():
    assert label_of_node(NodeKind.FEATURE, "fraud", "amount") == "feature/fraud/amount"


@pytest.mark.parametrize(
    ("since_us", "until_us", "holds"),
    [(0, None, True), (200, None, False), (199, None, True), (0, 100, False), (0, 101, True), (150, 160, True)],
)
def test_an_edge_holds_in_every_window_it_touches(since_us, until_us, holds):
    edge = Edge("p", "pod/a", "service/b", since_us, until_us)
    assert edge.holds_in(NOW) is holds
    assert Topology((edge,)).pairs("p", NOW) == ({("pod/a", "service/b")} if holds else set())


def test_a_node_that_more_than_twenty_rest_upon_is_a_hub():
    assert shared_by(MOST_DEPENDENTS).hubs("p", NOW) == set()
    assert shared_by(MOST_DEPENDENTS + 1).hubs("p", NOW) == {"node/a"}


def test_who_rested_on_a_node_at_another_time_makes_it_no_hub():
    assert shared_by(30, until_us=50).hubs("p", NOW) == set()


def test_projects_do_not_see_each_other():
    assert shared_by(30).pairs("q", NOW) == shared_by(30).hubs("q", NOW) == set()


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 300), st.integers(1, 300)), max_size=60), st.randoms())
def test_neither_order_nor_repetition_of_edges_matters(drawn, rng):
    edges = [Edge("p", "node/a", f"pod/{to}", since, since + length) for to, since, length in drawn]
    again = [*edges, *edges]
    rng.shuffle(again)
    one, other = Topology(tuple(edges)), Topology(tuple(again))
    assert one.hubs("p", NOW) == other.hubs("p", NOW)
    assert one.pairs("p", NOW) == other.pairs("p", NOW)
