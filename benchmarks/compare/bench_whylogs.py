"""whylogs: profiles of both, and its default drift scores."""

from __future__ import annotations

import sys

import pandas as pd
import whylogs
from measure import FOLDER, Measured, report
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores
from workload import ANSWERS, CATEGORICAL, NUMERIC

rows = int(sys.argv[1])
columns = [*NUMERIC, *CATEGORICAL, *ANSWERS]
reference = pd.read_parquet(FOLDER / "reference.parquet")[columns]
current = pd.read_parquet(FOLDER / "current.parquet")[columns].iloc[:rows]
with Measured() as profiled:
    before, after = whylogs.log(reference).view(), whylogs.log(current).view()
with Measured() as compared:
    scores = calculate_drift_scores(target_view=after, reference_view=before, with_thresholds=True)
flagged = [name for name, score in scores.items() if score and score["drift_category"] == "DRIFT"]
report("whylogs (profiles, drift scores)", whylogs.__version__, rows, [profiled, compared], flagged)
