"""The import table as data. A room may import what stands here, itself, and GROUND."""

from dataclasses import dataclass

GROUND = frozenset({"errors", "clock", "plugins"})

PLUGIN_FOLDERS = (
    "stats.distances",
    "stats.estimators",
    "store.backends",
    "ingest.sources",
    "notify.notifiers",
    "client.integrations",
)
"""One file adds one thing; a dependency only that thing needs may be imported where it is used."""


@dataclass(frozen=True)
class Room:
    """`imports`: rooms, or single modules of them. `packages`: from outside; None = any the project declares."""

    floor: int
    imports: frozenset[str] = frozenset()
    packages: frozenset[str] | None = frozenset()


def _room(floor: int, imports: str = "", packages: str | None = "") -> Room:
    return Room(floor, frozenset(imports.split()), None if packages is None else frozenset(packages.split()))


ROOMS = {
    "records": _room(0),
    "stats": _room(0, packages="numpy"),
    "wire": _room(1, "records", None),
    "store": _room(1, "records", None),
    "ingest": _room(2, "records wire store stats", None),
    "profile": _room(2, "records store stats", None),
    "query": _room(2, "records store stats", None),
    "detect": _room(2, "records stats", "numpy holidays"),
    "correlate": _room(2, "records stats", "numpy"),
    "alert": _room(2, "records"),
    "notify": _room(2, "records", None),
    "compare": _room(2, "records stats wire", None),
    "pipeline": _room(3, "records store stats ingest profile query detect correlate alert notify", None),
    "config": _room(
        3,
        "records ingest.options ingest.source ingest.sources pipeline.options detect.options notify.notifier"
        " notify.options"
        " notify.notifiers wire.limits",
    ),
    "lanes": _room(3, "records"),
    "app": _room(4, "records wire store stats ingest profile query detect notify pipeline config lanes", None),
    "upkeep": _room(4, "records store profile pipeline config", None),
    "server": _room(5, "app query compare wire records", None),
    "cli": _room(5, "app upkeep config pipeline.backtest server query compare demo wire records", None),
    "client": _room(5, "records wire.json"),
    "demo": _room(5, "app config client records store.stretches wire.json", None),
}
