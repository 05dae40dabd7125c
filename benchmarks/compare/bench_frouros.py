"""frouros: KS on numbers, chi-squared on categories, p < .05 each (it has no rule of its own, nor missing values)."""

from __future__ import annotations

import sys
from importlib.metadata import version

import pandas as pd
from frouros.detectors.data_drift import ChiSquareTest, KSTest
from measure import FOLDER, Measured, report
from workload import CATEGORICAL, NUMERIC

rows = int(sys.argv[1])
reference = pd.read_parquet(FOLDER / "reference.parquet")
current = pd.read_parquet(FOLDER / "current.parquet").iloc[:rows]
arrays = {
    name: (reference[name].dropna().to_numpy(), current[name].dropna().to_numpy()) for name in [*NUMERIC, "score"]
}
texts = {
    name: (reference[name].astype(object).to_numpy(), current[name].astype(object).to_numpy())
    for name in [*CATEGORICAL, "prediction"]
}
flagged = []
with Measured() as compared:
    for columns, test in ((arrays, KSTest), (texts, ChiSquareTest)):
        for name, (before, after) in columns.items():
            detector = test()
            detector.fit(X=before)
            if detector.compare(X=after)[0].p_value < 0.05:
                flagged.append(name)
report("frouros (KS, chi², p < .05)", version("frouros"), rows, [compared], flagged)
