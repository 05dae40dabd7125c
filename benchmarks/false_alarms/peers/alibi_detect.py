"""alibi-detect's `TabularDrift` with its defaults. It takes one array of numbers: categories are codes, made by us."""

from __future__ import annotations

import alibi_detect as library
import numpy as np
from alibi_detect.cd import TabularDrift
from rule import Alarms, Verdict
from workload import CARDINALITIES, CATEGORICAL, COLUMNS, Columns, History

NAME = "alibi-detect (`TabularDrift`)"
VERSION = library.__version__
DEFAULT = "KS or χ² p < .05 / 15 (Bonferroni)"


def fit(reference: Columns, _: History) -> Alarms:
    categories = {COLUMNS.index(name): k for name, k in zip(CATEGORICAL, CARDINALITIES, strict=True)}
    detector = TabularDrift(matrix(reference), categories_per_feature=categories)

    def alarms(window: Columns, _: int) -> Verdict:
        found = detector.predict(matrix(window))["data"]
        pairs = zip(COLUMNS, found["p_val"], strict=True)
        return Verdict.of((name for name, p in pairs if p < found["threshold"]), data_set=bool(found["is_drift"]))

    return alarms


def matrix(data: Columns) -> np.ndarray:
    codes = {name: np.array([int(text[1:]) for text in data[name]]) for name in CATEGORICAL}
    return np.column_stack([codes.get(name, data[name]) for name in COLUMNS]).astype(np.float32)
