"""Evidently's `DataDriftPreset` with its defaults and its own tests, which say pass or fail."""

from __future__ import annotations

from importlib.metadata import version

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from rule import Alarms, Verdict
from workload import CATEGORICAL, NUMERIC, Columns, History

NAME = "Evidently (`DataDriftPreset`)"
VERSION = version("evidently")
DEFAULT = "reference > 1,000 rows: Wasserstein / sd ≥ .1, JS distance ≥ .1"
EVERY = {200: 7, 1_000: 7, 10_000: 5, 100_000: 5}  # more than a second for each; no common factor with 24


def fit(reference: Columns, _: History) -> Alarms:
    definition = DataDefinition(numerical_columns=[*NUMERIC, "score"], categorical_columns=CATEGORICAL)
    before = Dataset.from_pandas(pd.DataFrame(reference), data_definition=definition)

    def alarms(window: Columns, _: int) -> Verdict:
        after = Dataset.from_pandas(pd.DataFrame(window), data_definition=definition)
        tests = Report([DataDriftPreset()], include_tests=True).run(after, before).dict()["tests"]
        failed = [test["metric_config"]["params"] for test in tests if test["status"] == "FAIL"]
        return Verdict.of(
            (params["column"] for params in failed if "column" in params),
            data_set=any("drift_share" in params for params in failed),
        )

    return alarms
