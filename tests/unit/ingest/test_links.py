"""What labels tell of what rests on what."""

import pytest

from seamark.ingest.links import links
from seamark.ingest.samples import Samples
from seamark.ingest.stack import Catalogue, bundled
from seamark.records.metric import Component, ComponentKind
from seamark.wire.readings import Sent

KINDS = {each.value: each for each in ComponentKind}


def told(labels, *components):
    of = [Component("shop", KINDS[kind], name) for kind, _, name in (each.partition("/") for each in components)]
    return {(cause, effect) for _, cause, effect in links("shop", labels, of)}


@pytest.mark.parametrize(
    ("labels", "components", "pairs"),
    [
        (
            {"namespace": "ml", "pod": "fraud-7d9f8-x2x", "node": "n1"},
            ["pod/ml/fraud-7d9f8-x2x"],
            {("node/n1", "pod/ml/fraud-7d9f8-x2x")},
        ),
        (
            {"namespace": "ml", "pod": "p", "created_by_kind": "ReplicaSet", "created_by_name": "fraud-api-7d9f8c6b5"},
            ["pod/ml/p"],
            {("pod/ml/p", "deployment/ml/fraud-api")},
        ),
        (
            {"namespace": "ml", "pod": "p", "created_by_kind": "DaemonSet", "created_by_name": "logs"},
            ["pod/ml/p"],
            set(),
        ),
        (
            {"namespace": "ml", "pod": "p", "container": "api"},
            ["container/ml/p/api"],
            {("container/ml/p/api", "pod/ml/p")},
        ),
        (
            {"k8s_namespace_name": "ml", "k8s_pod_name": "p", "k8s_node_name": "n1", "k8s_deployment_name": "fraud"},
            ["service/fraud-api"],
            {
                ("node/n1", "pod/ml/p"),
                ("pod/ml/p", "deployment/ml/fraud"),
                ("pod/ml/p", "service/fraud-api"),
                ("deployment/ml/fraud", "service/fraud-api"),
            },
        ),
        ({"model_name": "fraud"}, ["service/triton"], {("service/triton", "model/fraud")}),
        ({"model_name": "fraud"}, ["model/fraud"], set()),
        (
            {"serving_kserve_io_inferenceservice": "fraud", "namespace": "ml", "pod": "p"},
            ["service/kserve"],
            {("service/kserve", "model/fraud"), ("pod/ml/p", "service/kserve")},
        ),
        ({"service_name": "api"}, ["process/api/1"], {("process/api/1", "service/api")}),
        ({"gpu": "0", "namespace": "ml", "pod": "p"}, ["gpu/n1/0"], {("gpu/n1/0", "pod/ml/p")}),
        ({"pod": "p", "node": "n1"}, ["service/api"], set()),
        ({}, ["service/api"], set()),
    ],
)
def test_labels_tell_what_rests_on_what(labels, components, pairs):
    assert told(labels, *components) == pairs


def test_what_is_no_longer_heard_is_no_longer_told():
    samples = Samples(Catalogue(bundled()), 100, 0)
    labels = {"namespace": "ml", "pod": "p", "node": "n1"}
    number = samples.enter("shop", Sent("kube_pod_info", labels))
    assert samples.linked(0) == set()
    samples._time[number] = 5_000
    assert samples.linked(5_000) == {("shop", "node/n1", "pod/ml/p")}
    assert samples.linked(5_001) == set()
