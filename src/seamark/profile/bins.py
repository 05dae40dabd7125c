"""Bin sets and baselines as the slow lane works with them: read once, kept decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar

from seamark.errors import Corrupt
from seamark.records.model import Model
from seamark.stats.description import Descriptions
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Slow

T = TypeVar("T")

_BIN_SETS: Final = 64
_PROFILES: Final = 400  # of a fifth of a kilobyte for each signal

Adoption = tuple[str, str, int]  # project, model, the id its bin set, baseline and monitor set share


@lru_cache(_BIN_SETS)
def read_bin_set(payload: bytes) -> BinSet:
    """`BinSet.from_bytes`; the same object again for what was read lately."""
    return BinSet.from_bytes(payload)


@lru_cache(_PROFILES)
def read_profile(payload: bytes, bin_set: BinSet) -> Profile:
    """`Profile.from_bytes`; the same object again for what was read lately."""
    return Profile.from_bytes(payload, bin_set)


@dataclass(frozen=True, slots=True)
class BinSets:
    """A model's bin set, its static baseline and its monitors are adopted together under one id."""

    slow: Slow
    _bin_sets: dict[Adoption, BinSet] = field(default_factory=dict)
    _baselines: dict[Adoption, Profile] = field(default_factory=dict)

    def get(self, project: str, model: str, id: int) -> BinSet:
        """The bin set of this id; raises Corrupt when the store has none."""
        key = (project, model, id)
        if key not in self._bin_sets:
            for stored in self.slow.bin_sets(project, model):
                self._bin_sets.setdefault((project, model, stored.id), read_bin_set(stored.payload))
        return self._found(self._bin_sets, key, "bin set")

    def descriptions(self, model: Model) -> Descriptions:
        """How a model's embeddings and texts are measured by now."""
        return {} if model.bin_set is None else self.get(model.project, model.name, model.bin_set).described

    def baseline(self, project: str, model: str, id: int) -> Profile:
        """The profile of the reference this bin set was made from."""
        key = (project, model, id)
        if key not in self._baselines:
            for stored in self.slow.baselines(project, model):
                bin_set = self.get(project, model, stored.bin_set)
                profile = read_profile(stored.payload, bin_set)
                self._baselines.setdefault((project, model, stored.id), profile)
        return self._found(self._baselines, key, "baseline")

    def is_provisional(self, project: str, model: str, id: int) -> bool:
        """Whether this bin set was made from early traffic instead of a reference."""
        return any(stored.provisional for stored in self.slow.bin_sets(project, model) if stored.id == id)

    @staticmethod
    def _found(known: dict[Adoption, T], key: Adoption, what: str) -> T:
        try:
            return known[key]
        except KeyError:
            raise Corrupt(f"Model {key[1]!r} refers to {what} {key[2]}, which is not stored.") from None
