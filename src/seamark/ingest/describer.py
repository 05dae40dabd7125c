"""What the door asks for embeddings and texts: `seamark.profile.describer` knows what they are and what they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from seamark.records.rows import SERIES

Columns = Mapping[str, pa.Array]
Describe = Callable[[str, dict[str, pa.Array]], dict[str, pa.Array]]  # of a model's columns


class DescribedReference(Protocol):
    """A reference with its embeddings and texts described."""

    @property
    def columns(self) -> dict[str, pa.Array]:
        """What is stored of it."""
        ...

    @property
    def kinds(self) -> Mapping[str, str]:
        """Feature → `text` or `embedding`."""
        ...

    @property
    def metadata(self) -> Mapping[bytes, bytes]:
        """What goes with the columns through the log."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was inferred, a sentence each."""
        ...

    @property
    def learned(self) -> Any:
        """What `remember` takes."""
        ...


class Describer(Protocol):
    """Puts the series that stand for embeddings and texts in the place of their content."""

    def batch(self, project: str, model: str, columns: Columns) -> dict[str, pa.Array]:
        """The columns of a batch of predictions."""
        ...

    def reference(self, project: str, model: str, columns: Columns) -> DescribedReference:
        """The columns of a reference, from which it is learned what they are."""
        ...

    def remember(self, project: str, model: str, learned: Any) -> None:
        """A reference is in the log: batches that come after it are measured as it says."""
        ...


def describing(describer: Describer | None, project: str) -> Describe | None:
    """What turns the columns of a project's batches into those that are stored."""
    return None if describer is None else lambda model, columns: describer.batch(project, model, columns)


@dataclass(slots=True)
class Learning:
    """One reference on its way in, and what was learned of it."""

    describer: Describer | None
    project: str
    model: str = ""
    found: DescribedReference | None = None

    def describe(self, model: str, columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """The columns that are stored."""
        if self.describer is None:
            return columns
        self.model, self.found = model, self.describer.reference(self.project, model, columns)
        return self.found.columns

    def noted_on(self, table: pa.Table) -> pa.Table:
        """The table with what the slow lane needs to know of it."""
        return table if self.found is None else table.replace_schema_metadata(self.found.metadata)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was inferred, a sentence each."""
        return () if self.found is None else self.found.notes

    def kinds(self, of_columns: Mapping[str, str]) -> dict[str, str]:
        """Feature → how it is watched, an embedding or a text as one."""
        described = {} if self.found is None else self.found.kinds
        plain = {name: kind for name, kind in of_columns.items() if name.partition(SERIES)[0] not in described}
        return {**plain, **described}

    def remember(self) -> None:
        """It is in the log."""
        if self.describer is not None and self.found is not None:
            self.describer.remember(self.project, self.model, self.found.learned)
