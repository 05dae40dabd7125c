"""NannyML: UnivariateDriftCalculator with its defaults (10 chunks); a column counts when any chunk alerts."""

from __future__ import annotations

import sys

import nannyml
import pandas as pd
from measure import FOLDER, Measured, report
from workload import ANSWERS, CATEGORICAL, NUMERIC

rows = int(sys.argv[1])
reference = pd.read_parquet(FOLDER / "reference.parquet")
current = pd.read_parquet(FOLDER / "current.parquet").iloc[:rows].reset_index(drop=True)
columns = [*NUMERIC, *CATEGORICAL, *ANSWERS]
with Measured() as fitted:
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=columns, treat_as_categorical=["prediction"], timestamp_column_name="timestamp"
    )
    calculator.fit(reference)
with Measured() as calculated:
    result = calculator.calculate(current).filter(period="analysis").to_df()
alerts = {name: result[name, "jensen_shannon", "alert"].astype(bool).any() for name in columns}
report(
    "NannyML (JS, 10 chunks)",
    nannyml.__version__,
    rows,
    [fitted, calculated],
    [name for name, alert in alerts.items() if alert],
)
