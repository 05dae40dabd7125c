"""How each model's embeddings and texts are measured by now, for the door, which asks with every batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from seamark.profile.bins import BinSets
from seamark.profile.conform import is_list, is_text
from seamark.profile.describing import DESCRIPTIONS, Learned, described, learned, write_descriptions
from seamark.records import rows as names
from seamark.records.options import ModelOptions
from seamark.stats.description import Descriptions, kind_of
from seamark.store.protocol import Slow

Columns = Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Described:
    """The columns of a reference; `metadata` goes with them through the log."""

    columns: dict[str, pa.Array]
    kinds: dict[str, str]  # feature → text or embedding
    metadata: dict[bytes, bytes]
    notes: tuple[str, ...]
    learned: Learned


@dataclass(frozen=True, slots=True)
class Describer:
    """Asks the model's bin set, or the reference that has just come and will be one soon. For any thread."""

    slow: Slow
    options_for: Callable[[str, str], ModelOptions]
    _newest: dict[tuple[str, str], Descriptions] = field(default_factory=dict)
    _by_bin_set: dict[tuple[str, str], tuple[int, Descriptions]] = field(default_factory=dict)

    def batch(self, project: str, model: str, columns: Columns) -> dict[str, pa.Array]:
        """The columns of a batch of predictions."""
        if not any(map(_may_be_described, columns, columns.values())):
            return dict(columns)
        return described(columns, self._known(project, model), self.options_for(project, model).features)

    def reference(self, project: str, model: str, columns: Columns) -> Described:
        """The columns of a reference, from which it is learned what they are."""
        found = learned(columns, self._known(project, model), self.options_for(project, model).features)
        kinds = {name.removeprefix(names.FEATURE): kind_of(each) for name, each in found.descriptions.items()}
        metadata = {DESCRIPTIONS: write_descriptions(found.descriptions)}
        return Described(found.columns, kinds, metadata, found.notes, found)

    def remember(self, project: str, model: str, learned: Learned) -> None:
        """A reference is in the log: batches that come after it are measured as it says."""
        self._newest[project, model] = learned.descriptions

    def _known(self, project: str, model: str) -> Descriptions:
        key = (project, model)
        if key in self._newest:
            return self._newest[key]
        found = self.slow.model(project, model)
        if found is None or found.bin_set is None:
            return {}
        kept = self._by_bin_set.get(key)
        if kept is None or kept[0] != found.bin_set:
            kept = (found.bin_set, BinSets(self.slow).descriptions(found))
            self._by_bin_set[key] = kept
        return kept[1]


def _may_be_described(name: str, array: pa.Array) -> bool:
    """Not so most columns of most batches, for which nobody need be asked."""
    return name.startswith((names.FEATURE, names.MISTYPED)) and (is_text(array.type) or is_list(array.type))
