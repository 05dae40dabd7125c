"""The canonical columns of stored rows: what ingest writes, row files hold and profile reads.

A predictions table (Arrow) has, in this order:

    id           string, never null          the caller's prediction id
    time         timestamp[us, UTC]          when the prediction was made
    version      string                      "" when the caller named none
    feature.X    double | string | bool      null = missing
    feature.X    list<double>                an embedding that no reference has shown yet, or that is to be kept
    feature.X/Y  double                      series Y of the embedding or text X, whose content is not stored
    mistyped.X   string, only when needed    what could not be read as the feature's type; feature.X is null there
    prediction   double | string | bool      class label or regression output
    score        double                      probability of the positive class, or
    score.CLASS  double                      one per class
    segment.D    string
    latency_ms   double
    weight       double                      > 0; a missing column means 1 everywhere

An outcomes table has `id`, `time`, `value.NAME` (double | string | bool) and, when given,
`prediction_time` (timestamp[us, UTC]). Stored ones have `seq` (int64) besides: the log entry they came with, which
tells the newer of two that are about the same time.

An attributions table has pairs of `feature.X` and `attribution.X` (double; null = not known), and in its schema's
metadata what they explain (`records.attribution.Explained`). A row is one explained prediction or, where `per_bin`,
one bin of each feature: a category, or the lower edge of an interval that reaches to the next.
"""

from __future__ import annotations

from typing import Final

ID: Final = "id"
TIME: Final = "time"
VERSION: Final = "version"
PREDICTION: Final = "prediction"
SCORE: Final = "score"
LATENCY: Final = "latency_ms"
WEIGHT: Final = "weight"
PREDICTION_TIME: Final = "prediction_time"
SEQ: Final = "seq"

FEATURE: Final = "feature."
MISTYPED: Final = "mistyped."
CLASS_SCORE: Final = "score."
SEGMENT: Final = "segment."
VALUE: Final = "value."

SERIES: Final = "/"  # between an embedding's or a text's name and that of one of its series

OTHER: Final = "OTHER"  # the value of a dimension's segment of all values that have none of their own
ATTRIBUTION: Final = "attribution."

FIXED_COLUMNS: Final = (ID, TIME, VERSION, PREDICTION, SCORE, LATENCY, WEIGHT)
PREFIXES: Final = (FEATURE, MISTYPED, CLASS_SCORE, SEGMENT)


def mistyped(feature: str) -> str:
    """The column of what could not be read as a feature's type: `feature.amount` → `mistyped.amount`."""
    return MISTYPED + feature.removeprefix(FEATURE)
