"""What is known of predictions: of each named value the newest outcome that is about them.

An outcome is about every prediction of its id, in whichever version. It waits 90 days: a prediction that is made later
than that after it has nothing to do with it. Of several outcomes the newest by its own time counts, of those about the
same time the one that came last; a value that is missing says nothing. So what is known is a function of the stored
rows, in whatever order they came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seamark.clock import DAY_US
from seamark.profile.conform import flat
from seamark.profile.duplicates import times_us
from seamark.profile.joining import join_tables
from seamark.records import rows as columns
from seamark.records.outcomes import WAIT_US

FIRST_KNOWN: Final = "first_known"
_NEVER: Final = 2**62

Numbers = NDArray[np.int64]

_NO_OUTCOMES: Final = pa.table(
    {
        columns.ID: pa.array([], pa.string()),
        columns.TIME: pa.array([], pa.timestamp("us", "UTC")),
        columns.SEQ: pa.array([], pa.int64()),
    }
)
_NO_PREDICTIONS: Final = _NO_OUTCOMES.select([columns.ID, columns.TIME]).append_column(
    columns.VERSION, pa.array([], pa.string())
)


def gathered(found: Sequence[pa.Table], kind: str) -> pa.Table:
    """What `Rows.find` handed over as one table; without rows where nothing was found."""
    if found:
        return join_tables(found)
    return _NO_OUTCOMES if kind == "outcomes" else _NO_PREDICTIONS


@dataclass(frozen=True, slots=True)
class Matches:
    """How many ids of some outcomes have a prediction, and how many wait, by the UTC day of their first outcome."""

    matched: int
    waiting: Counter[int]


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """Predictions and outcomes with the number of each one's id; -1 for a prediction that no outcome is about."""

    predictions: pa.Table
    outcomes: pa.Table
    ids: int
    of_prediction: Numbers
    of_outcome: Numbers

    @classmethod
    def of(cls, predictions: pa.Table, outcomes: pa.Table) -> Pairing:
        """Found by the text of the ids: those that share a key by chance do not meet."""
        ids = pc.unique(flat(outcomes[columns.ID]))
        of_prediction = pc.fill_null(pc.index_in(flat(predictions[columns.ID]), ids), -1)
        of_outcome = pc.index_in(flat(outcomes[columns.ID]), ids)
        codes = (np.asarray(each.to_numpy(), dtype=np.int64) for each in (of_prediction, of_outcome))
        return cls(predictions, outcomes, len(ids), *codes)

    def before(self, outcomes: int) -> Pairing:
        """As it was when only the first so many outcomes were known."""
        return replace(self, outcomes=self.outcomes.slice(0, outcomes), of_outcome=self.of_outcome[:outcomes])

    def joined(self) -> pa.Table:
        """The predictions of which something is known, each with its `value.NAME` columns (null: not known).

        `first_known` (int64, microseconds) is when the first outcome of the id came true.
        """
        about = np.flatnonzero(self.of_prediction >= 0)
        everything = len(about) == len(self.of_prediction)
        chosen = self.predictions if everything else self.predictions.take(about)
        of_row = self.of_prediction[about]
        newest = _Newest(self.outcomes, self.of_outcome, self.ids)
        earliest = times_us(chosen) - WAIT_US
        known = np.zeros(len(of_row), dtype=np.bool_)
        for name in _values(self.outcomes):
            place = newest.place_of(name)[of_row]
            fits = (place >= 0) & (newest.times[place] >= earliest) if len(newest.times) else place >= 0
            known |= fits
            chosen = chosen.append_column(name, flat(self.outcomes[name]).take(pa.array(place, mask=~fits)))
        chosen = chosen.append_column(FIRST_KNOWN, pa.array(newest.first_known()[of_row]))
        return chosen if known.all() else chosen.filter(pa.array(known))

    def matches(self) -> Matches:
        """Which of the outcomes' ids have a prediction."""
        times = times_us(self.outcomes)
        first, last, made = np.full(self.ids, _NEVER), np.full(self.ids, -_NEVER), np.full(self.ids, _NEVER)
        np.minimum.at(first, self.of_outcome, times)
        np.maximum.at(last, self.of_outcome, times)
        about = np.flatnonzero(self.of_prediction >= 0)
        np.minimum.at(made, self.of_prediction[about], times_us(self.predictions)[about])
        told = first < _NEVER
        waits = told & (made - WAIT_US > last)
        return Matches(int(told.sum() - waits.sum()), Counter((first[waits] // DAY_US).tolist()))


class _Newest:
    """The newest rows of each id, by the number of the id."""

    def __init__(self, outcomes: pa.Table, code: Numbers, ids: int) -> None:
        self.times = times_us(outcomes)
        self._code = code
        self._count = ids
        came = outcomes[columns.SEQ].to_numpy()
        self._order = np.lexsort((came, self.times, self._code))  # stable: rows of one batch stay in their order
        self._any = np.zeros(outcomes.num_rows, dtype=np.bool_)
        self._places = {name: self._last(_known(outcomes[name])) for name in _values(outcomes)}

    def place_of(self, name: str) -> Numbers:
        """int64[ids]: the row with the newest value of this name, -1 where none has one."""
        return self._places[name]

    def first_known(self) -> Numbers:
        """int64[ids]: the time of the oldest row with any value."""
        first = np.full(self._count, _NEVER)
        np.minimum.at(first, self._code[self._any], self.times[self._any])
        return first

    def _last(self, known: NDArray[np.bool_]) -> Numbers:
        self._any |= known
        ordered = self._order[known[self._order]]
        place = np.full(self._count, -1)
        place[self._code[ordered]] = ordered  # of several assignments the last holds
        return place


def _values(outcomes: pa.Table) -> list[str]:
    return [name for name in outcomes.column_names if name.startswith(columns.VALUE)]


def _known(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    array = flat(column)
    known = array.is_valid()
    if pa.types.is_floating(array.type):
        known = pc.and_(known, pc.invert(pc.fill_null(pc.is_nan(array), fill_value=True)))
    return np.asarray(known.to_numpy(zero_copy_only=False), dtype=np.bool_)
