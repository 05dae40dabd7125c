"""What is kept of predictions and outcomes so that they find each other by id: the contents of join files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.profile.conform import texts
from seamark.records import rows as columns
from seamark.stats.hashing import hash_strings
from seamark.store.protocol import KEY, JoinIndex

_IDENTITY: Final = (columns.ID, columns.TIME)
_ANSWERS: Final = (columns.VERSION, columns.PREDICTION, columns.SCORE, columns.WEIGHT)
_VERSION: Final = "1"  # of what is kept; another one has all join files made anew


def id_keys(table: pa.Table) -> NDArray[np.uint64]:
    """uint64[N]: a hash of each row's id."""
    ids = texts(table[columns.ID])
    return hash_strings(ids.offsets, ids.data)


def distinct(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Ascending, each once. (`numpy.unique` hashes before it sorts: twenty times the time.)"""
    ordered = np.sort(keys)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def with_key(table: pa.Table) -> pa.Table:
    """The rows with the column they are found by."""
    return table.append_column(KEY, pa.array(id_keys(table)))


def prediction_index(features: Sequence[str] = ()) -> JoinIndex:
    """Of predictions: what the model answered, for whom, and the features that are asked for (`feature.X`)."""
    wanted = {*_IDENTITY, *_ANSWERS, *features}
    prefixes = (columns.CLASS_SCORE, columns.SEGMENT)

    def needs(names: Sequence[str]) -> list[str]:
        return [name for name in names if name in wanted or name.startswith(prefixes)]

    return JoinIndex("\n".join((f"predictions {_VERSION}", *sorted(features))), needs, with_key)


def _outcome_columns(names: Sequence[str]) -> list[str]:
    wanted = (*_IDENTITY, columns.SEQ)
    return [name for name in names if name in wanted or name.startswith(columns.VALUE)]


OUTCOMES: Final = JoinIndex(f"outcomes {_VERSION}", _outcome_columns, with_key)
