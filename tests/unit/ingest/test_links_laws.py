"""Laws of what labels tell: an edge is never told of what has no name, and nothing a label does not say."""

from hypothesis import given
from hypothesis import strategies as st

from seamark.ingest.links import links
from seamark.records.metric import Component, ComponentKind
from seamark.records.topology import NodeKind

NAMES = [
    *("namespace", "k8s_namespace_name", "pod", "k8s_pod_name", "node", "k8s_node_name", "deployment"),
    *("service_name", "seamark_model", "model_name", "created_by_kind", "created_by_name", "code", "job"),
]
values = st.sampled_from(["", "a", "b", "fraud-api-7d9f8c6b5", "ReplicaSet", "n1"])
labels = st.dictionaries(st.sampled_from(NAMES), values, max_size=8)
components = st.lists(
    st.builds(Component, st.just("shop"), st.sampled_from(ComponentKind), st.sampled_from(["a", "ns/a", "api"])),
    max_size=3,
)
KINDS = {each.value for each in NodeKind}
DOWN = [
    *({"gpu", "container", "node"}, {"pod"}, {"deployment", "process"}, {"service", "endpoint"}, {"model"}),
]  # what stands further right rests on what stands further left


def depth(label):
    return next(place for place, kinds in enumerate(DOWN) if label.partition("/")[0] in kinds)


@given(labels, components)
def test_every_edge_has_two_different_ends_of_known_kinds_and_names(said, named):
    for project, cause, effect in links("shop", said, named):
        assert project == "shop"
        assert cause != effect
        for label in (cause, effect):
            kind, _, name = label.partition("/")
            assert kind in KINDS
            assert all(name.split("/"))


@given(labels, components)
def test_edges_lead_from_the_machine_up_to_the_model_and_never_back(said, named):
    for _, cause, effect in links("shop", said, named):
        ends = {cause.partition("/")[0], effect.partition("/")[0]}
        assert depth(cause) < depth(effect) or ends == {"model"}


@given(labels, components, st.randoms())
def test_neither_the_order_of_labels_nor_of_components_matters(said, named, random):
    shuffled, others = list(said.items()), list(named)
    random.shuffle(shuffled)
    random.shuffle(others)
    told = links("shop", said, named)
    assert links("shop", dict(shuffled), [*others, *others]) == told
    assert list(told) == sorted(set(told))


@given(labels, components)
def test_a_label_that_says_nothing_of_a_place_changes_nothing(said, named):
    plain = {name: value for name, value in said.items() if name not in ("code", "job")}
    assert links("shop", plain | {"code": "500", "le": "+Inf"}, named) == links("shop", plain, named)


@given(labels, components)
def test_without_a_namespace_nothing_is_told_of_pods_and_deployments(said, named):
    nowhere = {name: value for name, value in said.items() if "namespace" not in name}
    own = {component.label for component in named}
    for _, *ends in links("shop", nowhere, named):
        assert not any(end.startswith(("pod/", "deployment/")) for end in set(ends) - own)


@given(labels, components)
def test_an_empty_label_is_one_that_is_absent(said, named):
    heard = {name: value for name, value in said.items() if value}
    assert links("shop", said, named) == links("shop", heard, named)
