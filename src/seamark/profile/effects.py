"""The reference's mean score in each cell of each feature: attributions until somebody uploads better ones.

Multiclass models get them for each class (its score, or the share of rows it is predicted for), at most MOST_TARGETS:
the classes with the largest mean. Regression models get them for the predicted number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.profile.cells import answers_of, index_of
from seamark.profile.conform import numbers
from seamark.records import rows as columns
from seamark.stats.attribution import Attribution, response_of, targets_of
from seamark.stats.cells import Cells, cells_of, feature_positions
from seamark.stats.impact import centred
from seamark.stats.profile import BinSet, Profile

MOST_TARGETS: Final = 20


def mean_scores(table: pa.Table, bin_set: BinSet, baseline: Profile) -> list[Attribution]:
    """One attribution per target of the model; `baseline` is the table's own profile. Weighted rows weigh."""
    targets = sorted(targets_of(bin_set), key=lambda target: -np.nan_to_num(response_of(baseline, target).mean))
    features = feature_positions(bin_set)
    cells = cells_of(baseline, features)
    indices = [index_of(table, bin_set.signals[feature]) for feature in features.tolist()]
    weights = _weights(table)
    found = []
    for target in targets[:MOST_TARGETS]:
        answers = answers_of(table, bin_set, target)
        means = mean_per_cell(indices, answers, weights, cells)
        found.append(Attribution(target, centred(means, cells), response_of(baseline, target).mean))
    return found


def mean_per_cell(
    indices: Sequence[NDArray[np.unsignedinteger]],
    answers: NDArray[np.float64],
    weights: NDArray[np.float64],
    cells: Cells,
) -> NDArray[np.float64]:
    """float64[C]: the mean of float64[N] answers in each cell of S features, given each row's bin in each of them.

    Rows without an answer (NaN) count nowhere; a cell without rows is NaN.
    """
    weight = np.where(np.isnan(answers), 0.0, weights)
    weighed = np.where(weight > 0, answers, 0.0) * weight
    mean = np.full(len(cells.rows), np.nan)
    for index, start, stop in zip(indices, cells.offsets, cells.offsets[1:], strict=False):
        place = index.astype(np.intp)
        rows = np.bincount(place, weight, minlength=stop - start)
        np.divide(np.bincount(place, weighed, minlength=stop - start), rows, out=mean[start:stop], where=rows > 0)
    return mean


def _weights(table: pa.Table) -> NDArray[np.float64]:
    if columns.WEIGHT not in table.column_names:
        return np.ones(table.num_rows)
    return np.nan_to_num(numbers(table[columns.WEIGHT]).values, nan=1.0)
