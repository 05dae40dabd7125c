"""alibi-detect: TabularDrift at p = .05 with its Bonferroni correction.

It takes one array of numbers: missing values are the reference's medians and categories codes, made by us and not
counted.
"""

from __future__ import annotations

import sys

import alibi_detect
import numpy as np
import pandas as pd
from alibi_detect.cd import TabularDrift
from measure import FOLDER, Measured, report
from workload import CATEGORICAL, NUMERIC

rows = int(sys.argv[1])
reference = pd.read_parquet(FOLDER / "reference.parquet")
current = pd.read_parquet(FOLDER / "current.parquet").iloc[:rows]
columns = [*NUMERIC, "score", *CATEGORICAL, "prediction"]
medians = reference[NUMERIC].median()
codes = {
    name: {text: code for code, text in enumerate(sorted({*reference[name], *current[name]}))} for name in CATEGORICAL
}


def matrix(data: pd.DataFrame) -> np.ndarray:
    numbers = {name: data[name].fillna(medians[name]) for name in NUMERIC}
    numbers |= {name: data[name].map(codes[name]) for name in CATEGORICAL}
    numbers |= {name: data[name] for name in ("score", "prediction")}
    return np.column_stack([numbers[name].to_numpy(dtype=np.float32) for name in columns])


before, after = matrix(reference), matrix(current)
categories = {columns.index(name): len(codes[name]) for name in CATEGORICAL} | {columns.index("prediction"): 2}
with Measured() as compared:
    detector = TabularDrift(before, p_val=0.05, categories_per_feature=categories)
    result = detector.predict(after)["data"]
flagged = [columns[i] for i, p in enumerate(result["p_val"]) if p < result["threshold"]]
report("alibi-detect (TabularDrift)", alibi_detect.__version__, rows, [compared], flagged)
