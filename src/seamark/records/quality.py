"""What an owner may say about a metric that needs no declaration: `[models.NAME.quality.METRIC]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Better = Literal["higher", "lower"]

SHARES: Final[dict[str, Better]] = {
    "accuracy": "higher",
    "click_through_rate": "higher",
    "false_positive_rate": "lower",
    "precision": "higher",
    "recall": "higher",
}
"""Metrics that are shares of rows, and which values are better."""

MEANS: Final[dict[str, Better]] = {
    "brier_score": "lower",
    "log_loss": "lower",
    "mae": "lower",
    "mape": "lower",
    "quantile_loss": "lower",
}
"""Metrics that are means of losses of rows."""

BOUNDED: Final[dict[str, Better]] = {
    "auc": "higher",
    "average_precision": "higher",
    "f1": "higher",
    "macro_f1": "higher",
    "r2": "higher",
    "weighted_f1": "higher",
}
"""Metrics whose best value is 1, and that are functions of all rows together."""

BETTER: Final[dict[str, Better]] = (
    SHARES
    | MEANS
    | BOUNDED
    | {
        "calibration_error": "lower",
        "median_absolute_error": "lower",
        "rmse": "lower",
    }
)
"""The metrics that can be held to a tolerance, and which values are better."""


@dataclass(frozen=True, slots=True)
class QualityOptions:
    """The tolerance of one metric."""

    tolerance: float | None = None  # the worst value that is no alarm; not set = what is usual
    priority: Literal["P1", "P2", "P3"] = "P2"
