"""How much each drifted feature should have moved the mean score, if the score depends on it as before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from seamark.compare.chunks import Column, Floats, Numbers, Source, groups
from seamark.compare.evidence import Evidence
from seamark.stats import impact as stats
from seamark.stats.cells import Cells

MOST_COLUMNS: Final = 200  # the reference is read once more for these


class Indexed(Protocol):
    """A baseline that can say which cell of its counts each row falls into."""

    def index(self, chunk: Any) -> npt.NDArray[np.integer[Any]]:
        """The cell of each row."""
        ...


def impacts(
    reference: Source,
    columns: Sequence[Column],
    score: Column,
    baselines: Mapping[str, Indexed],
    evidence: Mapping[str, Evidence],
) -> dict[str, float]:
    """The impact of each column (`seamark.stats.impact`), in units of the score.

    Its effects are the reference's mean scores per cell. Features that move together share what they explain, so
    impacts of several do not add up; and what the model would do with values it never saw is not known: they count as
    average.
    """
    found: dict[str, float] = {}
    for group in groups(columns, max(reference.group_columns - 1, 1)):
        sums = {column.name: np.zeros(len(evidence[column.name].reference_cells)) for column in group}
        rows = {name: np.zeros(len(empty)) for name, empty in sums.items()}
        for *chunks, scores in reference.read([*group, score]):
            values, known = _known(scores)
            for column, chunk in zip(group, chunks, strict=True):
                cells = baselines[column.name].index(chunk)[known]
                sums[column.name] += np.bincount(cells, weights=values, minlength=len(sums[column.name]))
                rows[column.name] += np.bincount(cells, minlength=len(rows[column.name]))
        for name, total in sums.items():
            impact = _impact(total, rows[name], evidence[name])
            if np.isfinite(impact):  # not where no row of the reference has a score
                found[name] = impact
    return found


def _known(scores: Any) -> tuple[Floats, npt.NDArray[np.bool_]]:
    if not isinstance(scores, Numbers):
        return np.empty(0), np.zeros(scores.rows, dtype=np.bool_)
    known = np.isfinite(scores.values)
    if scores.valid is not None:
        known &= scores.valid
    return scores.values[known], known


def _impact(sums: Floats, rows: Floats, evidence: Evidence) -> float:
    mean = np.divide(sums, rows, out=np.full(len(sums), np.nan), where=rows > 0)
    current, reference = Cells.single(evidence.current_cells), Cells.single(evidence.reference_cells)
    return float(stats.impacts(current, reference, stats.centred(mean, reference))[0])
