"""Which values of the declared dimensions have profile blocks of their own, and which rows are theirs.

At most 50 values of a dimension do: those of the reference, the most frequent first, then those of the traffic in the
order of their first rows. All others share the segment `DIMENSION=OTHER`. The list belongs to a bin set and only grows
while that is in use, so all its blocks agree on where the rows of a value stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seamark.profile.conform import text_values
from seamark.records import rows as columns

MOST_VALUES: Final = 50


@dataclass(frozen=True, slots=True)
class Segments:
    """The declared dimensions, and the names ("DIMENSION=VALUE") of the segments that have blocks.

    Names of a dimension that is no longer declared stay: so do their blocks.
    """

    dimensions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of_reference(cls, dimensions: tuple[str, ...], table: pa.Table) -> Segments:
        """Those of the most frequent values of a reference; of equally frequent ones, the first by name."""
        found = cls(dimensions)
        for dimension, values in found._columns(table):
            counted = pa.table(pc.value_counts(values.drop_null()).flatten(), ["value", "count"])
            ranked = counted.sort_by([("count", "descending"), ("value", "ascending")])
            found = found._with(dimension, ranked["value"].combine_chunks())
        return found

    def grown(self, table: pa.Table) -> Segments:
        """These, and those that the rows of `table` add."""
        grown = self
        for dimension, values in self._columns(table):
            grown = grown._with(dimension, pc.unique(values.drop_null()))
        return grown

    def of_rows(self, table: pa.Table) -> Iterator[NDArray[np.int64]]:
        """For each declared dimension that `table` has, each row's place in `names`: int64[N], -1 without a value.

        The rows' values must be known, as they are to `grown(table)`.
        """
        for dimension, values in self._columns(table):
            encoded = values.dictionary_encode()
            place = pc.index_in(_named(dimension, encoded.dictionary), pa.array(self.names, pa.string()))
            if place.null_count:
                place = pc.fill_null(place, self.names.index(f"{dimension}={columns.OTHER}"))
            of_value = np.append(place.to_numpy().astype(np.int64), -1)
            yield of_value[pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy()]

    def _columns(self, table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
        for dimension in self.dimensions:
            if columns.SEGMENT + dimension in table.column_names:
                yield dimension, text_values(table[columns.SEGMENT + dimension])

    def _with(self, dimension: str, values: pa.Array) -> Segments:
        """With distinct values of a dimension added in their order, the last of them as OTHER."""
        named, other = _named(dimension, values), f"{dimension}={columns.OTHER}"
        known = [name for name in self.names if name.startswith(f"{dimension}=") and name != other]
        free = MOST_VALUES - len(known)
        unknown = named.filter(pc.invert(pc.is_in(named, pa.array([*known, other], pa.string()))))
        added = unknown.slice(0, free).to_pylist()
        needs_other = len(unknown) > free or pc.index(named, other).as_py() >= 0
        if needs_other and other not in self.names:
            added.append(other)
        return replace(self, names=(*self.names, *added))


def _named(dimension: str, values: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(dimension, pc.cast(values, pa.string()), "=")
