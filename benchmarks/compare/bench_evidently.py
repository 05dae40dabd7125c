"""Evidently: DataDriftPreset with its defaults."""

from __future__ import annotations

import sys

import evidently
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from measure import FOLDER, Measured, report
from workload import CATEGORICAL, NUMERIC

rows = int(sys.argv[1])
unwatched = ["target", "timestamp"]
reference = pd.read_parquet(FOLDER / "reference.parquet").drop(columns=unwatched)
current = pd.read_parquet(FOLDER / "current.parquet").iloc[:rows].drop(columns=unwatched)
for data in (reference, current):
    data["prediction"] = data["prediction"].astype(str)
definition = DataDefinition(numerical_columns=[*NUMERIC, "score"], categorical_columns=[*CATEGORICAL, "prediction"])
with Measured() as compared:
    snapshot = Report([DataDriftPreset()]).run(
        Dataset.from_pandas(current, data_definition=definition),
        Dataset.from_pandas(reference, data_definition=definition),
    )
    metrics = snapshot.dict()["metrics"]
# Its scores are distances here (Wasserstein, Jensen-Shannon): drift at the threshold or above. The share of drifted
# columns comes first, as a dict.
columns = [metric for metric in metrics if not isinstance(metric["value"], dict)]
flagged = [metric["config"]["column"] for metric in columns if metric["value"] >= metric["config"]["threshold"]]
report("Evidently (DataDriftPreset)", evidently.__version__, rows, [compared], flagged)
