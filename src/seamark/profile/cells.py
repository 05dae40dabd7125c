"""Which cell of a signal each row falls into, and what the model answered: what slices and attributions need."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seamark.profile.conform import numbers, text_values
from seamark.profile.counting import category_index
from seamark.stats.attribution import signal_of
from seamark.stats.binning import NumericBins
from seamark.stats.binset import BinSet, SignalBins
from seamark.stats.grid import Index


def index_of(table: pa.Table, signal: SignalBins) -> Index:
    """The bin of each row; one past the last where it has no value that can be read, or the table no such column."""
    column = table[signal.name] if signal.name in table.column_names else pa.nulls(table.num_rows)
    if isinstance(signal.bins, NumericBins):
        return signal.bins.index(numbers(column).values)
    return category_index(column, signal.bins)


def answers_of(table: pa.Table, bin_set: BinSet, target: str) -> NDArray[np.float64]:
    """float64[N]: what each row says of a target (`seamark.stats.attribution`); NaN where it says nothing finite."""
    position, label = signal_of(bin_set, target)
    name = bin_set.signals[position].name
    column = table[name] if name in table.column_names else pa.nulls(table.num_rows)
    if label:
        return numbers(pc.equal(text_values(column), label)).values
    values = numbers(column).values
    return np.where(np.isfinite(values), values, np.nan)
