"""A scene straight from alerts: what a signature or a suspect is asked about, without joining anything first."""

from seamark.correlate.ground import ground_of
from seamark.correlate.items import Item, node_of
from seamark.correlate.scene import Scene
from seamark.records.topology import Edge, Topology
from seamark.records.window import Window

ALWAYS = Window(0, 2**60)


def scene_of(*alerts, pairs=(), **fields):
    """Alerts about `fraud` on a ground of these (cause, effect) pairs."""
    topology = Topology(tuple(Edge("default", *pair) for pair in pairs))
    ground = ground_of(topology, "default", ALWAYS, {node_of(each): each.model for each in alerts})
    return Scene("fraud", tuple(Item(each) for each in alerts), ground, **fields)
