"""What people usually call the columns of their own tables, by role; the clearest name first.

Names are compared in lower case, with every run of other signs as one "_".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

USUAL_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "time": (
        "time",
        "timestamp",
        "datetime",
        "event_time",
        "event_timestamp",
        "prediction_time",
        "created_at",
        "logged_at",
        "scored_at",
        "ts",
    ),
    "id": ("id", "prediction_id", "request_id", "event_id", "record_id", "row_id", "uuid", "index", "unnamed_0"),
    "version": ("version", "model_version"),
    "prediction": (
        "prediction",
        "predicted",
        "y_pred",
        "y_hat",
        "yhat",
        "prediction_label",
        "predicted_label",
        "predicted_class",
        "predicted_value",
    ),
    "score": (
        "score",
        "probability",
        "proba",
        "y_score",
        "y_pred_proba",
        "y_proba",
        "prediction_score",
        "predicted_probability",
        "predict_proba",
    ),
    "outcome": ("outcome", "label", "target", "y_true", "y", "ground_truth", "actual", "true_label"),
}


def plain(name: str) -> str:
    """The form in which names are compared: `Unnamed: 0` → `unnamed_0`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
