"""Profiles of a stretch of time, for the panels that show distributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seamark.errors import NotFound
from seamark.records.model import Model
from seamark.records.monitor import ROLLING_NEEDS, monitors_from_json
from seamark.records.window import Window
from seamark.stats.distance import Distance, distances
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Adopted:
    """A model's active bin set and what it is compared with."""

    id: int
    bin_set: BinSet
    baseline: Profile
    source: str


def adopted(store: Store, model: Model) -> Adopted:
    """The active bin set and baseline; raises NotFound for a model that has none yet."""
    for stored in store.slow.baselines(model.project, model.name):
        if stored.id == model.baseline:
            chosen = next(s for s in store.slow.bin_sets(model.project, model.name) if s.id == stored.bin_set)
            bin_set = BinSet.from_bytes(chosen.payload)
            return Adopted(chosen.id, bin_set, Profile.from_bytes(stored.payload, bin_set), stored.source)
    raise NotFound(
        f"Model {model.name!r} has no baseline yet; send a reference to /v1/models/{model.name}/baseline, "
        "or wait for its first 1,000 predictions."
    )


def compared_with(
    store: Store, model: Model, found: Adopted, signal: str, window: Window, *, segment: str = ""
) -> tuple[Profile, str]:
    """What a window of a signal is judged against, with a sentence for it: rolling where its owner chose so.

    A segment rolls by itself; without enough rows of its own it is compared with the whole reference.
    """
    stored = store.slow.monitor_set(model.monitor_set) if model.monitor_set is not None else None
    monitors = [m for m in monitors_from_json(stored.payload) if m.signal == signal] if stored else []
    rolling = next((monitor for monitor in monitors if monitor.baseline == "rolling"), None)
    if rolling is not None:
        hours = by_version(store, model, found, window.rolling_reach(), segment=segment)
        recent = Profile.total(list(hours.values()), found.bin_set)
        if recent.rows >= ROLLING_NEEDS * rolling.rule.min_n:
            return recent, "the two weeks before this window"
    return found.baseline, f"{found.source}; all of its traffic" if segment else found.source


def by_version(
    store: Store, model: Model, found: Adopted, window: Window, *, segment: str = ""
) -> dict[tuple[str, int], Profile]:
    """The profile of each (version, hour) with rows in `window`."""
    blocks = store.slow.profiles(model.project, model.name, found.id, window, segment=segment)
    return {(b.key.version, b.key.hour_us): Profile.from_bytes(b.payload, found.bin_set) for b in blocks}


def distances_for(kind: str) -> Mapping[str, Distance]:
    """The distances that can be taken from profiles of a signal of this kind."""
    return {
        name: distance
        for name, distance in distances().items()
        if kind in distance.kinds and distance.needs != "values"
    }
