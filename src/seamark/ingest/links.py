"""What rests on what, as the labels of a sent series tell it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from seamark.records.metric import Component, ComponentKind
from seamark.records.topology import NodeKind, label_of_node

Pair = tuple[str, str, str]  # project, and the labels of cause and effect

_NAMESPACE: Final = ("namespace", "k8s_namespace_name", "exported_namespace")
_POD: Final = ("pod", "k8s_pod_name", "exported_pod")
_NODE: Final = ("node", "k8s_node_name")
_DEPLOYMENT: Final = ("deployment", "k8s_deployment_name")
_SERVICE: Final = ("service_name",)
_MODEL: Final = ("seamark_model", "model_name", "serving_kserve_io_inferenceservice", "inferenceservice_name", "isvc")
_REPLICAS: Final = re.compile(r"-[a-f0-9]{5,10}$")  # what a replica set's name adds to its deployment's
_SERVES: Final = (ComponentKind.SERVICE, ComponentKind.MODEL, ComponentKind.ENDPOINT)
_OF_A_POD: Final = (ComponentKind.CONTAINER, ComponentKind.GPU)


def links(project: str, labels: Mapping[str, str], components: Iterable[Component]) -> tuple[Pair, ...]:
    """The edges that labels tell of the components they name.

    node, gpu, container → pod → deployment → service → model; process → service. A pod is known by its namespace too;
    where that is missing, nothing is told of it.
    """
    namespace, pod_name, node = _first(labels, _NAMESPACE), _first(labels, _POD), _first(labels, _NODE)
    pod = label_of_node(NodeKind.POD, namespace, pod_name) if namespace and pod_name else ""
    deployed = _deployment(labels)
    deployment = label_of_node(NodeKind.DEPLOYMENT, namespace, deployed) if namespace and deployed else ""
    model = _first(labels, _MODEL)
    pairs = {(label_of_node(NodeKind.NODE, node) if node else "", pod), (pod, deployment)}
    for component in components:
        own = component.label
        if component.kind in _OF_A_POD:
            pairs.add((own, pod))
        elif component.kind is ComponentKind.PROCESS and (service := _first(labels, _SERVICE)):
            pairs |= {(own, label_of_node(NodeKind.SERVICE, service)), (pod, own)}
        elif component.kind in _SERVES:
            pairs |= {(pod, own), (deployment, own), (own, label_of_node(NodeKind.MODEL, model) if model else "")}
    return tuple(sorted((project, cause, effect) for cause, effect in pairs if cause and effect and cause != effect))


def _first(labels: Mapping[str, str], names: Iterable[str]) -> str:
    return next((labels[name] for name in names if labels.get(name)), "")


def _deployment(labels: Mapping[str, str]) -> str:
    """Its own label; else from the replica set that made a pod, which is called after it."""
    if labels.get("created_by_kind") == "ReplicaSet":
        name, changed = _REPLICAS.subn("", labels.get("created_by_name", ""))
        return name if changed else ""
    return _first(labels, _DEPLOYMENT)
