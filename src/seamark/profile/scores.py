"""What scores say beyond their own distribution: how sure the model is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seamark.profile.conform import numbers
from seamark.records import rows as columns

CONFIDENCE = "confidence"  # the largest probability
MARGIN = "confidence.margin"  # the largest less the second largest
ENTROPY = "confidence.entropy"  # of the class probabilities, in nats


def confidence(table: pa.Table) -> dict[str, NDArray[np.float64]]:
    """float64[N] per confidence signal; empty without scores.

    Binary models get the largest probability alone: margin and entropy are functions of it.
    """
    if columns.SCORE in table.column_names:
        score = numbers(table[columns.SCORE]).values
        return {CONFIDENCE: np.maximum(score, 1.0 - score)}
    classes = [name for name in table.column_names if name.startswith(columns.CLASS_SCORE)]
    if len(classes) < 2:
        return {}
    scores = np.column_stack([numbers(table[name]).values for name in sorted(classes)])
    ranked = np.sort(scores, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(scores > 0, scores * np.log(scores), 0.0).sum(axis=1)
    entropy[np.isnan(scores).any(axis=1)] = np.nan
    return {CONFIDENCE: ranked[:, -1], MARGIN: ranked[:, -1] - ranked[:, -2], ENTROPY: entropy}
